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

    def hold(self):
        """Two lcores' packets wait for two neighbours (IPv4 and IPv6), unlike in number so that
        neither cache's references can be taken for the other's: (dstfwd, packets, entries). All
        flows of the first lcore are the second's, too."""
        frames = pcap.read(self.bench.generate("frames.pcap", 20, "--bad", "0"))
        self.assertEqual({frame[12:14] for frame in frames}, {b"\x08\x00", b"\x86\xdd"})
        shares = [frames[:8], 2 * frames]
        for queue, share in enumerate(shares):
            pcap.write(self.bench.path(f"in0{queue}.pcap"), share)
        inputs = [[self.bench.path(f"in0{queue}.pcap") for queue in (0, 1)],
                  2 * [self.bench.empty_capture()]]
        devices = []
        for port, paths in enumerate(inputs):
            devices += ["--vdev", f"net_pcap{port}" + "".join(
                f",rx_pcap={path},tx_pcap={self.bench.path(f'out{port}{queue}.pcap')}"
                for queue, path in enumerate(paths))]
        dstfwd = self.bench.prompt(
            [*table.simple().commands, "neigh del 203.0.113.2", "neigh del 2001:db8:2::2"],
            "--gc-mode", "service", "--idle-timeout", "60", *NODES, devices=devices)
        return dstfwd, sum(map(len, shares)), len(frames[:8]) + len(frames)

    def flush_while_they_wait(self, dstfwd, packets, entries):
        before = dstfwd.wait("not all held", lambda s: s["held"] == packets)
        self.assertEqual([x["rx"] for x in before["lcores"][:2]], [8, packets - 8])
        self.assertEqual((before["gc"]["created"], before["gc"]["busy"]), (entries, 0))
        dstfwd.ask("cache flush")
        busy = dstfwd.wait("not dead", lambda s: s["gc"]["busy"] == entries)
        self.assertEqual((busy["held"], busy["gc"]["reclaimed"]), (packets, 0))

    def test_packets_that_wait_keep_the_entries_of_their_node_until_they_are_sent(self):
        dstfwd, packets, entries = self.hold()
        self.flush_while_they_wait(dstfwd, packets, entries)
        for address in ("203.0.113.2", "2001:db8:2::2"):
            dstfwd.ask(f"neigh add {address} lladdr 02:00:00:00:01:02 port 1")
        dstfwd.wait("not all sent", lambda s: s["held"] == 0 and s["tx"] == packets)
        dstfwd.wait("the first entries are not reclaimed", lambda s: s["gc"]["busy"] == 0 and
                    s["gc"]["reclaimed"] == entries)
        stats = dstfwd.end()
        self.assertEqual((stats["rx"], stats["tx"]), (packets, packets))
        self.assertEqual(stats["gc"]["created"], 2 * entries, "they were routed anew")
        self.assertEqual(sum(frame[:6] == bytes.fromhex("020000000102") for frame in self.sent(1)),
                         packets)

    def test_packets_that_wait_keep_the_entries_of_their_node_until_they_are_dropped(self):
        dstfwd, packets, entries = self.hold()
        self.flush_while_they_wait(dstfwd, packets, entries)
        dstfwd.wait("the neighbours have not failed",
                    lambda s: s["held"] == 0 and s["drops"].get("no_neighbour") == packets)
        dstfwd.wait("not all reclaimed", lambda s: s["gc"]["busy"] == 0 and
                    s["gc"]["reclaimed"] == entries)
        stats = dstfwd.end()
        self.assertEqual((stats["rx"], stats["tx"]), (packets, 0))
        self.assertEqual(stats["gc"]["created"], entries)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
