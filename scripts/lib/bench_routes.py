#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How fast a full table loads, what memory it takes, and how fast it changes: dstfwd and, in the
same run on the same machine, the Linux kernel by `ip -batch` in a namespace.

Prints one line a figure, and the ratio. Called by `scripts/bench routes`."""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tests", "netns")]

import make_routes  # noqa: E402
from differential import setting  # noqa: E402
from lib import net, routers, sandbox  # noqa: E402

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
        """Bytes: allocated from DPDK's heaps, and resident outside of them as far as it grows."""
        heaps = telemetry("dstfwd", "/eal/heap_list")["/eal/heap_list"]
        used = sum(telemetry("dstfwd", f"/eal/heap_info,{heap}")["/eal/heap_info"]["Alloc_size"]
                   for heap in heaps)
        with open(f"/proc/{pid_of(self.router.process)}/status", encoding="ascii") as f:
            resident = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
        return used + resident * 1024


def pid_of(process):
    """The process itself: `ip netns exec` becomes it."""
    return process.pid


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
        found[f"IPv{family} load, routes/s"] = len(lines) / took
        found[f"IPv{family} memory, bytes/route"] = (subject.memory() - before) / len(lines)
    start = time.monotonic()
    for at in range(0, len(changes), 1000):
        subject.router.change_routes(changes[at:at + 1000])
    subject.router.finish_changes()
    found["changes in the full table, changes/s"] = len(changes) / (time.monotonic() - start)
    subject.router.stop()
    subprocess.run(["ip", "netns", "del", subject.router.space.name], check=False)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ipv4", type=int, default=1000000)
    parser.add_argument("--ipv6", type=int, default=200000)
    parser.add_argument("--changes", type=int, default=50000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", type=int, default=4096, help="MB for dstfwd's EAL (-m)")
    parser.add_argument("--only", choices=("dstfwd", "linux"))
    arguments = parser.parse_args()
    sandbox.enter()
    tables, changes = {}, []
    for family, count in ((4, arguments.ipv4), (6, arguments.ipv6)):
        prefixes = make_routes.table(family, count)
        tables[family] = make_routes.commands(prefixes, GATEWAYS[family])
        changes += make_routes.changes(prefixes, GATEWAYS[family], arguments.changes // 2)
    kinds = [kind for kind in (Dstfwd, Linux) if arguments.only in (None, kind.name.lower())]
    results = {kind: [measure(kind, tables, changes, arguments.memory)
                      for _ in range(arguments.runs)] for kind in kinds}
    print(f"{arguments.ipv4} IPv4 and {arguments.ipv6} IPv6 routes, {len(changes)} changes, "
          f"{arguments.runs} runs, median (least..most), {os.cpu_count()} cores")
    for figure in results[kinds[0]][0]:
        medians = []
        for kind in kinds:
            values = [run[figure] for run in results[kind]]
            medians.append(statistics.median(values))
            print(f"  {figure:40} {kind.name:7} {medians[-1]:12.0f} "
                  f"({min(values):.0f}..{max(values):.0f})")
        if len(medians) == 2 and medians[1] > 0:
            print(f"  {'':40} dstfwd/Linux {medians[0] / medians[1]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
