#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The collector's lcore is halted under load: forwarding goes on, new flows go by the FIB once the
arena is full, and all is reclaimed when it comes back. STOP_S=N is another time than 10 s."""

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
STOP_S = float(os.environ.get("STOP_S", "10"))
FLOWS = 4000  # in turn, endlessly, through an arena of a quarter of them


class GcStop(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def ask(self, what):
        """dstfwd's answer to a command."""
        mark = f"mark-{time.monotonic_ns()}"
        self.process.stdin.write(f"{what}\n{mark}\n")
        self.process.stdin.flush()
        said = ""
        while mark not in said.replace(f"> {mark}", ""):
            line = self.process.stdout.readline()
            self.assertTrue(line, f"dstfwd ended with {self.process.poll()}: {said}")
            said += line
        return said

    def stats(self):
        said = self.ask("show json")
        return json.loads(re.search(r"\{.*\}", said).group(0))

    def wait(self, what, condition):
        deadline = time.monotonic() + PLENTY_S
        while True:
            stats = self.stats()
            if condition(stats):
                return stats
            self.assertLess(time.monotonic(), deadline, f"{what}: {stats['gc']}")
            time.sleep(0.1)

    def start(self, *arguments):
        many = self.bench.path("many.pcap")
        subprocess.run(["/usr/bin/python3", GENERATOR, many, "--packets", str(FLOWS), "--flows",
                        str(FLOWS), "--small", "--bad", "0", "--side", "clients"], check=True,
                       stdout=subprocess.DEVNULL)
        devices = self.bench.vdev(0, many, endless=True, sink=True) + \
            self.bench.vdev(1, self.bench.empty_capture(), sink=True)
        script = self.bench.file("commands", "\n".join(table.simple().commands) + "\n")
        self.json = self.bench.path("stats.json")
        self.process = self.bench.start(
            "--cmdline-file", script, "--stats-json", self.json, "--promiscuous", "--flows",
            str(FLOWS // 4), "--idle-timeout", "0.2", *arguments, "-i", devices=devices,
            memory_mb=1024, stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(lambda: self.process.poll() is None and self.process.kill())
        self.ask("start")

    def end(self):
        out, _ = self.process.communicate("quit\n", timeout=PLENTY_S)
        self.assertEqual(self.process.returncode, 0, out)
        with open(self.json, encoding="utf-8") as f:
            self.assertEqual(list(faults(json.load(f))), [])

    def test_forwarding_goes_on_without_a_collector(self):
        self.start("--gc-mode", "service")
        self.ask("cache flush")
        self.wait("nothing reclaimed", lambda s: s["gc"]["reclaimed"] > 0)
        self.ask("gc stop")
        time.sleep(0.1)
        self.ask("cache flush")
        halted = self.stats()
        bypass = self.wait("no bypass",
                           lambda s: s["cache"]["bypassed"] > halted["cache"]["bypassed"])
        began = time.monotonic()
        tx = bypass["tx"]
        while time.monotonic() < began + STOP_S:
            time.sleep(STOP_S / 10)
            now = self.wait("nothing sent", lambda s, tx=tx: s["tx"] > tx)
            self.assertEqual(now["gc"]["reclaimed"], halted["gc"]["reclaimed"])
            tx = now["tx"]
        self.ask("gc start")
        died = now["gc"]["retired"]
        self.assertGreater(died, halted["gc"]["reclaimed"])
        self.wait("not all reclaimed", lambda s: s["gc"]["reclaimed"] >= died)
        self.assertIn("on node", self.ask("show numa").replace("an unknown node", "node"))
        self.end()

    def test_without_a_collectors_lcore_there_is_none_to_stop(self):
        self.start("--gc-mode", "inline")
        self.assertRegex(self.ask("gc stop"), r"error: .*--gc-mode inline")
        self.end()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
