#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/latency as a whole, with few entries and short windows. Nothing is said of times here;
each run ends with --verify: all entries reclaimed, all mbufs home."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BUILD = os.environ["BUILD"]
SIZES = ("1k", "20k")
LAPS = 4
MODES = ("off", "service", "inline", "legacy")


def latency(*arguments):
    script = os.path.join(TOP, "scripts", "lib", "latency.py")
    return subprocess.run(["/usr/bin/python3", script, "--build", BUILD, *arguments],
                          capture_output=True, text=True, check=False)


class SmallRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = cls.scratch.name
        cls.done = latency("--sizes", ",".join(SIZES), "--seconds", "0.5", "--rounds", "1",
                           "--laps", str(LAPS), "--lap-seconds", "0.1", "--held", "0.25",
                           "--no-huge", "--no-isolation", "--verify", "--output", cls.folder)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stdout + cls.done.stderr)
        with open(os.path.join(cls.folder, "report.json"), encoding="utf-8") as f:
            cls.flat = json.load(f)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def record(self, mode, size):
        with open(os.path.join(self.folder, "runs", f"{mode}_{size}_1.json"),
                  encoding="utf-8") as f:
            return json.load(f)

    def test_the_flat_report_has_every_figure(self):
        for mode in MODES:
            for size in SIZES:
                for name in ("gap_p99_ns", "gap_p999_ns", "gap_max_ns", "gaps_over_1ms",
                             "residence_p999_ns", "mpps"):
                    self.assertIsInstance(self.flat[f"{mode}_{size}_{name}"], (int, float))
        self.assertGreater(self.flat["floor_gap_p999_ns"], 0)

    def test_packets_are_forwarded_in_every_mode(self):
        for mode in MODES:
            one = self.record(mode, "20k")
            self.assertGreater(one["forwarded"], 0, mode)
            self.assertGreater(one["gap"]["count"], 0, mode)
            self.assertGreater(one["residence"]["count"], 0, mode)
            # What came out was measured, every packet of it: snapshots and counts are read one
            # after the other while the lcore runs.
            self.assertAlmostEqual(one["latency"]["count"] / one["forwarded"], 1, delta=0.5)

    def test_modes_that_are_compared_have_their_laps_and_the_window_is_their_sum(self):
        for mode in ("floor", "off", "service"):
            one = self.record(mode, "20k")
            self.assertEqual(len(one["laps"]), LAPS)
            self.assertEqual(sum(lap["gap"]["count"] for lap in one["laps"]), one["gap"]["count"])
            self.assertGreater(min(lap["gap"]["count"] for lap in one["laps"]), 0)
            self.assertLess(max(at for at, _ in one["timeline"]["gaps"] or [(0, 0)]), LAPS * 0.1)
        for mode in ("inline", "legacy"):
            self.assertEqual(len(self.record(mode, "20k")["laps"]), 1)

    def test_dead_entries_are_there_and_off_collects_none(self):
        for size, number in (("1k", 1000), ("20k", 20_000)):
            self.assertEqual(self.record("service", size)["busy_at_begin"], number)
            self.assertEqual(self.record("inline", size)["busy_at_begin"], number)
            self.assertEqual(self.record("off", size)["reclaimed"], 0)

    def test_histograms_are_written_as_hgrm(self):
        # The gap of each run; of the router also residence, latency, and where it collects slices.
        files = glob.glob(os.path.join(self.folder, "runs", "*.hgrm"))
        self.assertEqual(len(files), 2 * (1 + len(MODES) * 3 + 2))
        for name in files:
            with open(name, encoding="ascii") as f:
                lines = f.read().splitlines()
            self.assertRegex(lines[0], r"^ *Value +Percentile TotalCount 1/\(1-Percentile\)$")
            self.assertRegex(lines[2], r"^ *[\d.]+ 0\.0+ +\d+ +1\.00$")
            self.assertRegex(lines[-2], r"^#\[Max")

    def test_the_page_and_the_paths_are_there(self):
        self.assertGreater(os.path.getsize(os.path.join(self.folder, "report.html")), 10_000)
        self.assertIn(os.path.join(self.folder, "report.html"), self.done.stdout)


class NoNewFlows(unittest.TestCase):
    def test_established_flows_are_cached_before_the_window_in_every_mode(self):
        # What a mode makes of its free entries must not tell where established flows lie.
        with tempfile.TemporaryDirectory() as folder:
            done = latency("--sizes", "1k", "--seconds", "0.3", "--rounds", "1", "--laps", "2",
                           "--new-flows", "0",
                           "--no-huge", "--no-isolation", "--output", folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for mode in MODES:
                with open(os.path.join(folder, "runs", f"{mode}_1k_1.json"), encoding="utf-8") as f:
                    one = json.load(f)
                self.assertGreater(one["hits"], 0, mode)
                self.assertEqual(one["misses"], 0, mode)


class BadInput(unittest.TestCase):
    def refused(self, expected, *arguments):
        done = latency(*arguments)
        self.assertEqual(done.returncode, 2)
        self.assertTrue(re.search(expected, done.stderr), done.stderr)

    def test_bad_arguments_are_named(self):
        self.refused('--sizes: "ten" is not a number of entries', "--sizes", "1k,ten")
        self.refused("--held must be from 0 to 1", "--held", "2")
        self.refused("--rate must be from", "--rate", "1e9")
        self.refused("--rounds must be 1 or more", "--rounds", "0")
        self.refused("--laps must be from 2 to 10000", "--laps", "1")
        self.refused("--lap-seconds must be from 0.02 to 60", "--lap-seconds", "0")
        self.refused("--seconds must be", "--seconds", "-1")

    def test_the_program_names_a_bad_word_before_eal_starts(self):
        program = os.path.join(BUILD, "tests", "bench", "latency_bench")
        for words, expected in ((["mode=fast"], '"fast" is not floor, off, service'),
                                (["dead=0", "out=x"], 'dead: "0" is not a number from 1'),
                                (["speed=1"], '"speed=1" is not KEY=VALUE'),
                                ([], "out=PREFIX is missing")):
            done = subprocess.run([program, "--", *words], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(expected, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
