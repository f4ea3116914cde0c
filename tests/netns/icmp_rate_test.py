#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""ICMP errors are limited (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)): with --icmp-rate, of packets that
each deserve an error no more are told of than the token bucket allows, the rest are counted, and
errors come again once it has filled. Echo replies and forwarding are not limited by it."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from differential import setting  # noqa: E402
from lib import packets as p  # noqa: E402
from lib import runner  # noqa: E402
from lib.world import World  # noqa: E402

RATE_S = 10
BURST = 50  # docs/slow-path.md
FLOOD = 400
# Errors by family: (type, code) and how a packet that deserves it differs.
CAUSES = {4: {(11, 0): {"ttl": 1}, (3, 0): {"dst": setting.NOWHERE4}},
          6: {(3, 0): {"ttl": 1}, (1, 0): {"dst": setting.NOWHERE6}}}


class IcmpRateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World("dstfwd", setting.generated(), setting.HOSTS, "subject",
                          arguments=["--icmp-rate", str(RATE_S)])

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    def packet(self, family, dst=None, ttl=64):
        src = (setting.H4 if family == 4 else setting.H6)[0]
        dst = dst or (setting.FAR4 if family == 4 else setting.FAR6)
        head = p.ip4 if family == 4 else p.ip6
        return self.world.frame(0, head(src, dst, p.udp(src, dst, b"limited"), ttl=ttl))

    def told(self, family, kind, count, **how):
        """So many packets are sent: how many errors of the kind came, within how many seconds, and
        what the statistics say of it: (sent, limited)."""
        before = self.world.router.statistics()["slow_path"]
        start, errors = time.monotonic(), 0
        for first in range(0, count, 50):
            frames = [self.packet(family, **how)] * min(50, count - first)
            errors += sum(p.View(frame).icmp == kind
                          for _, frame in self.world.exchange(0, frames))
        took_s = time.monotonic() - start
        after = self.world.router.statistics()["slow_path"]
        return errors, took_s, (after["errors_sent"] - before["errors_sent"],
                                after["errors_limited"] - before["errors_limited"])

    def test_a_flood_of_errors_is_cut_and_its_rest_counted(self):
        for family, causes in CAUSES.items():
            for kind, how in causes.items():
                time.sleep(1.0)  # ten tokens at least
                errors, took_s, (sent, limited) = self.told(family, kind, FLOOD, **how)
                self.assertGreaterEqual(errors, 5, (family, kind))
                self.assertLessEqual(errors, BURST + RATE_S * (took_s + 1), (family, kind))
                self.assertEqual(sent, errors)
                self.assertEqual(sent + limited, FLOOD)

    def test_errors_come_again_when_the_bucket_has_filled(self):
        for family, causes in CAUSES.items():
            kind, how = next(iter(causes.items()))
            self.told(family, kind, FLOOD, **how)
            time.sleep(1.5)
            errors, _, (sent, limited) = self.told(family, kind, 5, **how)
            self.assertEqual((errors, sent, limited), (5, 5, 0))

    def test_what_is_no_error_is_not_limited(self):
        own = setting.R4[0]
        for family, causes in CAUSES.items():
            kind, how = next(iter(causes.items()))
            self.told(family, kind, FLOOD, **how)  # nothing is left in the bucket
        echo = self.world.frame(0, p.ip4(setting.H4[0], own, p.icmp4(8, 0, 7, b"echo"), p.ICMP))
        replies = sum(p.View(frame).icmp == (0, 0) and p.View(frame).payload.endswith(b"echo")
                      for _ in range(10) for _, frame in self.world.exchange(0, [echo] * 20))
        self.assertEqual(replies, 200)
        for family in CAUSES:
            frames = [self.packet(family)] * 50
            came = sum(p.View(frame).proto == p.UDP and frame.endswith(b"limited")
                       for _, frame in self.world.exchange(0, frames))
            self.assertEqual(came, 50)


if __name__ == "__main__":
    runner.main(IcmpRateTest, tools=("ethtool",))
