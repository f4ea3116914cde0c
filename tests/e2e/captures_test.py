#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each capture of shared/pcaps on its own: dstfwd ends with 0, received as many packets as a count of
its own finds in the file, and its books balance. In a sanitizer build a report ends dstfwd with
another status. CAPTURES=FOLDER lies elsewhere; CAPTURES_EVERY=N takes one in N of them."""

import glob
import os
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

from lib import pcap, table
from lib.dstfwd import TOP, Bench, faults

EVERY = int(os.environ.get("CAPTURES_EVERY", "1"))
CAPTURES = os.environ.get("CAPTURES", os.path.join(TOP, "..", "shared", "pcaps"))


def run_one(path):
    """What is wrong with dstfwd's run over the capture, a list of lines."""
    bench = Bench()
    try:
        stats, *_ = bench.route(path, table.simple().commands, "--promiscuous")
        wrong = list(faults(stats))
        expected = len(pcap.read(path))
        if stats["rx"] != expected:
            wrong.append(f"received {stats['rx']} packets, the capture has {expected}")
        return wrong
    except Exception as error:  # a timeout too: the other captures still run
        return [str(error)]
    finally:
        bench.close()


class Captures(unittest.TestCase):
    def check(self, kind):
        paths = sorted(glob.glob(os.path.join(CAPTURES, kind, "*")))[::EVERY]
        if not paths:
            self.skipTest(f"no captures in {os.path.join(CAPTURES, kind)}")
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            results = list(zip(paths, pool.map(run_one, paths)))
        wrong = [f"{path}: {line}" for path, lines in results for line in lines]
        print(f"{kind}: {len(paths)} captures", file=sys.stderr)
        self.assertFalse(wrong, f"{len(wrong)} faults, the first:\n" + "\n".join(wrong[:5]))

    def test_real(self):
        self.check("real")

    def test_malformed(self):
        self.check("malformed")


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv, exit=False).result
    skipped = len(result.skipped) == result.testsRun
    sys.exit(77 if skipped else not result.wasSuccessful())
