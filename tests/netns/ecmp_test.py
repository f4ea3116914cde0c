#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A route by several next hops: flows spread by weight, each stays on its path, and a next hop that
goes down moves its own flows only. Which flow goes where is dstfwd's own secret, so there is no
comparing with Linux."""

import collections
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from differential import setting  # noqa: E402
from lib import packets as p  # noqa: E402
from lib import runner  # noqa: E402
from lib.world import World  # noqa: E402

FLOWS = 600
SECOND = "02:00:00:00:05:09"  # another gateway at port 1
# By family: prefix, a destination in it, and (gateway, its MAC, weight).
ROUTES = {4: ("198.18.100.0/24", "198.18.100.1",
              [(setting.H4[1], setting.H[1], 3), ("203.0.113.9", SECOND, 1),
               (setting.H4[2], setting.H[2], 2)]),
          6: ("2001:db8:1100::/48", "2001:db8:1100::1",
              [(setting.H6[1], setting.H[1], 3), ("2001:db8:1::9", SECOND, 1),
               (setting.H6[2], setting.H[2], 2)])}


class EcmpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        plan = setting.generated()
        plan.neighbours += [("203.0.113.9", SECOND, 1), ("2001:db8:1::9", SECOND, 1)]
        cls.world = World("dstfwd", plan, setting.HOSTS, "subject")
        for prefix, _, hops in ROUTES.values():
            ways = " ".join(f"via {gateway} weight {weight}" for gateway, _, weight in hops)
            refused = cls.world.router.attempt(f"route add {prefix} {ways}", "")
            assert not refused, refused

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    def paths(self, family):
        """{flow: MAC of the next hop that it went to}; each flow is sent twice."""
        dst, found = ROUTES[family][1], collections.defaultdict(set)
        src = setting.H4[0] if family == 4 else setting.H6[0]
        head = p.ip4 if family == 4 else p.ip6
        for start in range(0, FLOWS, 50):
            flows = range(start, start + 50)
            frames = [self.world.frame(0, head(src, dst, p.udp(
                src, dst, struct.pack(">I", flow), sport=1024 + flow, dport=7, check=0)))
                for flow in flows for _ in range(2)]
            arrived = collections.Counter()
            for _, frame in self.world.exchange(0, frames):
                view = p.View(frame)
                if view.dst == p.addr(dst) and view.proto == p.UDP:
                    flow = struct.unpack(">I", view.payload[8:12])[0]
                    found[flow].add(view.dst_mac.hex(":"))
                    arrived[flow] += 1
            self.assertEqual(arrived, {flow: 2 for flow in flows}, "packets are lost")
        self.assertTrue(all(len(macs) == 1 for macs in found.values()), "a flow takes two paths")
        return {flow: macs.pop() for flow, macs in found.items()}

    def test_flows_spread_by_weight(self):
        for family, (_, _, hops) in ROUTES.items():
            share = collections.Counter(self.paths(family).values())
            self.assertEqual(sum(share.values()), FLOWS)
            whole = sum(weight for _, _, weight in hops)
            for _, mac, weight in hops:
                # Six standard deviations: one in 10^8 runs.
                part = weight / whole
                slack = 6 * (FLOWS * part * (1 - part)) ** 0.5
                self.assertLess(abs(share[mac] - FLOWS * part), slack, (family, share))

    def test_a_flow_stays_on_its_path(self):
        for family in ROUTES:
            before = self.paths(family)
            self.assertEqual(self.paths(family), before)
            self.world.router.cache_flush()
            self.assertEqual(self.paths(family), before)
            self.world.router.route("add", "198.51.101.0/24", setting.H4[1])
            self.assertEqual(self.paths(family), before)
            self.world.router.route("del", "198.51.101.0/24", setting.H4[1])

    def test_a_next_hop_that_goes_down_moves_only_its_own_flows(self):
        gone = setting.H[2]
        before = {family: self.paths(family) for family in ROUTES}
        self.world.router.ask("link set 2 down")
        try:
            for family in ROUTES:
                during = self.routes_without_markers(family)
                for flow, mac in during.items():
                    if before[family][flow] != gone:
                        self.assertEqual(mac, before[family][flow], f"flow {flow} has moved")
                moved = collections.Counter(mac for flow, mac in during.items()
                                            if before[family][flow] == gone)
                self.assertEqual(set(moved), {setting.H[1], SECOND}, "all moved to one next hop")
        finally:
            self.world.router.ask("link set 2 up")
        for family in ROUTES:
            self.assertEqual(self.paths(family), before[family])

    def routes_without_markers(self, family):
        """paths() while port 2 is down: no marker comes out of it."""
        ports = self.world.plan.ports
        self.world.plan.ports = ports[:2]
        try:
            return self.paths(family)
        finally:
            self.world.plan.ports = ports


if __name__ == "__main__":
    runner.main(EcmpTest, tools=("ethtool",))
