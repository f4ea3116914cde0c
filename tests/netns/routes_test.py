#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Routes at scale: a table of the Internet's shape, changed thousands of times while packets are
forwarded. Nothing may be lost, and afterwards each address must go where the longest prefix says."""

import argparse
import ipaddress
import os
import random
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "scripts", "lib")]

import make_routes  # noqa: E402
from differential import setting  # noqa: E402
from lib import packets as p  # noqa: E402
from lib import sandbox  # noqa: E402
from lib.plan import Plan  # noqa: E402
from lib.world import World  # noqa: E402

GATEWAYS = {4: setting.H4[1:], 6: setting.H6[1:]}
STREAM = b"stream"


class Model:
    """What the table holds: {family: {length: {value: gateway}}}, changed by the same lines."""

    def __init__(self):
        self.lengths = {4: {}, 6: {}}

    def apply(self, lines):
        for line in lines:
            words = line.split()
            net = ipaddress.ip_network(words[2])
            values = self.lengths[net.version].setdefault(net.prefixlen, {})
            if words[1] == "del":
                del values[int(net.network_address)]
            else:
                values[int(net.network_address)] = words[4]

    def gateway(self, address):
        """The gateway of the longest prefix that holds the address, or None."""
        value, bits = int(address), address.max_prefixlen
        lengths = self.lengths[address.version]
        for length in sorted(lengths, reverse=True):
            found = lengths[length].get(value >> (bits - length) << (bits - length))
            if found:
                return found
        return None


class Stream:
    """Numbered packets of both families into port 0, at `rate` a second, from start() to stop(); but
    never more on their way than queues take, however busy the machine is."""

    ON_THE_WAY = 128

    def __init__(self, world, targets, rate):
        self.world, self.targets, self.rate = world, targets, rate
        self.sent, self.over, self.numbers = 0, False, []
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.frames = []
        for target in self.targets:
            src = setting.H4[0] if target.version == 4 else setting.H6[0]
            head = p.ip4 if target.version == 4 else p.ip6
            self.frames.append(self.world.frame(0, head(src, target.packed, p.udp(
                src, target.packed, STREAM + bytes(4), check=0))))
        self.thread.start()

    def _run(self):
        start = time.monotonic()
        while not self.over:
            self._receive()
            due = min(int((time.monotonic() - start) * self.rate),
                      len(self.numbers) + self.ON_THE_WAY)
            while self.sent < due and not self.over:
                frame = self.frames[self.sent % len(self.frames)]
                self.world.wires[0].send(frame[:-4] + struct.pack(">I", self.sent))
                self.sent += 1
            time.sleep(0.002)

    def _receive(self):
        for one in self.world.wires:
            while (frame := one.receive()) is not None:
                if frame[-10:-4] == STREAM:
                    self.numbers.append(struct.unpack(">I", frame[-4:])[0])

    def stop(self):
        self.over = True
        self.thread.join()

    def missing(self):
        """Numbers that came out of no port; and those that came more than once."""
        deadline = time.monotonic() + 10
        while len(self.numbers) < self.sent and time.monotonic() < deadline:
            self._receive()
            time.sleep(0.002)
        return (sorted(set(range(self.sent)) - set(self.numbers)),
                len(self.numbers) - len(set(self.numbers)))


def chosen(prefixes, count, seed):
    """Random addresses inside random prefixes."""
    rng = random.Random(seed)
    found = []
    for prefix in rng.choices(prefixes, k=count):
        net = ipaddress.ip_network(prefix)
        found.append(net[rng.randrange(net.num_addresses)])
    return found


def check_table(world, model, addresses):
    """Each address's packet must leave by its gateway's port. Returns what did not."""
    ports = {gateway: port for family in (4, 6) for port, gateway in enumerate(GATEWAYS[family], 1)}
    wrong = []
    for start in range(0, len(addresses), 64):
        part = addresses[start:start + 64]
        frames = []
        for number, target in enumerate(part):
            src = setting.H4[0] if target.version == 4 else setting.H6[0]
            head = p.ip4 if target.version == 4 else p.ip6
            data = p.udp(src, target.packed, struct.pack(">I", number), check=0)
            frames.append(world.frame(0, head(src, target.packed, data)))
        out = {}
        for port, frame in world.exchange(0, frames):
            out[p.View(frame).dst] = port
        wrong += [(target, model.gateway(target), out.get(target.packed)) for target in part
                  if out.get(target.packed) != ports.get(model.gateway(target))]
    return wrong


def feed(router, lines, rate):
    """Changes at `rate` a second; returns the seconds they took."""
    start = time.monotonic()
    step = max(1, rate // 50)
    for at in range(0, len(lines), step):
        router.change_routes(lines[at:at + step])
        time.sleep(max(0, start + (at + step) / rate - time.monotonic()))
    router.finish_changes()
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", choices=("linux", "dstfwd"), default="dstfwd")
    parser.add_argument("--ipv4", type=int, default=50000, help="prefixes")
    parser.add_argument("--ipv6", type=int, default=10000, help="prefixes")
    parser.add_argument("--changes", type=int, default=20000)
    parser.add_argument("--rate", type=int, default=10000, help="changes a second")
    parser.add_argument("--packets", type=int, default=2000, help="packets a second")
    arguments = parser.parse_args()
    sandbox.need_tools("ethtool")
    sandbox.enter()

    plan = setting.generated()
    world = World(arguments.subject, Plan(plan.ports, plan.neighbours, plan.routes), setting.HOSTS,
                  "subject")
    model, churn, tables = Model(), [], {}
    for family, count in ((4, arguments.ipv4), (6, arguments.ipv6)):
        tables[family] = make_routes.table(family, count)
        lines = make_routes.commands(tables[family], GATEWAYS[family])
        took = world.router.load_routes(lines)
        model.apply(lines)
        print(f"{count} IPv{family} routes loaded in {took:.2f} s")
        share = arguments.changes * count // (arguments.ipv4 + arguments.ipv6)
        churn.append(make_routes.changes(tables[family], GATEWAYS[family], share))
    churn = [line for both in zip(*churn) for line in both] + churn[0][len(churn[1]):]

    # Half of the stream goes to prefixes that only move, half to ones that nothing touches.
    withdrawn = {line.split()[2] for line in churn if line.startswith("route del")}
    moving = sorted({line.split()[2] for line in churn} - withdrawn)
    targets = [t for t in chosen(moving, 500, 1) if covered(model, t, withdrawn)] + [
        ipaddress.ip_address(a) for a in (setting.FAR4, setting.FAR6, setting.NARROW4)]
    stream = Stream(world, targets, arguments.packets)
    stream.start()
    took = feed(world.router, churn, arguments.rate)
    stream.stop()
    missing, twice = stream.missing()
    model.apply(churn)
    print(f"{len(churn)} changes in {took:.2f} s, {stream.sent} packets to {len(targets)} addresses: "
          f"{len(missing)} lost, {twice} twice")
    wrong = check_table(world, model, chosen(tables[4] + tables[6], 4000, 2))
    for target, gateway, port in wrong[:10]:
        print(f"WRONG: {target} is behind {gateway}, but left by port {port}")
    print(f"table checked by 4000 packets: {len(wrong)} wrong")
    stats = world.stop()
    if stats and stats["tx"] + stats["consumed"] < stats["rx"]:
        print("dropped: " + ", ".join(f"{k} {v}" for k, v in stats["drops"].items() if v))
    return 1 if missing or twice or wrong else 0


def covered(model, target, withdrawn):
    """Whether the address keeps its longest prefix throughout the changes."""
    value, bits = int(target), target.max_prefixlen
    for length, values in model.lengths[target.version].items():
        network = value >> (bits - length) << (bits - length)
        if network in values and str(ipaddress.ip_network((network, length))) in withdrawn:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
