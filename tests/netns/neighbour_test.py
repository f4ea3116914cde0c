#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How the router under test finds its neighbours: ARP (RFC 826, 1122 2.3.2) and neighbour discovery
(RFC 4861 7.2), packets held meanwhile, answers that do not come, MACs that change."""

import os
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from differential import setting  # noqa: E402
from differential.compare import announcement, solicitation  # noqa: E402
from differential.link import solicited  # noqa: E402
from lib import packets as p  # noqa: E402
from lib import runner  # noqa: E402
from lib.world import World  # noqa: E402

R, R4, R6, H4, H6 = setting.R, setting.R4, setting.R6, setting.H4, setting.H6
FAMILIES = (4, 6)
BROADCAST = "ff:ff:ff:ff:ff:ff"


class NeighbourTest(unittest.TestCase):
    """Packets come in by port 0, for neighbours at port 1 that nobody spoke of before."""

    @classmethod
    def setUpClass(cls):
        cls.world = World(runner.options.subject, setting.generated(), setting.HOSTS, "subject")
        cls.fresh = 100

    @classmethod
    def tearDownClass(cls):
        stats = cls.world.stop()
        if stats and not runner.options.tests:  # dstfwd's: the verdicts that only packets without a neighbour have
            for verdict in ("no_neighbour", "hold_full"):
                if not stats["drops"][verdict]:
                    raise AssertionError(f"no packet ended as {verdict}")

    def setUp(self):
        NeighbourTest.fresh += 1
        self.mac = f"02:00:00:00:03:{self.fresh:02x}"
        self.address = {4: f"203.0.113.{self.fresh}", 6: f"2001:db8:1::{self.fresh:x}"}

    def send(self, family, number=0, size=64, dst=None):
        """A numbered packet for the new neighbour."""
        dst = dst or self.address[family]
        src = H4[0] if family == 4 else H6[0]
        data = struct.pack(">I", number) + bytes(size)
        head = p.ip4 if family == 4 else p.ip6
        packet = head(src, dst, p.udp(src, dst, data))
        self.world.wires[0].send(self.world.frame(0, packet))
        return packet

    def receive(self, port, wanted, timeout_s=20.0, stop=1):
        """Views of frames at `port` that are wanted, up to `stop` of them."""
        found, deadline = [], time.monotonic() + timeout_s
        while len(found) < stop and time.monotonic() < deadline:
            frame = self.world.wires[port].receive()
            if frame is None:
                time.sleep(0.0005)
                continue
            view = p.View(frame)
            if not announcement(view) and wanted(view):
                found.append(view)
        return found

    def asked(self, family, timeout_s=20.0, stop=1):
        """Requests for the new neighbour at port 1."""
        target = p.addr(self.address[family])
        return self.receive(1, lambda view: solicitation(view) == target, timeout_s, stop)

    def forwarded(self, family, count, timeout_s=20.0):
        """Packets to the new neighbour at port 1, as (number, destination MAC)."""
        target = p.addr(self.address[family])
        views = self.receive(1, lambda view: view.dst == target and view.proto == p.UDP,
                             timeout_s, count)
        return [(struct.unpack(">I", view.payload[8:12])[0], view.dst_mac.hex(":"))
                for view in views]

    def answer(self, family, mac=None, unasked=False):
        """The neighbour's answer, or its announcement to all."""
        mac, own = mac or self.mac, self.address[family]
        if family == 4:
            target = (mac, own) if unasked else (R[1], R4[1])
            self.world.wires[1].send(p.eth(BROADCAST if unasked else R[1], mac, p.ETH_ARP,
                                           p.arp(2, mac, own, *target)))
            return
        flags = b"\x20\0\0\0" if unasked else b"\x60\0\0\0"
        dst = "ff02::1" if unasked else R6[1]
        body = struct.pack(">BBH", 136, 0, 0) + flags + p.addr(own) + p.nd_option(2, mac)
        check = p.checksum(p.pseudo(own, dst, p.ICMPV6, len(body)) + body)
        packet = p.ip6(own, dst, body[:2] + struct.pack(">H", check) + body[4:], p.ICMPV6, ttl=255)
        self.world.wires[1].send(p.eth("33:33:00:00:00:01" if unasked else R[1], mac,
                                       p.ETH_IPV6, packet))

    def resolve(self, family):
        """Makes the new neighbour known."""
        self.send(family)
        self.assertTrue(self.asked(family), f"no request for {self.address[family]}")
        self.answer(family)
        self.assertEqual(self.forwarded(family, 1), [(0, self.mac)])

    def test_an_arp_request_is_as_rfc_826_has_it(self):
        self.send(4)
        view = self.asked(4)[0]
        self.assertEqual(view.dst_mac.hex(":"), BROADCAST)
        self.assertEqual(view.src_mac.hex(":"), R[1])
        wanted = p.arp(1, R[1], R4[1], "00:00:00:00:00:00", self.address[4])
        self.assertEqual(view.l3[:28], wanted)

    def test_a_solicitation_is_as_rfc_4861_has_it(self):
        self.send(6)
        view = self.asked(6)[0]
        group, mac = solicited(self.address[6])
        self.assertEqual(view.dst, group)
        self.assertEqual(view.dst_mac.hex(":"), mac)
        self.assertEqual(view.src_mac.hex(":"), R[1])
        self.assertEqual(view.ttl, 255)
        self.assertEqual(view.payload[24:32], p.nd_option(1, R[1]))
        self.assertIn(view.src, self.world.router_addresses(1))

    def test_a_packet_is_held_until_its_neighbour_answers(self):
        for family in FAMILIES:
            self.resolve(family)

    def state(self, family):
        """The words of `show neigh` behind the new neighbour's address."""
        said = self.world.router.ask("show neigh")
        return next((line.split()[1:] for line in said.splitlines()
                     if line.replace("> ", "").split()[:1] == [self.address[family]]), [])

    def test_the_states_of_a_neighbour_can_be_seen(self):
        if self.world.kind != "dstfwd":
            self.skipTest("of dstfwd")
        for family in FAMILIES:
            self.assertEqual(self.state(family), [])
            self.send(family)
            self.assertTrue(self.asked(family))
            self.assertLessEqual({"unresolved", "incomplete", "held"}, set(self.state(family)))
            self.answer(family)
            self.assertEqual(self.forwarded(family, 1), [(0, self.mac)])
            self.assertLessEqual({self.mac, "reachable"}, set(self.state(family)))
            # RFC 4861 7.2.5: another address, and nobody has asked for it.
            self.answer(family, f"02:00:00:00:04:{self.fresh:02x}", unasked=True)
            self.world.exchange(1, [])
            self.assertTrue({"stale", "delay"} & set(self.state(family)), self.state(family))

    def test_held_packets_leave_in_order(self):
        for family in FAMILIES:
            for number in range(8):
                self.send(family, number)
            self.assertTrue(self.asked(family))
            self.answer(family)
            numbers = [number for number, _ in self.forwarded(family, 8, 2.0)]
            self.assertEqual(numbers, sorted(numbers))
            # RFC 4861 7.2.2: one at least, and the newest rather than the oldest.
            self.assertIn(7, numbers)

    def test_packets_behind_the_held_ones_follow_them(self):
        for family in FAMILIES:
            self.resolve(family)
            for number in range(1, 50):
                self.send(family, number)
            self.assertEqual(self.forwarded(family, 49), [(n, self.mac) for n in range(1, 50)])

    def test_a_request_is_repeated_and_then_the_sender_is_told(self):
        for family in FAMILIES:
            sent = self.send(family)
            start = time.monotonic()
            self.assertEqual(len(self.asked(family, 20.0, 3)), 3)
            # RFC 4861 10: RETRANS_TIMER 1 s, MAX_MULTICAST_SOLICIT 3. Not in a burst.
            self.assertGreater(time.monotonic() - start, 1.0)
            kind = (3, 1) if family == 4 else (1, 3)
            told = self.receive(0, lambda view, kind=kind: view.icmp == kind, 20.0)
            self.assertTrue(told, f"IPv{family}: the sender was not told")
            # The TTL may have been decremented before the packet was held.
            quoted = p.View(told[0].frame[:12] + struct.pack(
                ">H", told[0].ether_type) + told[0].payload[8:])
            self.assertEqual((quoted.src, quoted.dst, quoted.payload),
                             (p.addr(H4[0] if family == 4 else H6[0]),
                              p.addr(self.address[family]),
                              sent[20:] if family == 4 else sent[40:]))

    def test_a_neighbour_that_did_not_answer_is_asked_again(self):
        for family in FAMILIES:
            self.send(family, 1)
            self.assertEqual(len(self.asked(family, 20.0, 3)), 3)
            kind = (3, 1) if family == 4 else (1, 3)
            self.receive(0, lambda view, kind=kind: view.icmp == kind, 20.0)
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                self.send(family, 2)
                if self.asked(family, 1.0):
                    break
            self.answer(family)
            self.assertIn((2, self.mac), self.forwarded(family, 1))

    def test_a_flood_to_silent_neighbours_leaves_others_alone(self):
        for family in FAMILIES:
            self.resolve(family)
            base = "203.0.113." if family == 4 else "2001:db8:1::77:"
            for number in range(2000):
                silent = f"{base}{200 + number % 50}"
                self.send(family, number, 1000, silent)
            self.send(family, 4711)
            self.assertIn((4711, self.mac), self.forwarded(family, 1))
            self.world.exchange(0, [])

    def test_a_neighbour_announces_its_new_mac(self):
        for family in FAMILIES:
            self.resolve(family)
            time.sleep(1.1)  # Linux holds on to an ARP entry for its locktime
            changed = f"02:00:00:00:04:{self.fresh:02x}"
            self.answer(family, changed, unasked=True)
            self.world.exchange(1, [])
            self.send(family, 9)
            self.assertEqual(self.forwarded(family, 1), [(9, changed)])

    def test_an_announcement_of_an_unknown_neighbour_sends_nothing(self):
        for family in FAMILIES:
            self.answer(family, unasked=True)
            self.world.exchange(1, [])
            self.assertEqual(self.asked(family, 0.1), [])

    def test_a_request_from_a_neighbour_is_an_introduction(self):
        # RFC 826: who asks us is known from then on; RFC 4861 7.2.3 likewise.
        own = p.arp(1, self.mac, self.address[4], "00:00:00:00:00:00", R4[1])
        self.world.exchange(1, [p.eth(BROADCAST, self.mac, p.ETH_ARP, own)])
        self.send(4, 5)
        self.assertEqual(self.forwarded(4, 1), [(5, self.mac)])
        group, group_mac = solicited(R6[1])
        body = struct.pack(">BBHI", 135, 0, 0, 0) + p.addr(R6[1]) + p.nd_option(1, self.mac)
        check = p.checksum(p.pseudo(self.address[6], group, p.ICMPV6, len(body)) + body)
        packet = p.ip6(self.address[6], group, body[:2] + struct.pack(">H", check) + body[4:],
                       p.ICMPV6, ttl=255)
        self.world.exchange(1, [p.eth(group_mac, self.mac, p.ETH_IPV6, packet)])
        self.send(6, 5)
        self.assertEqual(self.forwarded(6, 1), [(5, self.mac)])

    def test_a_gateway_is_found_before_its_routes_are_used(self):
        for family, prefix, target in ((4, "198.18.200.0/24", "198.18.200.1"),
                                       (6, "2001:db8:1fff::/48", "2001:db8:1fff::1")):
            self.world.router.route("add", prefix, self.address[family])
            self.send(family, 1, dst=target)
            self.assertTrue(self.asked(family))
            self.answer(family)
            views = self.receive(1, lambda view, t=target: view.dst == p.addr(t))
            self.assertEqual([view.dst_mac.hex(":") for view in views], [self.mac])
            self.world.router.route("del", prefix, self.address[family])


if __name__ == "__main__":
    runner.main(NeighbourTest, tools=("ethtool",))
