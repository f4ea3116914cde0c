#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""docs/statistics.md and the JSON object name the same keys."""

import os
import re
import unittest

from lib import pcap, table
from lib.dstfwd import TOP, Bench, faults

PAGE = os.path.join(TOP, "docs", "statistics.md")


def keys(value):
    """All keys of an object, those within it too."""
    if isinstance(value, dict):
        return set(value) | set().union(*map(keys, value.values()))
    if isinstance(value, list):
        return set().union(*map(keys, value))
    return set()


def documented():
    """What the first column of the page's tables names, and the verdicts of consumed packets."""
    with open(PAGE, encoding="utf-8") as f:
        rows = [line for line in f if line.startswith("| `")]
    named = {word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])}
    verdicts = [row for row in rows if "`consumed_by`" in row]
    return named | set(re.findall(r"`(\w+)`", "".join(verdicts)))


class Statistics(unittest.TestCase):
    def test_each_key_is_documented_and_no_other(self):
        bench = Bench()
        self.addCleanup(bench.close)
        pcap.write(bench.path("one.pcap"), [bytes(60)])
        stats, *_ = bench.route(bench.path("one.pcap"), table.simple().commands, "--promiscuous")
        self.assertEqual(list(faults(stats)), [])
        self.assertEqual(sorted(keys(stats) - documented()), [], "not in docs/statistics.md")
        self.assertEqual(sorted(documented() - keys(stats)), [], "only in docs/statistics.md")


if __name__ == "__main__":
    unittest.main()
