#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How dstfwd starts, is told what to do, and ends; in all of the collector's modes."""

import json
import signal
import sys
import time
import unittest

from lib import table
from lib.dstfwd import Bench, faults


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.commands = self.bench.file("commands", "\n".join(table.simple().commands) + "\n")
        self.stats = self.bench.path("stats.json")

    def capture(self):
        return self.bench.generate("generated.pcap", 1000, packets=3000)

    def small_capture(self):
        return self.bench.generate("small.pcap", 64, "--small", "--bad", "0")

    def devices(self, capture, endless=False):
        return self.bench.vdev(0, capture, endless, sink=endless) + \
            self.bench.vdev(1, self.bench.empty_capture(), sink=endless)

    def balanced(self):
        with open(self.stats, encoding="utf-8") as f:
            stats = json.load(f)
        self.assertEqual(list(faults(stats)), [])
        return stats

    def test_every_gc_mode_gives_all_entries_back(self):
        capture = self.capture()
        for mode in ("service", "inline", "legacy", "off"):
            for extra in ((), ("--flows", "128", "--flows6", "32"), ("--idle-timeout", "0.01")):
                with self.subTest(mode=mode, extra=extra):
                    stats, *_ = self.bench.route(capture, table.simple().commands, "--promiscuous",
                                                 "--gc-mode", mode, *extra)
                    self.assertEqual(list(faults(stats)), [])
                    self.assertEqual(stats["gc"]["mode"], mode)
                    self.assertGreater(stats["gc"]["created"], 0)

    def test_a_full_cache_loses_no_packet(self):
        capture = self.capture()
        want, *_ = self.bench.route(capture, table.simple().commands, "--promiscuous")
        got, *_ = self.bench.route(capture, table.simple().commands, "--promiscuous", "--flows",
                                   "64", "--flows6", "16", "--gc-mode", "off")
        self.assertGreater(got["cache"]["bypassed"], 0)
        self.assertEqual((got["tx"], got["drops"]), (want["tx"], want["drops"]))

    def test_an_idle_lcore_waits_only_when_it_is_told_to_and_loses_nothing(self):
        capture = self.capture()
        want, *_ = self.bench.route(capture, table.simple().commands, "--promiscuous")
        self.assertEqual([lcore["waited_seconds"] for lcore in want["lcores"]], [0, 0])
        for mode in ("service", "inline"):
            with self.subTest(mode=mode):
                got, *_ = self.bench.route(capture, table.simple().commands, "--promiscuous",
                                           "--power", "adaptive", "--gc-mode", mode)
                self.assertEqual(list(faults(got)), [])
                self.assertEqual((got["tx"], got["drops"]), (want["tx"], want["drops"]))
                self.assertGreater(got["lcores"][0]["waited_seconds"], 0)

    def test_it_stops_at_once_when_told_by_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                dstfwd = self.bench.prompt(table.simple().commands,
                                           devices=self.devices(self.small_capture(), endless=True))
                start = time.monotonic()
                stats = dstfwd.interrupt(number)
                self.assertLess(time.monotonic() - start, 30)
                self.assertGreater(stats["rx"], 0)

    def test_duration_ends_it(self):
        capture = self.small_capture()
        result = self.bench.run("--cmdline-file", self.commands, "--stats-json", self.stats,
                                "--promiscuous", "--duration", "0.5",
                                devices=self.devices(capture, endless=True))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertGreater(self.balanced()["rx"], 64)

    def test_idle_exit_waits_for_the_last_packet(self):
        stats, *_ = self.bench.route(self.capture(), table.simple().commands, "--promiscuous")
        self.assertGreaterEqual(stats["rx"], 3000)

    def test_statistics_go_to_stdout(self):
        result = self.bench.run("--cmdline-file", self.commands, "--stats-json", "-", "--idle-exit",
                                "50", devices=self.devices(self.capture()))
        start = result.stdout.index("{")
        self.assertIn("gc", json.loads(result.stdout[start:result.stdout.rindex("}") + 1]))

    def test_statistics_that_cannot_be_written_stop_the_start(self):
        result = self.bench.run("--stats-json", "/no/such/folder/x.json", "--idle-exit", "50",
                                devices=self.devices(self.capture()))
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn("/no/such/folder/x.json", result.stderr)

    def test_the_prompt_takes_commands_from_a_pipe(self):
        commands = "\n".join(table.simple().commands)
        result = self.bench.run(
            "-i", "--stats-json", self.stats, "--promiscuous", devices=self.devices(self.capture()),
            stdin=f"{commands}\nroute add nonsense\nstart\nshow route\nshow neigh\nshow address\n"
                  "show port\nshow cache\nshow gc\nshow stats\ncache flush\nstop\nquit\n")
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, 0, said)
        self.assertIn("198.18.0.0/16", said)
        self.assertIn("02:00:00:00:01:02", said)
        self.assertIn("nonsense", said)
        self.balanced()

    def test_the_end_of_the_pipe_ends_it(self):
        result = self.bench.run("-i", "--stats-json", self.stats, stdin="",
                                devices=self.devices(self.capture()))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.balanced()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
