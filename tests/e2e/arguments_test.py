#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Bad arguments and bad command files: one line that names what is wrong and where, exit status 2,
and no packet touched."""

import os
import subprocess
import sys
import unittest

from lib.dstfwd import PROGRAM, PLENTY_S, Bench


class BadInput(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def devices(self):
        empty = self.bench.empty_capture()
        return self.bench.vdev(0, empty) + self.bench.vdev(1, empty)

    def refused(self, *arguments, names):
        """Runs with bad arguments; asserts status 2 and one line of dstfwd's that holds `names`."""
        result = self.bench.run(*arguments, devices=self.devices())
        said = [line for line in (result.stdout + result.stderr).splitlines()
                if line and not line.startswith(("EAL:", "TELEMETRY:"))]
        self.assertEqual(result.returncode, 2, said)
        self.assertEqual(len(said), 1, said)
        for name in names:
            self.assertIn(name, said[0])
        self.assertFalse(os.path.exists(self.bench.path("out0.pcap")),
                         "a device was opened before the arguments were read")

    def test_an_unknown_option(self):
        self.refused("--no-such-option", names=["--no-such-option"])

    def test_an_argument_that_is_no_option(self):
        self.refused("stray", names=["stray"])

    def test_a_missing_value(self):
        self.refused("--flows", names=["--flows"])

    def test_numbers_out_of_range(self):
        for option, value in (("--burst", "0"), ("--burst", "100000"), ("--flows", "-1"),
                              ("--flows", "1e3"), ("--rxd", "99999999999999999999"),
                              ("--idle-timeout", "nan"), ("--gc-min", "-0.5"),
                              ("--gc-debug", "9"), ("--idle-exit", "soon"), ("--portmask", "0xz"),
                              ("--nb-cores", "0"), ("--duration", "")):
            with self.subTest(option=option, value=value):
                self.refused(f"{option}={value}", names=[option])

    def test_a_gc_mode_that_there_is_not(self):
        self.refused("--gc-mode", "lazy", names=["--gc-mode", "lazy"])

    def test_values_that_do_not_go_together(self):
        self.refused("--gc-min", "5", "--gc-max", "2", names=["--gc-min"])

    def test_a_command_file_that_is_not_there(self):
        self.refused_file("/no/such/file", "/no/such/file")

    def refused_file(self, path, *names):
        result = self.bench.run("--cmdline-file", path, devices=self.devices())
        said = [line for line in (result.stdout + result.stderr).splitlines()
                if any(name in line for name in names)]
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(len(said), 1, result.stdout + result.stderr)
        for name in names:
            self.assertIn(name, said[0])

    def test_errors_in_a_command_file_name_file_and_line(self):
        good = "address add 192.0.2.1/24 port 0\n# a comment\n\n"
        for bad in ("route ad 10.0.0.0/8 via 192.0.2.2", "route add 10.0.0.0/40 via 192.0.2.2",
                    "route add 10.0.0.0/8 via 2001:db8::1", "address add 192.0.2.256/24 port 0",
                    "address add 198.51.100.1/24 port 9", "neigh add 192.0.2.2 lladdr 02:00 port 0",
                    "link set 0 sideways", "\x01\x02", "route add 10.0.0.0/8 via 192.0.2.2 extra",
                    "address add 192.0.2.1/24 port 0", "route del 10.0.0.0/8 via 192.0.2.2"):
            with self.subTest(command=bad):
                path = self.bench.file("bad.commands", good + bad + "\n")
                self.refused_file(path, "bad.commands:4:")

    def test_help_and_version(self):
        for option, holds in (("--help", "--gc-mode"), ("--version", "dstfwd")):
            for command in ([PROGRAM, option], [PROGRAM, "--", option]):
                with self.subTest(command=command):
                    result = subprocess.run(command, capture_output=True, text=True,
                                            timeout=PLENTY_S)
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertIn(holds, result.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
