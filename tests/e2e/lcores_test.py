#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""More forwarding lcores than CPUs, each with a receive queue of its own: what comes out is what one
lcore gives, also where the packets of a flow come by several queues."""

import collections
import json
import os
import subprocess
import sys
import unittest
import zlib

from lib import pcap, table
from lib.dstfwd import PLENTY_S, PROGRAM, Bench, faults

LCORES = 4


class Lcores(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        whole = self.bench.generate("whole.pcap", 900, "--bad", "0.05", packets=8000)
        self.frames = pcap.read(whole)
        self.one, *self.want = self.bench.route(whole, table.simple().commands, "--promiscuous")

    def deal(self, queue_of):
        """The frames by queue, as captures."""
        shares = [[] for _ in range(LCORES)]
        for number, frame in enumerate(self.frames):
            shares[queue_of(number, frame)].append(frame)
        paths = []
        for queue, share in enumerate(shares):
            paths.append(self.bench.path(f"queue{queue}.pcap"))
            pcap.write(paths[-1], share)
        return paths

    def run_many(self, captures, *arguments):
        """Statistics, and all frames that left, by port."""
        cpus = sorted(os.sched_getaffinity(0))
        lcores = ",".join(f"{n}@{cpus[n % len(cpus)]}" for n in range(LCORES + 1))
        empty, stats = self.bench.empty_capture(), self.bench.path("many.json")
        devices = []
        for port, inputs in enumerate((captures, [empty] * LCORES)):
            queues = [f"rx_pcap={path}" for path in inputs] + \
                [f"tx_pcap={self.bench.path(f'out{port}.{queue}.pcap')}" for queue in range(LCORES)]
            devices += ["--vdev", f"net_pcap{port}," + ",".join(queues)]
        script = self.bench.file("commands", "\n".join(table.simple().commands) + "\n")
        done = subprocess.run(
            [PROGRAM, "--lcores", lcores, "--no-huge", "-m", "512",
             "--no-pci", "--no-shconf", "--no-telemetry", "--file-prefix", f"many{os.getpid()}",
             *devices, "--", "--cmdline-file", script, "--stats-json", stats, "--idle-exit", "300",
             "--flows", "65536", "--slow-path", "off", "--promiscuous", *arguments],
            capture_output=True, text=True, timeout=PLENTY_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(stats, encoding="utf-8") as f:
            result = json.load(f)
        self.assertEqual(list(faults(result)), [])
        out = [collections.Counter(frame for queue in range(LCORES)
                                   for frame in pcap.read(self.bench.path(f"out{port}.{queue}.pcap")))
               for port in range(2)]
        return result, out

    def check(self, captures, *arguments):
        result, out = self.run_many(captures, *arguments)
        forwarding = [lcore for lcore in result["lcores"] if lcore["role"] == "forward"]
        self.assertEqual(sorted(lcore["rx"] for lcore in forwarding),
                         sorted(len(pcap.read(path)) for path in captures))
        self.assertEqual(result["drops"], self.one["drops"])
        self.assertEqual(out, [collections.Counter(frames) for frames in self.want])
        return result

    def test_flows_that_stay_on_their_lcores(self):
        captures = self.deal(lambda _, frame: zlib.crc32(frame[26:38]) % LCORES)
        for mode in ("service", "inline"):
            with self.subTest(mode=mode):
                self.check(captures, "--gc-mode", mode)

    def test_flows_whose_packets_come_by_all_queues(self):
        captures = self.deal(lambda number, _: number % LCORES)
        result = self.check(captures, "--idle-timeout", "0.02", "--flush-interval", "0.05")
        # A flow that two lcores insert at once may have two entries for a while, not one a packet.
        self.assertGreater(result["cache"]["hits"], len(self.frames) / 4)
        self.check(captures, "--gc-mode", "inline", "--idle-timeout", "0.02")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
