#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the router measures of itself: residence, poll gaps, stalls; reset, intervals, files."""

import glob
import os
import re
import sys
import time
import unittest

from lib import table
from lib.dstfwd import Bench

MEASURES = ("poll_gap_ns", "residence_ns", "neighbour_wait_ns", "gc_slice_ns")


class Latency(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def start(self, *arguments, flows=64, endless=True, commands=()):
        capture = self.bench.generate("frames.pcap", flows, "--small", "--bad", "0")
        devices = self.bench.vdev(0, capture, endless, sink=True) + \
            self.bench.vdev(1, self.bench.empty_capture(), sink=True)
        self.dstfwd = self.bench.prompt([*table.simple().commands, *commands], "--mbufs",
                                        str(flows), *arguments, devices=devices)
        self.dstfwd.until("an lcore does not poll", lambda: all(
            lcore["poll_gap_ns"]["count"] for lcore in self.report()["lcores"]))

    def report(self, delta=""):
        return self.dstfwd.json(f"show latency json {delta}")

    def stalls(self):
        """(lcore, polls again, ms, stage) of each line about a stall."""
        pattern = (r"dstfwd: lcore (\d+) (has not polled for|polls again, after) ([\d.]+) (us|ms|s) in "
                   r"stage (.*)\n")
        for line in list(self.dstfwd.log):
            if match := re.fullmatch(pattern, line):
                unit = {"us": 1e-3, "ms": 1, "s": 1000}[match[4]]
                yield int(match[1]), "again" in match[2], float(match[3]) * unit, match[5]

    def assert_named(self, lcore):
        """A stall on purpose, of 3 s with a threshold of 1 s."""
        self.dstfwd.ask(f"debug stall {lcore} 3000")
        self.dstfwd.until("the stall's end is not told", lambda: any(
            s[0] == lcore and s[1] and s[3] == "debug" for s in self.stalls()))
        begun, ended = [s for s in self.stalls() if s[0] == lcore and s[3] == "debug"]
        self.assertFalse(begun[1])
        self.assertGreaterEqual(begun[2], 1000)
        self.assertLessEqual(begun[2], 2000, "named within two thresholds")
        self.assertGreaterEqual(ended[2], 2990)

    def test_a_stalled_lcore_is_named_within_two_thresholds(self):
        self.start("--stall-threshold", "1")
        self.assert_named(0)
        self.assert_named(1)
        self.assertRegex(self.dstfwd.ask("debug stall 5 1"), "error: debug stall: lcore 5 does not poll")
        stats = self.dstfwd.end()
        self.assertEqual(stats["latency"]["stall_threshold_ns"], 1_000_000_000)
        for lcore in stats["lcores"]:
            self.assertGreaterEqual(lcore["stalls"], 1)
            self.assertGreaterEqual(lcore["poll_gap_ns"]["max"], 2_990_000_000)

    def test_without_a_threshold_nothing_is_said(self):
        self.start("--stall-threshold", "0")
        self.dstfwd.ask("debug stall 0 200")
        self.dstfwd.until("no stall", lambda: self.report()["poll_gap_ns"]["max"] >= 199_000_000)
        stats = self.dstfwd.end()
        self.assertEqual(stats["latency"]["stalls"], 0)
        self.assertEqual(list(self.stalls()), [])

    def test_one_packet_in_n_is_sampled(self):
        self.start("--latency-sample", "16")
        self.dstfwd.until("nothing sent", lambda: self.report()["residence_ns"]["count"] > 1000)
        text = self.dstfwd.ask("show latency")
        self.assertIn("residence of 1 packet in 16", text)
        for row in ("poll gap 0", "poll gap 1 gc", "residence 0"):
            self.assertIn(row, text)
        stats = self.dstfwd.end()
        self.assertEqual(stats["rx"], stats["tx"])
        self.assertEqual(stats["latency"]["residence_ns"]["count"], stats["rx"] // 16)
        self.assertEqual(stats["latency"]["sample"], 16)
        self.assertEqual(stats["latency"]["neighbour_wait_ns"]["count"], 0)
        self.assertEqual(stats["latency"]["residence_ns"], stats["lcores"][0]["residence_ns"])
        for summary in (stats["latency"][m] for m in MEASURES):
            steps = [summary[q] for q in ("p50", "p90", "p99", "p999", "p9999", "max")]
            self.assertEqual(steps, sorted(steps))

    def test_without_sampling_nothing_is_measured_but_gaps(self):
        self.start()
        self.assertIn("--latency-sample", self.dstfwd.ask("show latency"))
        stats = self.dstfwd.end()
        self.assertEqual(stats["latency"]["residence_ns"]["count"], 0)
        self.assertGreater(stats["latency"]["poll_gap_ns"]["count"], 0)

    def test_the_wait_for_a_neighbour_is_apart(self):
        flows = 4
        self.start("--latency-sample", "1", flows=flows, endless=False,
                   commands=["neigh del 203.0.113.2"])
        self.dstfwd.until("not all held", lambda: self.dstfwd.stats()["held"] == flows)
        time.sleep(1)
        self.dstfwd.ask("neigh add 203.0.113.2 lladdr 02:00:00:00:01:02 port 1")
        self.dstfwd.until("not all sent", lambda: self.report()["residence_ns"]["count"] == flows)
        latency = self.dstfwd.end()["latency"]
        self.assertEqual(latency["neighbour_wait_ns"]["count"], flows)
        self.assertGreaterEqual(latency["neighbour_wait_ns"]["p50"], 1_000_000_000)
        self.assertLess(latency["residence_ns"]["max"], 1_000_000_000, "the wait is not in it")

    def test_a_reset_and_intervals_count_from_then_on(self):
        self.start("--latency-sample", "1", "--stall-threshold", "0")
        self.dstfwd.ask("debug stall 0 300")
        self.dstfwd.until("no stall", lambda: self.report()["poll_gap_ns"]["max"] >= 299_000_000)
        first = self.report("delta")
        self.assertGreaterEqual(first["poll_gap_ns"]["max"], 299_000_000)
        second = self.report("delta")
        whole = self.report()
        self.assertLess(second["poll_gap_ns"]["max"], 299_000_000)
        self.assertLess(second["seconds"], first["seconds"])
        self.assertGreaterEqual(whole["residence_ns"]["count"],
                                first["residence_ns"]["count"] + second["residence_ns"]["count"])
        self.assertGreaterEqual(whole["poll_gap_ns"]["max"], 299_000_000)
        self.dstfwd.ask("latency reset")
        after = self.report()
        self.assertLess(after["poll_gap_ns"]["max"], 299_000_000)
        self.assertLess(after["seconds"], whole["seconds"])
        stats = self.dstfwd.end()
        self.assertLess(stats["latency"]["poll_gap_ns"]["max"], 299_000_000)
        self.assertLess(stats["latency"]["residence_ns"]["count"], stats["tx"])

    def test_a_period_tells_of_its_own_latencies(self):
        self.start("--latency-sample", "1", "--stats-period", "0.2", "--stall-threshold", "0")
        line = ""
        while "residence" not in line:
            line = self.dstfwd.line()
        self.assertRegex(line, r"^  poll gap p50 .*, p99.9 .*, max .*; residence p50 .*, max .*$")
        self.dstfwd.end()

    def test_histograms_are_written_at_the_end_and_on_command(self):
        prefix = self.bench.path("end")
        self.start("--latency-sample", "4", "--latency-hgrm", prefix)
        self.dstfwd.until("nothing sent", lambda: self.report()["residence_ns"]["count"] > 100)
        said = self.dstfwd.ask(f"latency export {self.bench.path('now')}")
        written = sorted(glob.glob(self.bench.path("now-*")))
        self.assertEqual(sorted(re.findall(r"\S+\.hgrm", said)), written)
        self.assertEqual([os.path.basename(p) for p in written], [
            "now-lcore0-poll_gap.hgrm", "now-lcore0-residence.hgrm", "now-lcore1-poll_gap.hgrm",
            "now-poll_gap.hgrm", "now-residence.hgrm"])
        self.assertRegex(self.dstfwd.ask("latency export /nonexistent/x"),
                         "error: /nonexistent/x-poll_gap.hgrm: No such file or directory")
        stats = self.dstfwd.end()
        for measure in ("poll_gap", "residence"):
            with open(f"{prefix}-{measure}.hgrm", encoding="utf-8") as f:
                lines = f.read().splitlines()
            self.assertEqual(lines[0].split(),
                             ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
            total = int(re.search(r"Total count\s+=\s+(\d+)", "\n".join(lines))[1])
            self.assertEqual(total, stats["latency"][measure + "_ns"]["count"])
            rows = [line.split() for line in lines[2:] if not line.startswith("#")]
            self.assertEqual(int(rows[-1][2]), total)
            top = stats["latency"][measure + "_ns"]["max"] / 1000
            self.assertAlmostEqual(float(rows[-1][0]), top, delta=top / 1000 + 0.001)

    def test_a_prefix_that_cannot_be_written_is_found_at_the_start(self):
        result = self.bench.run("--latency-hgrm", "/nonexistent/x")
        self.assertEqual(result.returncode, 2)
        self.assertIn("dstfwd: --latency-hgrm: /nonexistent/x-poll_gap.hgrm: No such file or "
                      "directory", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
