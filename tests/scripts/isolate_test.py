#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/lib/isolate.py: others leave a CPU, and may return."""

import os
import subprocess
import sys
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "scripts", "lib"))

from isolate import WORKQUEUES, Isolated, read  # noqa: E402


@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "needs two CPUs")
class Others(unittest.TestCase):
    def setUp(self):
        self.all = os.sched_getaffinity(0)
        self.cpu = max(self.all)
        self.other = subprocess.Popen(["sleep", "60"])

    def tearDown(self):
        self.other.kill()
        self.other.wait()

    def test_they_leave_the_cpu_and_may_return(self):
        with Isolated(self.cpu):
            self.assertEqual(os.sched_getaffinity(self.other.pid), self.all - {self.cpu})
        self.assertEqual(os.sched_getaffinity(self.other.pid), self.all)

    def test_the_caller_keeps_all(self):
        with Isolated(self.cpu):
            self.assertEqual(os.sched_getaffinity(0), self.all)

    def test_who_is_bound_to_the_cpu_stays(self):
        os.sched_setaffinity(self.other.pid, {self.cpu})
        with Isolated(self.cpu):
            self.assertEqual(os.sched_getaffinity(self.other.pid), {self.cpu})
        self.assertEqual(os.sched_getaffinity(self.other.pid), {self.cpu})

    def test_who_ended_meanwhile_is_no_error(self):
        with Isolated(self.cpu):
            self.other.kill()
            self.other.wait()

    def test_an_error_inside_brings_them_back_too(self):
        with self.assertRaises(KeyError):
            with Isolated(self.cpu):
                raise KeyError
        self.assertEqual(os.sched_getaffinity(self.other.pid), self.all)

    @unittest.skipUnless(os.access(WORKQUEUES, os.W_OK), "needs root")
    def test_work_queues_are_as_they_were(self):
        before = read(WORKQUEUES)
        with Isolated(self.cpu):
            self.assertEqual(int(read(WORKQUEUES).replace(",", ""), 16) >> self.cpu & 1, 0)
        self.assertEqual(read(WORKQUEUES), before)


if __name__ == "__main__":
    unittest.main()
