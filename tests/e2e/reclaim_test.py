#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A million flows arrive, and are left idle: the collector reclaims all of them while another port's
traffic goes on. FLOWS=N is another number of flows."""

import os
import re
import sys
import time
import unittest

from lib import table
from lib.dstfwd import Bench

FLOWS = int(os.environ.get("FLOWS", "1000000"))
STEADY = 64  # flows of the traffic that goes on


class Reclaim(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def number(self, what, name):
        said = self.dstfwd.ask(what)
        found = re.search(rf"\b{name}\b[^0-9\n]*([0-9,]+)", said)
        self.assertTrue(found, f"no {name} in {said}")
        return int(found.group(1).replace(",", ""))

    def test_idle_flows_are_reclaimed_while_forwarding_goes_on(self):
        many = self.bench.generate("many.pcap", FLOWS, "--small", "--bad", "0")
        steady = self.bench.generate("steady.pcap", STEADY, "--small", "--bad", "0", "--side",
                                     "servers")
        devices = self.bench.vdev(0, many, sink=True) + \
            self.bench.vdev(1, steady, endless=True, sink=True)
        # With an eighth of the arena free or less, a flow's first packet makes no entry.
        self.dstfwd = self.bench.prompt(
            table.simple().commands, "--flows", str(FLOWS * 5 // 4), "--idle-timeout", "1",
            "--gc-mode", "service", devices=devices)
        # Nearly all: the few whose two buckets are both full go by the FIB, and are counted.
        self.dstfwd.until("not all reclaimed", lambda: self.number("show gc", "reclaimed") +
                          self.number("show cache", "bypassed") >= FLOWS)
        before = self.number("show stats", "tx")
        time.sleep(0.2)
        self.assertGreater(self.number("show stats", "tx"), before)
        self.assertLessEqual(self.number("show cache", "live"), STEADY)
        result = self.dstfwd.end()
        bypassed = result["cache"]["bypassed"]
        self.assertLess(bypassed, FLOWS // 1000)
        self.assertGreaterEqual(result["cache"]["expired"] + bypassed, FLOWS)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
