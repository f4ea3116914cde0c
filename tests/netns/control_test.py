#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Changes while running: the same random sequence of route, address and neighbour changes for Linux
and for the router under test. Both must take or refuse each (ip(8)'s semantics: what is there twice,
what is not there), and forward alike after every few of them."""

import argparse
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from differential import compare, rules, setting  # noqa: E402
from lib import packets as p  # noqa: E402
from lib import sandbox  # noqa: E402
from lib.world import World  # noqa: E402

PREFIXES = {4: ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "10.1.2.3/32",
                "172.16.0.0/12", "0.0.0.0/0", "128.0.0.0/1", "198.18.7.0/24"],
            6: ["2001:db8:1000::/36", "2001:db8:1010::/44", "2001:db8:1010::/48",
                "2001:db8:1010:5::/64", "2001:db8:1010:5::77/128", "::/0", "2001:db8:4000::/34",
                "2001:db8:1007::/48"]}
PROBES = {4: ["10.9.9.9", "10.1.9.9", "10.1.2.9", "10.1.2.200", "10.1.2.3", "172.16.1.1", "1.1.1.1",
              "198.18.7.9", "198.18.1.1", "172.20.1.1", "172.20.1.9", "172.20.2.1"],
          6: ["2001:db8:1fff::1", "2001:db8:1011::1", "2001:db8:1010::1", "2001:db8:1010:5::1",
              "2001:db8:1010:5::77", "2600::1", "2001:db8:4001::1", "2001:db8:1007::1",
              "2001:db8:77:1::1", "2001:db8:77:1::9"]}
VIA = {4: [*setting.H4, "203.0.113.9", "192.168.9.9", "blackhole", "unreachable"],
       6: [*setting.H6, "2001:db8:1::9", "2001:db8:ffff::9", "blackhole", "unreachable"]}
ADDRESSES = ["172.20.1.1/24", "172.20.2.1/24", "2001:db8:77:1::1/64"]
NEIGHBOURS = ["203.0.113.9", "203.0.113.10", "2001:db8:1::9", "172.20.1.9", "2001:db8:77:1::9"]
MACS = ["02:00:00:00:05:01", "02:00:00:00:05:02"]


def plan():
    """The generated set's ports and neighbours, and a neighbour that always answers for each
    address a route may lead to: nobody is asked for, so nothing depends on time."""
    base = setting.generated()
    base.neighbours += [(a, MACS[0], 1) for a in NEIGHBOURS[:3]]
    return base


def operation(rng):
    """A random change: (words for both routers, as one line of dstfwd's language; of ip(8))."""
    kind = rng.choices(("route", "address", "neigh"), (8, 1, 1))[0]
    if kind == "route":
        family = rng.choice((4, 6))
        prefix, via = rng.choice(PREFIXES[family]), rng.choice(VIA[family])
        action = rng.choice(("add", "add", "del", "del", "replace"))
        # Linux deletes any IPv6 route of that prefix when it is told to delete the blackhole.
        loose = family == 6 and via in ("blackhole", "unreachable")
        if action == "del" and (loose or rng.random() < 0.5):
            line = f"route del {prefix}"
        elif via in ("blackhole", "unreachable"):
            line = f"route {action} {via} {prefix}"
        else:
            line = f"route {action} {prefix} via {via}"
        return line, line
    if kind == "address":
        action, address = rng.choice(("add", "del")), rng.choice(ADDRESSES)
        tail = " nodad" if ":" in address and action == "add" else ""
        return f"address {action} {address} port 1", f"address {action} {address} dev r1{tail}"
    action, address, mac = rng.choice(("add", "del", "replace")), NEIGHBOURS[1], rng.choice(MACS)
    if action == "del":
        return f"neigh del {address} port 1", f"neigh del {address} dev r1"
    return (f"neigh {action} {address} lladdr {mac} port 1",
            f"neigh {action} {address} lladdr {mac} dev r1 nud permanent")


def probes(world, serial, every):
    """Packets to all probed addresses, each from a source of its own (see differential/ipv4.py)."""
    frames = []
    for number, dst in enumerate(PROBES[4]):
        src = f"192.0.2.{10 + (serial // every * len(PROBES[4]) + number) % 200}"
        frames.append(world.frame(0, p.ip4(src, dst, p.udp(src, dst, b"probe"))))
    for dst in PROBES[6]:
        frames.append(world.frame(0, p.ip6(setting.H6[0], dst, p.udp(setting.H6[0], dst, b"probe"))))
    return frames


def await_local(linux, address, timeout_s=20):
    """Linux makes an IPv6 address its own behind ip(8)'s back, in its workqueue: under load some time
    after the prefix is on the link."""
    deadline = time.monotonic() + timeout_s
    while not linux.router.space.run("ip", "-6", "route", "show", "table", "local",
                                     address).stdout.strip():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Linux has not made {address} its own")
        time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", choices=("linux", "dstfwd"), default="dstfwd")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400, help="changes")
    parser.add_argument("--every", type=int, default=4, help="changes between probes")
    arguments = parser.parse_args()
    sandbox.need_tools("ethtool")
    sandbox.enter()
    base = plan()
    base.neighbours += [(f"192.0.2.{n}", setting.H[0], 0) for n in range(10, 210)]
    linux = World("linux", base, setting.HOSTS, "judge")
    subject = World(arguments.subject, base, setting.HOSTS, "subject")
    masks = [compare.Normalizer(base), compare.Normalizer(base)]
    for mask in masks:
        mask.own |= {p.addr(a.split("/")[0]) for a in ADDRESSES}
    rng, history, wrong = random.Random(arguments.seed), [], 0
    for number in range(arguments.count):
        line, ip_line = operation(rng)
        answers = [world.router.attempt(line, ip_line) for world in (linux, subject)]
        if line.startswith("address add") and ":" in line and not answers[0]:
            await_local(linux, line.split()[2].split("/")[0])
        history.append(f"{line}   # Linux: {answers[0] or 'done'}")
        if bool(answers[0]) != bool(answers[1]):
            wrong += 1
            print(f"DIFFERENT after {number} changes: {line}\n  Linux: {answers[0] or 'done'}\n"
                  f"  subject: {answers[1] or 'done'}")
        if number % arguments.every:
            continue
        for frame in probes(linux, number, arguments.every):
            both = [mask.outputs(world.exchange(0, [frame]))
                    for mask, world in zip(masks, (linux, subject))]
            if both[0] != both[1] and not rules.explain(p.View(frame), *both, masks[0].own):
                wrong += 1
                print(f"DIFFERENT after {number} changes, {p.View(frame)}\n  Linux:\n"
                      f"{compare.show(both[0])}\n  subject:\n{compare.show(both[1])}")
        if wrong > 10:
            break
    if wrong:
        print("changes so far:\n  " + "\n  ".join(history[-30:]))
    refused = sum("done" not in one.split("Linux: ")[-1] for one in history)
    print(f"{len(history)} changes, {refused} refused by Linux, {wrong} differences")
    linux.stop()
    subject.stop()
    return 1 if wrong or not refused else 0


if __name__ == "__main__":
    sys.exit(main())
