# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bench fwd: the datapath against its peers."""

import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import tempfile
import time

import make_routes
from bench_figures import Figures, google_benchmark, machine, write_json
from bench_forwarders import Dstfwd, Testpmd, race
from bench_ovs import compare_ovs
from hugepages import Hugepages
from turns import take_turns

MACS = {0: "02:00:00:00:00:02", 1: "02:00:00:00:01:02"}
PCAP_MAC = "02:70:63:61:70:00"  # of net_pcap0
# 2 MB pages of two forwarders that have 1 M flows: 1 M frames each in the source, 1 M buffers, routes.
PAGES = 5800
LAPS = 8  # of a repetition
SIZES = {"64": 64, "4k": 4096, "64k": 65536, "1m": 1_000_000}


def unicast(number):
    """A random 32-bit number as a destination on the Internet: traffic_main.cc has the same."""
    octet = number >> 24
    other = octet in (0, 127, 169, 192, 198, 203) or octet >= 224
    return (1 + octet % 100) << 24 | number & 0xffffff if other else number


def capture(path, flows, mac, spread, first=0):
    """`flows` frames of 60 bytes, UDP, each of a flow of its own, the first of number `first`, to
    random addresses: with `spread` all over the Internet, else within 198.18.0.0/15."""
    head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    record = struct.pack("<IIII", 0, 0, 60, 60)
    ethernet = bytes.fromhex(mac.replace(":", "")) + b"\x02\0\0\0\0\x09\x08\x00"
    state = 12345
    with open(path, "wb") as f:
        f.write(head)
        for number in range(first, first + flows):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
            to = unicast(state >> 32) if spread else 0xc6120000 + (state >> 40) % 0x20000
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, 17, 0, 0x0a000000 + number, to)
            total = sum(struct.unpack(">10H", ip))
            total = (total & 0xffff) + (total >> 16)
            total = (total & 0xffff) + (total >> 16)
            ip = ip[:10] + struct.pack(">H", 0xffff - total) + ip[12:]
            f.write(record + ethernet + ip + struct.pack(">HHHH", number % 65536, 53, 26, 0) +
                    bytes(18))


class Bench:
    # What dstfwd's frames leave with by commands(1), and what they are sent to.
    SOURCE_MAC, NEXT_MAC, DESTINATIONS = PCAP_MAC, MACS[1], "198.18.0.0/15"

    def __init__(self, build, seconds, huge, routes):
        self.build, self.seconds, self.huge, self.routes = build, seconds, huge, routes
        self.folder = tempfile.mkdtemp(prefix="dstfwd-bench.")
        self.runs = 0

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def eal(self, lcores, memory_mb=2048):
        self.runs += 1
        memory = ["-m", str(memory_mb)] if self.huge else ["--no-huge", "-m", str(memory_mb)]
        return ["--lcores", lcores, *memory, "--no-pci", "--no-telemetry", "--log-level",
                "lib.*:error", "--file-prefix", f"bench{os.getpid()}x{self.runs}"]

    def device_arguments(self, flows, spread=False, sources=1):
        """Of sources that share the flows, and of a sink that takes all and sends nothing."""
        devices = []
        for number in range(sources):
            first, end = (flows * n // sources for n in (number, number + 1))
            name = self.path(f"{first}-{end}-{'spread' if spread else 'near'}.pcap")
            if not os.path.exists(name):
                capture(name, end - first, PCAP_MAC, spread, first)
            devices.append(f"net_pcap{number},rx_pcap={name},infinite_rx=1")
        return [*devices, "net_null0,no-rx=1"]

    def devices(self, flows, spread=False, sources=1):
        """The same for EAL: the first source is port 0, the sink port 1."""
        first, *more, sink = self.device_arguments(flows, spread, sources)
        return [word for device in (first, sink, *more) for word in ("--vdev", device)]

    def run(self, command, timeout_s=120, **kwargs):
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s,
                              check=False, **kwargs)
        if done.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command)} ended with {done.returncode}:\n"
                             f"{(done.stdout + done.stderr)[-1500:]}")
        return done.stdout

    def commands(self, routes):
        lines = ["address add 192.0.2.1/24 port 0", "address add 203.0.113.1/24 port 1",
                 f"neigh add 192.0.2.2 lladdr {MACS[0]} port 0"]
        for host in range(2, 10):
            lines.append(f"neigh add 203.0.113.{host} lladdr 02:00:00:00:01:0{host} port 1")
        path = self.path(f"commands{routes}")
        if not os.path.exists(path):
            with open(path, "w", encoding="ascii") as f:
                lines.append("route add default via 203.0.113.2")
                if routes > 1:
                    lines += make_routes.commands(make_routes.table(4, routes - 1),
                                                  [f"203.0.113.{host}" for host in range(2, 10)])
                f.write("\n".join(lines) + "\n")
        return path

    def dstfwd(self, flows, *arguments, routes=1, sources=1):
        """dstfwd at rest, its flows all cached."""
        one = Dstfwd([os.path.join(self.build, "app", "dstfwd"),
                      *self.eal("0@1,1@0", 4608 if flows > 100000 else 2048),
                      *self.devices(flows, routes > 1, sources), "--", "-i", "--cmdline-file",
                      self.commands(routes), "--promiscuous", "--mbufs", str(flows), "--mbuf-size",
                      "512", "--flows", str(max(65536, flows * 5 // 4)), *arguments])
        one.settle(2 * flows)
        one.rest()
        return one

    def start_s(self, flows):
        """Seconds from exec(2) to the first command's answer, with room for `flows` IPv4 flows."""
        began = time.monotonic()
        with Dstfwd([os.path.join(self.build, "app", "dstfwd"), *self.eal("0@1,1@0", 1024),
                     *self.devices(64), "--", "-i", "--flows", str(flows)]):
            return time.monotonic() - began

    def testpmd(self, flows):
        one = Testpmd(["dpdk-testpmd", *self.eal("0@0,1@1"), *self.devices(flows), "--",
                       "-i", "--forward-mode=io", "--nb-cores=1", "--total-num-mbufs",
                       str(20000 + flows), "--no-lsc-interrupt"])
        one.rest()
        return one

    def traffic_command(self, kind, routes, laps, *arguments, devices=None):
        devices = devices or ["--vdev", "net_ring0", "--vdev", "net_ring1"]
        return [os.path.join(self.build, "tests", "bench", "traffic_bench"),
                *self.eal("0@1,1@0", 1024), *devices, "--", kind, str(max(self.seconds, 1)),
                str(laps), str(routes), "--cmdline-file", self.commands(routes), *arguments]

    def traffic(self, kind, routes, *arguments, devices=None):
        return read_traffic(self.run(self.traffic_command(kind, routes, 1, *arguments,
                                                          devices=devices)))


def read_traffic(out):
    """What traffic_bench measured, of all that it wrote."""
    return json.loads(out[out.index("{"):])


def paths(bench, figures, laps):
    seconds = bench.seconds / laps
    for size in ("64", "4k"):
        with bench.dstfwd(SIZES[size]) as ours, bench.testpmd(SIZES[size]) as floor:
            race(figures, {f"fwd_{size}_ns": ours, f"io_{size}_ns": floor}, laps, seconds,
                 f"fwd_{size}_over_io_{size}")
    for size in ("64k", "1m"):
        way = {"routes": bench.routes}
        with (bench.dstfwd(SIZES[size], **way) as ours,
              bench.dstfwd(SIZES[size], "--cache", "off", **way) as fib):
            race(figures, {f"fwd_{size}_ns": ours, f"fib_only_{size}_ns": fib}, laps, seconds,
                 f"fwd_{size}_over_fib_only_{size}")


def lookups(bench, figures, sizes):
    for size, flows in {"64k": 65536, "1m": 1_000_000, "8m": 8_000_000}.items():
        if size not in sizes:
            continue
        names = {(f"lookup_{which}/{flows}", "ns"): f"lookup_{size}{end}_ns"
                 for which, end in (("ours", ""), ("rte_hash", "_rte_hash"), ("limit", "_limit"))}
        names[(f"lookup_ours/{flows}", "bytes")] = "bytes_per_ipv4_flow"
        google_benchmark(os.path.join(bench.build, "tests", "bench", "lookup_bench"),
                         f"/{flows}/", figures, names, 300)


def floods(bench, figures, laps):
    """From the source to the sink that the other rows have, and of the loop alone, whose frames are
    in the L1 cache: there a difference is at its largest."""
    for kind, routes, name in (("flood-ports", bench.routes, "flood"),
                               ("flood", bench.routes, "flood_loop"),
                               ("flood", 1, "flood_loop_one_route")):
        devices = bench.devices(64) if kind == "flood-ports" else None
        commands = {which: bench.traffic_command(kind, routes, laps, *arguments, devices=devices)
                    for which, arguments in (("cached", ("--flows", "1000000")),
                                             ("fib_only", ("--cache", "off")))}
        runs = {which: read_traffic(out)
                for which, (out, _) in take_turns(commands, laps).items()}
        for run in runs.values():
            if run["burst"] < 63 or run["sent"] < 0.999:
                raise SystemExit(f"bench: not all was forwarded, or not in bursts: {run}")
        cached, fib_only = runs["cached"], runs["fib_only"]
        figures.add(f"{name}_fib_only_packets_s", fib_only["packets_s"])
        figures.add(f"{name}_packets_s", cached["packets_s"])
        figures.add(f"{name}_rate_ratio", statistics.median(
            without / with_cache for with_cache, without in
            zip(cached["lap_packet_ns"], fib_only["lap_packet_ns"])))
        figures.add(f"{name}_established_hit_ratio",
                    min(1.0, cached["hits"] / cached["established"]))


def measuring(bench, figures):
    """What dstfwd's own latency measurement costs: histograms of polls, residence of 1 in 64. The
    second also of the loop alone, without the drivers' part of a turn."""
    sampled = bench.traffic("calm", 1, "--latency-sample", "64")
    figures.add("sampled_64_loop_time_share", sampled["sampled_share"] - 1)
    figures.add("poll_meter_time_share", sampled["meter_ns"] / sampled["turn_ns"])
    whole = bench.traffic("ports", 1, "--latency-sample", "64", "--promiscuous",
                          devices=bench.devices(64))
    if whole["burst"] < 31 or whole["sent"] < 0.999:
        raise SystemExit(f"bench: the forwarder did not forward all, or not in bursts: {whole}")
    figures.add("sampled_64_time_share", whole["sampled_share"] - 1)


def churns(bench, figures):
    churn = bench.traffic("churn", 1, "--flows", "4000000", "--idle-timeout", "0.1")
    figures.add("churn_flows_s", min(churn["created_s"], churn["reclaimed_s"]))


def show(figures):
    titles = (("io_64_ns", "testpmd io, 64 flows"), ("fwd_64_ns", "dstfwd, 64 flows"),
              ("io_4k_ns", "testpmd io, 4 k flows"), ("fwd_4k_ns", "dstfwd, 4 k flows"),
              ("fwd_64k_ns", "dstfwd, 64 k flows, many routes"),
              ("fib_only_64k_ns", "dstfwd --cache off, the same"),
              ("fwd_1m_ns", "dstfwd, 1 M flows, many routes"),
              ("fib_only_1m_ns", "dstfwd --cache off, the same"))
    print("pcap source -> null, one lcore, 60-byte frames, time a packet")
    for name, title in titles:
        if figures.has(name):
            figures.line(name, "ns", title)
    for size in ("64k", "1m"):
        figures.line(f"fwd_{size}_over_fib_only_{size}", "", f"{size}: dstfwd over --cache off, of laps by turns")
    print("Look-up alone, bursts of 32")
    for size in ("64k", "1m", "8m"):
        if figures.has(f"lookup_{size}_ns"):
            figures.line(f"lookup_{size}_ns", "ns", f"{size} flows: dst cache")
            figures.line(f"lookup_{size}_rte_hash_ns", "ns", f"{size} flows: rte_hash")
            figures.line(f"lookup_{size}_limit_ns", "ns", f"{size} flows: two random lines")
    for name, unit in (("bytes_per_ipv4_flow", "bytes"), ("flood_rate_ratio", ""),
                       ("flood_loop_rate_ratio", ""), ("flood_loop_one_route_rate_ratio", ""),
                       ("flood_established_hit_ratio", ""),
                       ("sampled_64_time_share", ""), ("poll_meter_time_share", ""),
                       ("churn_flows_s", "flows/s"), ("startup_10m_s", "s"),
                       ("ovs_64_ratio", ""), ("ovs_64k_ratio", ""), ("ovs_1m_ratio", "")):
        if figures.has(name):
            figures.line(name, unit)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench fwd")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="flat JSON object; - is stdout")
    parser.add_argument("--quick", action="store_true",
                        help="one short round without 8 M flows, flood and Open vSwitch: within 50 s")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, default 5")
    parser.add_argument("--no-ovs", action="store_true", help="leave Open vSwitch out")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not shutil.which("dpdk-testpmd"):
        raise SystemExit("bench: no dpdk-testpmd (Debian's package dpdk-dev)")
    figures = Figures()
    print(machine(), flush=True)
    with Hugepages(PAGES) as huge:
        bench = Bench(arguments.build, 0.6 if arguments.quick else 2.4, huge,
                      65536 if arguments.quick else 1_000_000)
        try:
            for _ in range(1 if arguments.quick else arguments.rounds):
                paths(bench, figures, 2 if arguments.quick else LAPS)
                lookups(bench, figures, ("64k", "1m") if arguments.quick else ("64k", "1m", "8m"))
                churns(bench, figures)
                if not arguments.quick:
                    floods(bench, figures, LAPS)
                    measuring(bench, figures)
                    figures.add("startup_10m_s", bench.start_s(10_000_000))
            if not arguments.quick and not arguments.no_ovs:
                compare_ovs(bench, figures, 3, {n: SIZES[n] for n in ("64", "64k", "1m")})
        finally:
            bench.close()
    show(figures)
    write_json(arguments.json, figures.flat())


if __name__ == "__main__":
    main()
