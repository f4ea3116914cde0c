#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bench routes: how fast a full table loads from a command file, what memory it takes, and
how fast it changes: dstfwd and, in the same run on the same machine, the Linux kernel by `ip -batch`
in a namespace. Needs namespaces and 5 GB of memory."""

import argparse
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tests", "netns")]

import make_routes  # noqa: E402
from bench_figures import Figures, machine, write_json  # noqa: E402
from differential import setting  # noqa: E402
from lib import net, routers, sandbox  # noqa: E402

# Figures: name, unit, text.
KINDS = (("load4", "routes/s", "IPv4 routes from a file"),
         ("load6", "routes/s", "IPv6 routes from a file"),
         ("changes", "changes/s", "changes in the full table"),
         ("memory4", "bytes", "memory an IPv4 route"), ("memory6", "bytes", "memory an IPv6 route"))
GATEWAYS = {4: setting.H4[1:], 6: setting.H6[1:]}


def telemetry(prefix, request):
    """One question to a DPDK process's telemetry socket (DPDK's telemetry v2 protocol)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(5)
        s.connect(f"/run/dpdk/{prefix}/dpdk_telemetry.v2")
        s.recv(65536)
        s.send(request.encode())
        return json.loads(s.recv(65536))


class Dstfwd:
    """dstfwd over three veth ports that carry nothing."""

    name = "dstfwd"

    def __init__(self, memory_mb):
        routers.EAL[:] = [word for word in routers.EAL if word != "--no-telemetry"]
        routers.EAL[routers.EAL.index("-m") + 1] = str(memory_mb)
        self.router = routers.DstfwdRouter("dstfwd")

    def memory(self):
        """Bytes: allocated from DPDK's heaps, and resident outside of EAL's memory."""
        heaps = telemetry("dstfwd", "/eal/heap_list")["/eal/heap_list"]
        used = sum(telemetry("dstfwd", f"/eal/heap_info,{heap}")["/eal/heap_info"]["Alloc_size"]
                   for heap in heaps)
        # `ip netns exec` has become the process itself.
        with open(f"/proc/{self.router.process.pid}/smaps", encoding="ascii") as f:
            eal = False
            for line in f:
                if "-" in line.split(" ")[0]:
                    eal = "memfd:nohuge" in line
                elif line.startswith("Rss:") and not eal:
                    used += int(line.split()[1]) * 1024
        return used


class Linux:
    name = "Linux"

    def __init__(self, _):
        self.router = routers.LinuxRouter("linux")

    def memory(self):
        """Bytes in the kernel's slabs and page tables; other namespaces are silent meanwhile."""
        with open("/proc/meminfo", encoding="ascii") as f:
            fields = {line.split(":")[0]: int(line.split()[1]) for line in f}
        return (fields["Slab"] + fields.get("VmallocUsed", 0) + fields.get("Percpu", 0)) * 1024


def measure(kind, tables, changes, memory_mb):
    """One run: seconds and bytes by figure."""
    subject = kind(memory_mb)
    here, plan = net.Namespace(), setting.generated()
    for number, port in enumerate(plan.ports):
        net.veth(here, f"b{number}", subject.router.space, f"r{number}", right_mac=port.mac,
                 mtu=port.mtu)
    subject.router.start(plan)
    found = {}
    for family, lines in tables.items():
        before = subject.memory()
        took = subject.router.load_routes(lines)
        found[f"load{family}"] = len(lines) / took
        found[f"memory{family}"] = (subject.memory() - before) / len(lines)
    start = time.monotonic()
    for at in range(0, len(changes), 1000):
        subject.router.change_routes(changes[at:at + 1000])
    subject.router.finish_changes()
    found["changes"] = len(changes) / (time.monotonic() - start)
    subject.router.stop()
    subprocess.run(["ip", "netns", "del", subject.router.space.name], check=False)
    return found


def tables_of(ipv4, ipv6, changes):
    """({family: lines that load it}, lines that change it)."""
    tables, lines = {}, []
    for family, count in ((4, ipv4), (6, ipv6)):
        prefixes = make_routes.table(family, count)
        tables[family] = make_routes.commands(prefixes, GATEWAYS[family])
        lines += make_routes.changes(prefixes, GATEWAYS[family], changes // 2)
    return tables, lines


def show(figures):
    for name, unit, text in KINDS:
        for who in ("dstfwd", "linux"):
            if figures.has(f"{who}_{name}"):
                figures.line(f"{who}_{name}", unit, f"{text}, {who}")
        if figures.has(f"ratio_{name}"):
            figures.line(f"ratio_{name}", "", f"{text}, dstfwd / Linux")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench routes")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="flat JSON object; - is stdout")
    parser.add_argument("--quick", action="store_true", help="one round, a tenth of the table")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, default 3")
    parser.add_argument("--only", choices=("dstfwd", "linux"))
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    os.environ["DSTFWD"] = os.path.join(os.path.abspath(arguments.build), "app", "dstfwd")
    sandbox.enter()
    part = 10 if arguments.quick else 1
    tables, changes = tables_of(1_000_000 // part, 200_000 // part, 50_000 // part)
    print(machine(), flush=True)
    figures = Figures()
    kinds = [kind for kind in (Dstfwd, Linux) if arguments.only in (None, kind.name.lower())]
    for _ in range(1 if arguments.quick else arguments.rounds):
        found = {kind.name.lower(): measure(kind, tables, changes, 4096) for kind in kinds}
        for who, values in found.items():
            for name, value in values.items():
                figures.add(f"{who}_{name}", value)
        if len(found) == 2:
            for name, value in found["dstfwd"].items():
                if found["linux"][name] > 0:
                    figures.add(f"ratio_{name}", value / found["linux"][name])
    show(figures)
    write_json(arguments.json, figures.flat())
    return 0


if __name__ == "__main__":
    sys.exit(main())
