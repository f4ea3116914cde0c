#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two NUMA nodes (--lcore-nodes, this machine need not have them): each has a cache and a collector of
its own, and all that holds with one holds with two."""

import json
import re
import sys
import time
import unittest

from lib import pcap, table
from lib.dstfwd import NODES, Bench, eal, faults, two_nodes

FLOWS = 1000  # a port


class Shards(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(two_nodes)
        self.addCleanup(self.bench.close)
        self.script = self.bench.file("commands", "\n".join(table.simple().commands) + "\n")
        self.json = self.bench.path("stats.json")

    def capture(self, side):
        return self.bench.generate(side + ".pcap", FLOWS, "--small", "--bad", "0", "--side", side)

    def devices(self, endless=False):
        """Two queues a port, one for each forwarding lcore, with the same flows in both."""
        devices = []
        for port, side in enumerate(("clients", "servers")):
            device = f"net_pcap{port}" + 2 * f",rx_pcap={self.capture(side)}"
            if endless:
                device += ",infinite_rx=1"
            else:
                device += "".join(f",tx_pcap={self.bench.path(f'out{port}{queue}.pcap')}"
                                  for queue in (0, 1))
            devices += ["--vdev", device]
        return devices

    def sent(self, port):
        """The frames that left a port, by whichever queue, sorted."""
        return sorted(frame for queue in (0, 1)
                      for frame in pcap.read(self.bench.path(f"out{port}{queue}.pcap")))

    def route(self, *arguments):
        """Statistics at exit, what was said, and the frames that left each port."""
        result = self.bench.run("--cmdline-file", self.script, "--stats-json", self.json,
                                "--idle-exit", "200", "--promiscuous", "--slow-path", "off",
                                *arguments,
                                devices=self.devices(), memory_mb=768)
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, 0, said)
        with open(self.json, encoding="utf-8") as f:
            stats = json.load(f)
        self.assertEqual(list(faults(stats)), [], said)
        return stats, said, [self.sent(port) for port in (0, 1)]

    def start(self, *arguments):
        return self.bench.prompt(table.simple().commands, "--mbufs", "8192", *NODES, *arguments,
                                 devices=self.devices(endless=True))

    def test_two_forward_as_one_in_every_mode(self):
        self.bench.lcores = eal
        want, _, frames = self.route("--gc-mode", "inline", "--flows", "16384", "--rxq", "2")
        self.bench.lcores = two_nodes
        for mode in ("service", "inline", "legacy", "off"):
            for extra in (("--flows", "16384"), ("--flows", "256", "--idle-timeout", "0.01")):
                with self.subTest(mode=mode, extra=extra):
                    stats, _, out = self.route("--gc-mode", mode, *NODES, *extra)
                    self.assertEqual((stats["rx"], stats["tx"], stats["drops"]),
                                     (want["rx"], want["tx"], want["drops"]))
                    self.assertEqual(out, frames)
                    self.assertEqual(stats["gc"]["mode"], mode)
                    # In the other modes, lcores 2 and 3 forward too, but no queue is left to them.
                    self.assertEqual([x["rx"] for x in stats["lcores"][:2]], 2 * [2 * FLOWS])

    def test_each_node_has_its_collectors_lcore(self):
        stats, said, _ = self.route(*NODES)
        roles = {x["lcore"]: x["role"] for x in stats["lcores"]}
        self.assertEqual(roles, {0: "forward", 1: "forward", 2: "gc", 3: "gc"})
        self.assertNotIn("the collector's lcore", said)

    def test_a_collector_on_another_node_is_told_with_both_numbers(self):
        stats, said, _ = self.route(*NODES, "--gc-lcore", "2")
        self.assertIn("the collector's lcore 2 is on node 0, the entries that it collects on "
                      "node 1", said)
        self.assertGreater(stats["gc"]["created"], FLOWS)

    def test_show_numa_tells_of_each(self):
        dstfwd = self.start("--gc-mode", "service")
        said = dstfwd.ask("show numa")
        parts = re.split(r"cache of node (\d)\n", said)[1:]
        self.assertEqual(parts[::2], ["0", "1"], said)
        for node, part in zip((0, 1), parts[1::2]):
            self.assertIn(f"lcore {node} (forward) on node {node}", part)
            self.assertIn(f"lcore {node + 2} (gc) on node {node}", part)
            self.assertIn("reference counts", part)
            self.assertRegex(part, r"in pages of [0-9]+ [KM]B on (node \d|an unknown node)")
        dstfwd.end()

    def test_both_are_flushed_halted_and_cut_from_a_port(self):
        dstfwd = self.start("--gc-mode", "service", "--flows", str(4 * FLOWS), "--idle-timeout",
                            "60")
        enough = dstfwd.wait("not cached", lambda s: s["cache"]["live"] > 1.5 * FLOWS)
        dstfwd.ask("cache flush")
        dstfwd.wait("not flushed", lambda s: s["gc"]["reclaimed"] >= enough["cache"]["live"])
        dstfwd.ask("gc stop")
        time.sleep(0.1)
        dstfwd.ask("cache flush")
        halted = dstfwd.stats()
        went_on = dstfwd.wait("nothing sent", lambda s: s["tx"] > halted["tx"] + 4 * FLOWS)
        self.assertEqual(went_on["gc"]["reclaimed"], halted["gc"]["reclaimed"])
        dstfwd.ask("gc start")
        dstfwd.wait("not all reclaimed", lambda s: s["gc"]["reclaimed"] >= went_on["gc"]["retired"])
        # Half of each cache's entries lead to port 1.
        before = dstfwd.wait("not cached", lambda s: s["cache"]["live"] > 1.5 * FLOWS)
        dstfwd.ask("link set 1 down")
        cut = before["gc"]["reclaimed"] + FLOWS / 2
        dstfwd.wait("not cut", lambda s: s["gc"]["reclaimed"] >= cut)
        dstfwd.ask("link set 1 up")
        dstfwd.wait("not cached again", lambda s: s["cache"]["live"] > 1.5 * FLOWS)
        dstfwd.ask("port detach 1")
        dstfwd.until("not closed", lambda: dstfwd.said("port 1 is closed"))
        dstfwd.end()

    def test_an_lcore_that_hangs_is_named_whichever_node_has_it(self):
        dstfwd = self.start("--gc-mode", "service")
        self.assertIsNone(dstfwd.stats()["gc"]["laggard_lcore"])
        for lcore in (0, 1):
            with self.subTest(lcore=lcore):
                dstfwd.ask(f"debug stall {lcore} 4000")
                dstfwd.wait("not named", lambda s, n=lcore: s["gc"]["laggard_lcore"] == n)
                self.assertIn(f"lcore {lcore} is not quiescent", dstfwd.ask("show gc"))
                dstfwd.wait("still named", lambda s: s["gc"]["laggard_lcore"] is None)
                self.assertTrue(dstfwd.said(f"dstfwd: lcore {lcore} has not been quiescent"))
        dstfwd.end()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
