#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The collector's lcore is halted under load: forwarding goes on, new flows go by the FIB once the
arena is full, and all is reclaimed when it comes back. STOP_S=N is another time than 10 s."""

import os
import sys
import time
import unittest

from lib import table
from lib.dstfwd import Bench

STOP_S = float(os.environ.get("STOP_S", "10"))
FLOWS = 4000  # in turn, endlessly, through an arena of a quarter of them


class GcStop(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def start(self, *arguments):
        many = self.bench.generate("many.pcap", FLOWS, "--small", "--bad", "0")
        devices = self.bench.vdev(0, many, endless=True, sink=True) + \
            self.bench.vdev(1, self.bench.empty_capture(), sink=True)
        return self.bench.prompt(table.simple().commands, "--flows", str(FLOWS // 4),
                                 "--idle-timeout", "0.2", *arguments, devices=devices)

    def test_forwarding_goes_on_without_a_collector(self):
        dstfwd = self.start("--gc-mode", "service")
        dstfwd.ask("cache flush")
        dstfwd.wait("nothing reclaimed", lambda s: s["gc"]["reclaimed"] > 0)
        dstfwd.ask("gc stop")
        time.sleep(0.1)
        dstfwd.ask("cache flush")
        halted = dstfwd.stats()
        bypass = dstfwd.wait("no bypass",
                             lambda s: s["cache"]["bypassed"] > halted["cache"]["bypassed"])
        began = time.monotonic()
        tx = bypass["tx"]
        while time.monotonic() < began + STOP_S:
            time.sleep(STOP_S / 10)
            now = dstfwd.wait("nothing sent", lambda s, tx=tx: s["tx"] > tx)
            self.assertEqual(now["gc"]["reclaimed"], halted["gc"]["reclaimed"])
            tx = now["tx"]
        dstfwd.ask("gc start")
        died = now["gc"]["retired"]
        self.assertGreater(died, halted["gc"]["reclaimed"])
        dstfwd.wait("not all reclaimed", lambda s: s["gc"]["reclaimed"] >= died)
        self.assertIn("on node", dstfwd.ask("show numa").replace("an unknown node", "node"))
        dstfwd.end()

    def test_without_a_collectors_lcore_there_is_none_to_stop(self):
        dstfwd = self.start("--gc-mode", "inline")
        self.assertRegex(dstfwd.ask("gc stop"), r"error: .*--gc-mode inline")
        dstfwd.end()


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
