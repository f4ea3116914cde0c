#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What dstfwd forwards, by which port and with which bytes, and what it drops for which reason,
against the independent reference of lib/reference.py; packet by packet."""

import glob
import os
import random
import sys
import unittest

from lib import pcap, table
from lib.compare import compare
from lib.dstfwd import TOP, Bench, faults

CAPTURES = os.environ.get("CAPTURES", os.path.join(TOP, "..", "shared", "pcaps"))


class Forward(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def check(self, capture, routes, *arguments, name="packet"):
        stats, *outputs = self.bench.route(capture, routes.commands, "--promiscuous", *arguments)
        inputs = pcap.read(capture)
        macs = [bytes.fromhex(port["mac"].replace(":", "")) for port in stats["ports"]]
        wrong = list(faults(stats)) + list(compare(routes, macs, inputs, outputs, stats, name))
        self.assertEqual(stats["rx"], len(inputs))
        self.assertFalse(wrong, f"{len(wrong)} differences, the first:\n" + "\n".join(wrong[:8]))
        return stats

    def generated(self, *arguments):
        return self.bench.generate("generated.pcap", 1500, "--bad", "0.1", *arguments, packets=6000)

    def folder(self, kind):
        """All captures of a folder as one; (path, function from packet's number to its name)."""
        paths = sorted(glob.glob(os.path.join(CAPTURES, kind, "*")))
        if not paths:
            self.skipTest(f"no captures in {os.path.join(CAPTURES, kind)}")
        frames, names = [], []
        for path in paths:
            for number, frame in enumerate(pcap.read(path), 1):
                frames.append(frame)
                names.append(f"{os.path.basename(path)} packet {number}")
        merged = self.bench.path(f"{kind}.pcap")
        pcap.write(merged, frames)
        return merged, names.__getitem__

    def test_generated_traffic_by_a_default_route(self):
        stats = self.check(self.generated(), table.simple())
        self.assertGreater(stats["cache"]["hits"], 1000)

    def test_generated_traffic_by_many_routes(self):
        self.check(self.generated("--seed", "5"), table.dense(random.Random(5)))

    def test_the_answer_is_the_same_without_the_cache(self):
        stats = self.check(self.generated("--seed", "6"), table.dense(random.Random(6)),
                           "--cache", "off")
        self.assertEqual(stats["cache"]["hits"], 0)

    def test_the_answer_is_the_same_with_a_cache_that_is_too_small(self):
        stats = self.check(self.generated("--seed", "7"), table.simple(), "--flows", "64",
                           "--flows6", "16")
        self.assertGreater(stats["cache"]["bypassed"], 0)

    def test_the_answer_is_the_same_in_bursts_of_one(self):
        self.check(self.generated("--seed", "8"), table.simple(), "--burst", "1")

    def test_real_captures_by_a_default_route(self):
        path, name = self.folder("real")
        self.check(path, table.simple(), name=name)

    def test_real_captures_by_many_routes(self):
        path, name = self.folder("real")
        self.check(path, table.dense(random.Random(9)), name=name)

    def test_malformed_captures(self):
        path, name = self.folder("malformed")
        self.check(path, table.simple(), name=name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
