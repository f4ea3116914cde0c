#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two NUMA nodes (--lcore-nodes, this machine need not have them): each has a cache and a collector of
its own, and all that holds with one holds with two."""

import json
import os
import re
import subprocess
import sys
import time
import unittest

from lib import pcap, table
from lib.dstfwd import NODES, PLENTY_S, TOP, Bench, eal, faults, two_nodes

GENERATOR = os.path.join(TOP, "scripts", "lib", "make_capture.py")
FLOWS = 1000  # a port


class Shards(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(two_nodes)
        self.addCleanup(self.bench.close)
        self.script = self.bench.file("commands", "\n".join(table.simple().commands) + "\n")
        self.json = self.bench.path("stats.json")

    def capture(self, side):
        path = self.bench.path(side + ".pcap")
        subprocess.run(["/usr/bin/python3", GENERATOR, path, "--packets", str(FLOWS), "--flows",
                        str(FLOWS), "--small", "--bad", "0", "--side", side], check=True,
                       stdout=subprocess.DEVNULL)
        return path

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
        self.process = self.bench.start(
            "--cmdline-file", self.script, "--stats-json", self.json, "--promiscuous", "--mbufs",
            "8192", *NODES, *arguments, "-i", devices=self.devices(endless=True), memory_mb=1024,
            stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(lambda: self.process.poll() is None and self.process.kill())
        self.said = ""
        self.ask("start")

    def ask(self, what):
        mark = f"mark-{time.monotonic_ns()}"
        self.process.stdin.write(f"{what}\n{mark}\n")
        self.process.stdin.flush()
        said = ""
        while mark not in said.replace(f"> {mark}", ""):
            line = self.process.stdout.readline()
            self.assertTrue(line, f"dstfwd ended with {self.process.poll()}: {said}")
            said += line
        self.said += said
        return said

    def stats(self):
        return json.loads(re.search(r"\{.*\}", self.ask("show json")).group(0))

    def wait(self, what, condition):
        deadline = time.monotonic() + PLENTY_S
        while True:
            stats = self.stats()
            if condition(stats):
                return stats
            self.assertLess(time.monotonic(), deadline, f"{what}: {stats}")
            time.sleep(0.1)

    def end(self):
        out, _ = self.process.communicate("quit\n", timeout=PLENTY_S)
        self.assertEqual(self.process.returncode, 0, out)
        with open(self.json, encoding="utf-8") as f:
            stats = json.load(f)
        self.assertEqual(list(faults(stats)), [])
        return stats

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
        self.start("--gc-mode", "service")
        said = self.ask("show numa")
        parts = re.split(r"cache of node (\d)\n", said)[1:]
        self.assertEqual(parts[::2], ["0", "1"], said)
        for node, part in zip((0, 1), parts[1::2]):
            self.assertIn(f"lcore {node} (forward) on node {node}", part)
            self.assertIn(f"lcore {node + 2} (gc) on node {node}", part)
            self.assertIn("reference counts", part)
            self.assertRegex(part, r"in pages of [0-9]+ [KM]B on (node \d|an unknown node)")
        self.end()

    def test_both_are_flushed_halted_and_cut_from_a_port(self):
        self.start("--gc-mode", "service", "--flows", str(4 * FLOWS), "--idle-timeout", "60")
        enough = self.wait("not cached", lambda s: s["cache"]["live"] > 1.5 * FLOWS)
        self.ask("cache flush")
        self.wait("not flushed", lambda s: s["gc"]["reclaimed"] >= enough["cache"]["live"])
        self.ask("gc stop")
        time.sleep(0.1)
        self.ask("cache flush")
        halted = self.stats()
        went_on = self.wait("nothing sent", lambda s: s["tx"] > halted["tx"] + 4 * FLOWS)
        self.assertEqual(went_on["gc"]["reclaimed"], halted["gc"]["reclaimed"])
        self.ask("gc start")
        self.wait("not all reclaimed", lambda s: s["gc"]["reclaimed"] >= went_on["gc"]["retired"])
        # Half of each cache's entries lead to port 1.
        before = self.wait("not cached", lambda s: s["cache"]["live"] > 1.5 * FLOWS)
        self.ask("link set 1 down")
        self.wait("not cut", lambda s: s["gc"]["reclaimed"] >= before["gc"]["reclaimed"] + FLOWS / 2)
        self.ask("link set 1 up")
        self.wait("not cached again", lambda s: s["cache"]["live"] > 1.5 * FLOWS)
        self.ask("port detach 1")
        self.wait("not closed", lambda _: "port 1 is closed" in self.said)
        self.end()

    def test_an_lcore_that_hangs_is_named_whichever_node_has_it(self):
        self.start("--gc-mode", "service")
        self.assertIsNone(self.stats()["gc"]["laggard_lcore"])
        for lcore in (0, 1):
            with self.subTest(lcore=lcore):
                self.ask(f"debug stall {lcore} 4000")
                self.wait("not named", lambda s, n=lcore: s["gc"]["laggard_lcore"] == n)
                self.assertIn(f"lcore {lcore} is not quiescent", self.ask("show gc"))
                self.wait("still named", lambda s: s["gc"]["laggard_lcore"] is None)
                self.assertIn(f"dstfwd: lcore {lcore} has not been quiescent", self.said)
        self.end()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
