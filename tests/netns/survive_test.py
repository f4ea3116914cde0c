#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A TCP connection of each family through the router under test stays alive over what happens to a
router: route changes, cache flushes, a neighbour that changes its MAC, links that flap."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import runner  # noqa: E402
from lib.conversation import Conversation  # noqa: E402
from lib.peers import FAMILIES, SERVICE4, SERVICE6, SERVICES, Peers, address  # noqa: E402
from lib.wire import Wire  # noqa: E402

FAR = {4: SERVICE4, 6: SERVICE6}


class SurviveTest(unittest.TestCase):
    """One router for all tests; each leaves it as it was."""

    @classmethod
    def setUpClass(cls):
        mtu = runner.options.mtu
        cls.peers = Peers(runner.options.subject, (mtu, mtu, mtu), runner.options.tap)

    @classmethod
    def tearDownClass(cls):
        cls.peers.stop()

    def setUp(self):
        self.talks = [Conversation(self.peers.a, self.peers.b, family, FAR[family])
                      for family in FAMILIES]
        self.wait("start")

    def tearDown(self):
        for talk in self.talks:
            talk.close()
        self.peers.router.check_alive()

    def wait(self, what):
        took = [talk.wait_progress() for talk in self.talks]
        print(f"[{what}: {' '.join(f'{s:.2f}' for s in took)} s]", end=" ", flush=True)

    def carried_by(self, port):
        """Waits until the messages to host b go by the link of `port`."""
        wire = Wire(f"h{port}", self.peers.b)
        want = {bytes.fromhex("0800"), bytes.fromhex("86dd")}
        deadline = time.monotonic() + 5
        while want and time.monotonic() < deadline:
            frame = wire.receive()
            if frame is None:
                time.sleep(0.001)
            elif len(frame) > 200:  # a message or its echo, not ND
                want.discard(frame[12:14])
        wire.close()
        self.assertFalse(want, f"no messages by port {port}")

    def test_a_connection_survives_a_route_replaced(self):
        for port in (2, 1, 2, 1):
            for family in FAMILIES:
                self.peers.router.route("replace", SERVICES[family], address(family, port))
            self.wait(f"replaced {port}")
            self.carried_by(port)

    def test_a_connection_survives_a_route_deleted_and_added(self):
        for family in FAMILIES:
            self.peers.router.route("del", SERVICES[family], address(family, 1))
        time.sleep(0.3)
        for family in FAMILIES:
            self.peers.router.route("add", SERVICES[family], address(family, 1))
        self.wait("back")

    def test_a_connection_survives_cache_flushes(self):
        for _ in range(20):
            self.peers.router.cache_flush()
            time.sleep(0.02)
        self.wait("flushed")

    def test_a_connection_survives_a_neighbours_change_of_mac(self):
        for mac in ("02:00:00:00:01:77", "02:00:00:00:01:01"):
            # arp_notify and ndisc_notify make the host say so when its link comes back.
            self.peers.b.ip("link set h1 down", f"link set h1 address {mac}", "link set h1 up")
            self.peers.restore_routes(1)
            self.wait(mac)

    def test_a_connection_survives_a_neighbours_change_of_mac_unannounced(self):
        if not runner.options.long:
            self.skipTest("takes RFC 4861's reachable time; run with --long")
        b, mac = self.peers.b, "02:00:00:00:01:66"
        b.sysctl(ipv4__conf__h1__arp_notify=0, ipv6__conf__h1__ndisc_notify=0)
        b.ip(f"link set h1 address {mac}")
        self.wait("changed")
        b.ip("link set h1 address 02:00:00:00:01:01")
        self.wait("changed back")
        b.sysctl(ipv4__conf__h1__arp_notify=1, ipv6__conf__h1__ndisc_notify=1)

    def flap(self, port):
        host, link = self.peers.host(port), self.peers.links[port]
        for _ in range(3):
            host.ip(f"link set {link} down")
            time.sleep(0.3)
            host.ip(f"link set {link} up")
            self.peers.restore_routes(port)
            self.wait("up")

    def test_a_connection_survives_the_servers_link_flapping(self):
        self.flap(1)

    def test_a_connection_survives_the_clients_link_flapping(self):
        self.flap(0)

    def test_a_connection_survives_a_port_set_down_and_up(self):
        for port in (1, 0):
            self.peers.router.link(port, "down")
            time.sleep(0.3)
            self.peers.router.link(port, "up")
            self.wait(f"port {port}")

    def test_a_connection_survives_all_of_it_at_once(self):
        for _ in range(5):
            self.peers.b.ip("link set h1 down")
            for family in FAMILIES:
                self.peers.router.route("replace", SERVICES[family], address(family, 2))
            self.peers.router.cache_flush()
            self.peers.b.ip("link set h1 up")
            self.peers.restore_routes(1)
            for family in FAMILIES:
                self.peers.router.route("replace", SERVICES[family], address(family, 1))
            self.peers.router.cache_flush()
        self.wait("calm")


if __name__ == "__main__":
    runner.main(SurviveTest, tools=("ping", "ethtool"))
