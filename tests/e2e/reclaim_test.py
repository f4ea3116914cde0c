#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A million flows arrive, and are left idle: the collector reclaims all of them while another port's
traffic goes on. FLOWS=N is another number of flows."""

import json
import os
import re
import subprocess
import sys
import time
import unittest

from lib import table
from lib.dstfwd import PLENTY_S, TOP, Bench, faults

GENERATOR = os.path.join(TOP, "scripts", "lib", "make_capture.py")
FLOWS = int(os.environ.get("FLOWS", "1000000"))
STEADY = 64  # flows of the traffic that goes on


class Reclaim(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def capture(self, name, flows, side):
        path = self.bench.path(name)
        subprocess.run(["/usr/bin/python3", GENERATOR, path, "--packets", str(flows), "--flows",
                        str(flows), "--small", "--bad", "0", "--side", side], check=True,
                       stdout=subprocess.DEVNULL)
        return path

    def ask(self, process, what):
        """dstfwd's answer to a command; ends where it echoes one that it does not know."""
        mark = f"mark-{time.monotonic_ns()}"
        process.stdin.write(f"{what}\n{mark}\n")
        process.stdin.flush()
        said = ""
        while mark not in said.replace(f"> {mark}", ""):
            line = process.stdout.readline()
            self.assertTrue(line, f"dstfwd ended with {process.poll()}: {said}")
            said += line
        return said

    def number(self, process, what, name):
        said = self.ask(process, what)
        found = re.search(rf"\b{name}\b[^0-9\n]*([0-9,]+)", said)
        self.assertTrue(found, f"no {name} in {said}")
        return int(found.group(1).replace(",", ""))

    def test_idle_flows_are_reclaimed_while_forwarding_goes_on(self):
        many = self.capture("many.pcap", FLOWS, "clients")
        steady = self.capture("steady.pcap", STEADY, "servers")
        devices = self.bench.vdev(0, many, sink=True) + \
            self.bench.vdev(1, steady, endless=True, sink=True)
        script = self.bench.file("commands", "\n".join(table.simple().commands) + "\n")
        stats = self.bench.path("stats.json")
        # With an eighth of the arena free or less, a flow's first packet makes no entry.
        process = self.bench.start(
            "--cmdline-file", script, "--stats-json", stats, "--promiscuous", "--flows",
            str(FLOWS * 5 // 4), "--idle-timeout", "1", "--gc-mode", "service", "-i",
            devices=devices, memory_mb=1024, stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        self.ask(process, "start")
        deadline = time.monotonic() + PLENTY_S
        # Nearly all: the few whose two buckets are both full go by the FIB, and are counted.
        while self.number(process, "show gc", "reclaimed") + \
                self.number(process, "show cache", "bypassed") < FLOWS:
            self.assertLess(time.monotonic(), deadline, self.ask(process, "show gc"))
            time.sleep(0.2)
        before = self.number(process, "show stats", "tx")
        time.sleep(0.2)
        self.assertGreater(self.number(process, "show stats", "tx"), before)
        self.assertLessEqual(self.number(process, "show cache", "live"), STEADY)
        out, _ = process.communicate("quit\n", timeout=PLENTY_S)
        self.assertEqual(process.returncode, 0, out)
        with open(stats, encoding="utf-8") as f:
            result = json.load(f)
        self.assertEqual(list(faults(result)), [])
        bypassed = result["cache"]["bypassed"]
        self.assertLess(bypassed, FLOWS // 1000)
        self.assertGreaterEqual(result["cache"]["expired"] + bypassed, FLOWS)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
