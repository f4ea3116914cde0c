#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Duplicate address detection, with which all other tests here do without: RFC 5227 for IPv4,
RFC 4862 5.4 for IPv6. The router probes for its new addresses, gives up one that another station
has, announces and defends the others; and Linux, which probes for an address of the router's, is
told. What a router does with an address that a host has is what it does with any host's."""

import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from differential import setting  # noqa: E402
from differential.compare import solicitation  # noqa: E402
from differential.link import solicited  # noqa: E402
from lib import net, runner  # noqa: E402
from lib import packets as p  # noqa: E402
from lib.peers import ROUTER_MAC, Peers, address  # noqa: E402
from lib.wire import Wire  # noqa: E402
from lib.world import World  # noqa: E402

R, H = setting.R, setting.H
OTHER = setting.OTHER_MAC
NOBODY = "00:00:00:00:00:00"
BROADCAST = "ff:ff:ff:ff:ff:ff"
PREFIX = {4: "24", 6: "64"}
# It waits for timers, beside other tests: idle lcores leave them the CPUs.
ARGUMENTS = ["--dad", "on", "--power", "adaptive"]


class AddressTest(unittest.TestCase):
    """What the router says of its addresses."""

    def await_phase(self, router, family, own, wanted, timeout_s=40):
        deadline = time.monotonic() + timeout_s
        while (phase := self.phase(router, family, own)) != wanted:
            self.assertLess(time.monotonic(), deadline, f"{own} is {phase}, not {wanted}")
            time.sleep(0.1)

    @staticmethod
    def phase(router, family, own):
        """"tentative", "duplicate", "preferred" where `show address` says neither, or "none"."""
        for line in router.ask("show address").splitlines():
            words = line.replace("> ", "").split()
            if f"{own}/{PREFIX[family]}" in words:
                return next((w for w in words if w in ("tentative", "duplicate")), "preferred")
        return "none"


class DadTest(AddressTest):
    """Each test has a new address of each family at port 0, and speaks for its link."""

    @classmethod
    def setUpClass(cls):
        cls.world = World("dstfwd", setting.generated(), setting.HOSTS, "subject",
                          arguments=ARGUMENTS)
        cls.fresh = 100

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    def setUp(self):
        DadTest.fresh += 1
        self.address = {4: f"192.0.2.{self.fresh}", 6: f"2001:db8::{self.fresh:x}"}

    def add(self, *families):
        for family in families:
            said = self.world.router.attempt(
                f"address add {self.address[family]}/{PREFIX[family]} port 0", "")
            self.assertEqual(said, "")

    def phase_of(self, family):
        return self.phase(self.world.router, family, self.address[family])

    def await_phase_of(self, family, wanted):
        self.await_phase(self.world.router, family, self.address[family], wanted)

    def frames(self, wanted, count, timeout_s=30):
        """(time, View) of frames at port 0 that are wanted, up to so many."""
        found, deadline = [], time.monotonic() + timeout_s
        while len(found) < count and time.monotonic() < deadline:
            frame = self.world.wires[0].receive()
            if frame is None:
                time.sleep(0.001)
            elif wanted(p.View(frame)):
                found.append((time.monotonic(), p.View(frame)))
        return found

    def is_probe(self, family, view):
        if family == 4:
            return view.l3[:28] == p.arp(1, R[0], "0.0.0.0", NOBODY, self.address[4])
        return (view.version == 6 and view.icmp == (135, 0) and view.src == bytes(16) and
                view.payload[8:24] == p.addr(self.address[6]))

    def is_announcement(self, family, view):
        if family == 4:
            return view.l3[:28] == p.arp(1, R[0], self.address[4], NOBODY, self.address[4])
        return (view.version == 6 and view.icmp == (136, 0) and
                view.payload[8:24] == p.addr(self.address[6]))

    def claim(self, family, mac=OTHER):
        """Another station says that the address is its own."""
        own = self.address[family]
        if family == 4:
            self.world.wires[0].send(p.eth(BROADCAST, mac, p.ETH_ARP,
                                           p.arp(2, mac, own, mac, own)))
            return
        message = p.icmp6(own, "ff02::1", 136, 0, 0x20000000, p.addr(own) + p.nd_option(2, mac))
        self.world.wires[0].send(p.eth("33:33:00:00:00:01", mac, p.ETH_IPV6,
                                       p.ip6(own, "ff02::1", message, p.ICMPV6, ttl=255)))

    def answers(self, family):
        """Is the address the router's, to a host that asks for its MAC?"""
        own, host = self.address[family], (setting.H4 if family == 4 else setting.H6)[0]
        if family == 4:
            ask = p.eth(BROADCAST, H[0], p.ETH_ARP, p.arp(1, H[0], host, NOBODY, own))
            mine = p.arp(2, R[0], own, H[0], host)
            return any(p.View(f).l3[:28] == mine for _, f in self.world.exchange(0, [ask]))
        group, mac = solicited(own)
        message = p.icmp6(host, group, 135, 0, 0, p.addr(own) + p.nd_option(1, H[0]))
        ask = p.eth(mac, H[0], p.ETH_IPV6, p.ip6(host, group, message, p.ICMPV6, ttl=255))
        return any(self.is_announcement(6, p.View(f)) for _, f in self.world.exchange(0, [ask]))

    def test_a_new_address_is_probed_for_then_announced_and_preferred(self):
        for family, probes in ((4, 3), (6, 1)):
            self.add(family)
            self.assertEqual(self.phase_of(family), "tentative")
            seen = self.frames(lambda v, f=family: self.is_probe(f, v), probes)
            self.assertEqual(len(seen), probes)
            for (earlier, _), (later, _) in zip(seen, seen[1:]):
                self.assertGreater(later - earlier, 0.9)  # PROBE_MIN is 1 s
            if family == 6:  # RFC 4862 5.4.2
                group, mac = solicited(self.address[6])
                self.assertEqual((seen[0][1].dst, seen[0][1].dst_mac.hex(":"), seen[0][1].ttl),
                                 (group, mac, 255))
                self.assertEqual(len(seen[0][1].payload), 24, "no source link-layer address")
            self.assertTrue(self.frames(lambda v, f=family: self.is_announcement(f, v), 1))
            self.await_phase_of(family, "preferred")
            self.assertTrue(self.answers(family))

    def test_an_address_of_another_station_is_given_up(self):
        for family in (4, 6):
            self.add(family)
            self.assertTrue(self.frames(lambda v, f=family: self.is_probe(f, v), 1))
            self.claim(family)
            self.await_phase_of(family, "duplicate")
            self.assertFalse(self.answers(family), f"IPv{family}: answers for a duplicate")

    def test_an_address_in_use_is_defended_once_and_kept(self):
        self.add(4, 6)
        self.await_phase_of(6, "preferred")
        self.await_phase_of(4, "preferred")
        # RFC 5227 1.1: all announcements are out.
        time.sleep(2.5)
        for family in (4, 6):
            while self.world.wires[0].receive() is not None:
                pass
            self.claim(family)
            self.claim(family)
            defended = self.frames(lambda v, f=family: self.is_announcement(f, v), 2, 3)
            if family == 4:  # RFC 5227 2.4 (c), DEFEND_INTERVAL
                self.assertEqual(len(defended), 1)
            self.assertEqual(self.phase_of(family), "preferred")
            self.assertTrue(self.answers(family))


class LinuxHostsTest(AddressTest):
    """Host a, at port 0, and the router want the same address; host b is behind port 1."""

    @classmethod
    def setUpClass(cls):
        cls.peers = Peers("dstfwd", arguments=ARGUMENTS)
        cls.router, cls.a, cls.b = cls.peers.router, cls.peers.a, cls.peers.b

    @classmethod
    def tearDownClass(cls):
        cls.peers.stop()

    def router_finds(self, family, own):
        """Host a has the address; the router is given it, too, and finds that out."""
        self.a.ip(f"address add {own}/{PREFIX[family]} dev h0" + " nodad" * (family == 6))
        said = self.router.attempt(f"address add {own}/{PREFIX[family]} port 0", "")
        self.assertEqual(said, "")
        self.await_phase(self.router, family, own, "duplicate")

    def host_gives_up(self, family, own):
        self.a.ip(f"address del {own}/{PREFIX[family]} dev h0")

    def router_gives_up(self, family, own):
        self.assertEqual(self.router.attempt(f"address del {own}/{PREFIX[family]}", ""), "")

    def await_ping(self, space, target, timeout_s=20):
        """The TTL of the answer to an echo request, once there is one."""
        deadline = time.monotonic() + timeout_s
        while True:
            said = space.run("ping", "-n", "-c1", "-W1", target, check=False).stdout
            if ttl := re.search(r"ttl=(\d+)", said):
                return int(ttl[1])
            self.assertLess(time.monotonic(), deadline, f"{target} does not answer")

    def linux_says(self, own):
        said = net.run("ip", "-n", self.a.name, "-6", "address", "show", "dev", "h0").stdout
        return next(line for line in said.splitlines() if own in line)

    def test_linux_is_told_that_the_router_has_the_address(self):
        self.await_phase(self.router, 6, "2001:db8::1", "preferred")
        self.a.sysctl(ipv6__conf__h0__accept_dad=1, ipv6__conf__h0__dad_transmits=1)
        self.a.ip("address add 2001:db8::1/64 dev h0", "address add 2001:db8::99/64 dev h0")
        deadline = time.monotonic() + 30
        while ("dadfailed" not in self.linux_says("2001:db8::1/64")
               or "tentative" in self.linux_says("2001:db8::99/64")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertNotIn("dadfailed", self.linux_says("2001:db8::99/64"))
        # The router has kept it, and is reached by it.
        self.a.ip("address del 2001:db8::1/64 dev h0", "address del 2001:db8::99/64 dev h0")
        self.a.sysctl(ipv6__conf__h0__accept_dad=0, ipv6__conf__h0__dad_transmits=0)
        self.await_phase(self.router, 6, "2001:db8::1", "preferred")
        self.await_ping(self.a, "2001:db8::1")

    def test_packets_to_a_duplicate_go_to_the_host_that_has_it(self):
        for family, own in ((4, "192.0.2.78"), (6, "2001:db8::78")):
            self.router_finds(family, own)
            # Of 64 that the answer began with, the router takes one off.
            self.assertEqual(self.await_ping(self.b, own), 63, "answered by the host")
            self.router_gives_up(family, own)
            self.host_gives_up(family, own)

    def test_the_router_does_not_speak_as_a_duplicate(self):
        # The only address of its prefix: whoever speaks to hosts there would choose it.
        for family, own, silent in ((4, "198.51.77.1", "198.51.77.9"),
                                    (6, "2001:db8:77::1", "2001:db8:77::9")):
            self.router_finds(family, own)
            wire = Wire("h0", self.a)
            self.b.run("ping", "-n", "-c1", "-W1", silent, check=False)
            # A traceroute's packet, that ends in the router.
            self.a.run("ping", "-n", "-c1", "-W1", "-t1", "-I", own, address(family, 1),
                       check=False)
            seen = []
            while (frame := wire.receive()) is not None:
                seen.append(p.View(frame))
            wire.close()
            seen = [view for view in seen if view.src_mac == p.mac(ROUTER_MAC[0])]
            asked = [view for view in seen if solicitation(view) == p.addr(silent)]
            self.assertTrue(asked, "nobody was asked for")
            told = [view for view in seen if view.icmp == ((11, 0) if family == 4 else (3, 0))]
            self.assertTrue(told, "no time exceeded")
            for view in seen:
                spoken = view.l3[14:18] if view.ether_type == p.ETH_ARP else view.src
                self.assertNotEqual(spoken, p.addr(own), str(view))
            self.router_gives_up(family, own)
            self.host_gives_up(family, own)

    def test_a_duplicate_can_be_had_when_the_host_has_given_it_up(self):
        for family, own in ((4, "192.0.2.79"), (6, "2001:db8::79")):
            self.router_finds(family, own)
            self.host_gives_up(family, own)
            # At once, so that the router's timers have not run in between.
            self.router.ask(f"address del {own}/{PREFIX[family]}",
                            f"address add {own}/{PREFIX[family]} port 0")
            self.await_phase(self.router, family, own, "preferred")
            self.assertEqual(self.await_ping(self.b, own), 64, "answered by the router itself")
            self.router_gives_up(family, own)


if __name__ == "__main__":
    runner.main(DadTest, LinuxHostsTest, tools=("ethtool", "ping"))
