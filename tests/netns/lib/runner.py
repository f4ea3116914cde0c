# SPDX-License-Identifier: BSD-3-Clause
"""Runs a unittest class inside the sandbox, with the options that all these tests share."""

import argparse
import os
import sys
import unittest

from . import sandbox

options = None


def main(*classes, tools=()):
    """Parses the command line into `options`, enters the sandbox, runs the tests of `classes`."""
    global options
    parser = argparse.ArgumentParser()
    parser.add_argument("--subject", choices=("linux", "dstfwd"), default="dstfwd")
    parser.add_argument("--mtu", type=int, default=1500)
    parser.add_argument("--tap", action="store_true", help="port 0 is a net_tap device")
    parser.add_argument("--long", action="store_true", help="tests that wait for RFC timers, too")
    parser.add_argument("tests", nargs="*", help="only tests whose name contains one of these")
    options = parser.parse_args()
    if options.tap and not os.path.exists("/dev/net/tun"):
        sandbox.skip("no /dev/net/tun")
    sandbox.need_tools(*tools)
    sandbox.enter()
    suite = unittest.TestSuite()
    for case in classes:
        for name in unittest.defaultTestLoader.getTestCaseNames(case):
            if not options.tests or any(part in name for part in options.tests):
                suite.addTest(case(name))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
