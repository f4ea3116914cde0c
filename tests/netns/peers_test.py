#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Real hosts on both sides of the router under test: ping, traceroute, tracepath, iperf3."""

import json
import os
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import runner  # noqa: E402
from lib.peers import FAMILIES, SERVICE4, SERVICE6, Peers, address, router_address  # noqa: E402

FAR = {4: SERVICE4, 6: SERVICE6}
HEADERS = {4: 28, 6: 48}  # IP and ICMP


class PeersTest(unittest.TestCase):
    """All links have the same MTU, but that of port 2, which is smaller by 100."""

    @classmethod
    def setUpClass(cls):
        mtu = runner.options.mtu
        cls.mtu = mtu
        cls.peers = Peers(runner.options.subject, (mtu, mtu, mtu - 100), runner.options.tap)

    @classmethod
    def tearDownClass(cls):
        stats = cls.peers.stop()
        if stats:
            print(json.dumps({key: stats[key] for key in ("rx", "tx", "consumed", "held", "drops")}))

    def ping(self, target, size=56, count=3, *options, host=None):
        done = (host or self.peers.a).run("ping", "-n", "-c", str(count), "-i", "0.05", "-W", "2",
                                          "-s", str(size), *options, target, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{count} received", done.stdout)
        self.assertNotIn("DUP", done.stdout)

    def test_ping_crosses_the_router(self):
        for family in FAMILIES:
            for target in (address(family, 1), address(family, 2), FAR[family]):
                self.ping(target)

    def test_ping_crosses_the_router_back(self):
        for family in FAMILIES:
            self.ping(address(family, 0), host=self.peers.b)

    def test_ping_reaches_each_of_the_routers_addresses(self):
        for family in FAMILIES:
            for port in range(3):
                self.ping(router_address(family, port))

    def test_ping_as_large_as_the_link_crosses_whole(self):
        for family in FAMILIES:
            self.ping(address(family, 1), self.mtu - HEADERS[family], 3, "-M", "do")

    def test_ping_larger_than_the_link_crosses_in_fragments(self):
        for family in FAMILIES:
            self.ping(address(family, 1), self.mtu * 3)
            self.ping(router_address(family, 0), self.mtu * 3)

    def test_ipv4_is_fragmented_where_the_next_link_is_smaller(self):
        self.ping(address(4, 2), self.mtu - HEADERS[4], 3, "-M", "dont")

    def test_a_packet_that_must_not_be_fragmented_is_told_the_mtu(self):
        for family in FAMILIES:
            done = self.peers.a.run("ping", "-n", "-c1", "-W2", "-M", "do", "-s",
                                    str(self.mtu - HEADERS[family]), address(family, 2), check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stdout + done.stderr, rf"mtu ?= ?{self.mtu - 100}")
        self.forget_mtus()

    def forget_mtus(self):
        self.peers.a.run("ip", "route", "flush", "cache")
        self.peers.a.run("ip", "-6", "route", "flush", "cache")

    def hops(self, *command):
        """The addresses that traceroute printed, by hop."""
        done = self.peers.a.run("traceroute", "-n", "-q1", "-w2", "-m5", *command, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split()[1] for line in done.stdout.splitlines()[1:]]

    def test_traceroute_shows_the_router_and_the_host(self):
        for family in FAMILIES:
            for method in ("-U", "-I", "-T"):
                self.assertEqual(self.hops(f"-{family}", method, FAR[family]),
                                 [router_address(family, 0), FAR[family]], method)

    def test_traceroute_to_the_router_ends_there(self):
        for family in FAMILIES:
            for method in ("-U", "-I"):
                for port in (0, 1):
                    target = router_address(family, port)
                    hops = self.hops(f"-{family}", method, target)
                    self.assertEqual(len(hops), 1, (method, hops))
                    # A port unreachable may come from the address that was asked, or the link's.
                    self.assertIn(hops[0], (target, router_address(family, 0)), method)

    def test_tracepath_finds_the_mtu_of_the_path(self):
        for family in FAMILIES:
            for target, mtu in ((address(family, 2), self.mtu - 100), (FAR[family], self.mtu)):
                done = self.peers.a.run("tracepath", "-n", f"-{family}", "-m", "5", target)
                self.assertRegex(done.stdout, rf"Resume: pmtu {mtu} hops 2 back 2")
                self.assertIn(f" {router_address(family, 0)} ", done.stdout)
                self.assertIn("reached", done.stdout)
        self.forget_mtus()

    def transfer(self, target, *options):
        """An iperf3 run of 16 MB; the bytes per second that arrived."""
        server = self.peers.b.start("iperf3", "-s", "-1", "-B", target, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        try:
            self.wait_listening(5201)
            done = self.peers.a.run("iperf3", "-c", target, "-n", "16M", "-w", "256K",
                                    "-J", "--connect-timeout", "3000", *options, check=False)
            result = json.loads(done.stdout)
            self.assertNotIn("error", result)
            received = result["end"]["sum_received"]
            # What waits in the sockets' buffers when the sender is done is not counted.
            self.assertGreaterEqual(received["bytes"], 8 << 20)
            mss = result["start"]["tcp_mss_default"]
            print(f"iperf3 {target} {' '.join(options)}: {received['bits_per_second'] / 1e6:.0f} "
                  f"Mbit/s, {result['end']['sum_sent'].get('retransmits')} retransmits, mss {mss}")
            return mss
        finally:
            server.terminate()
            server.wait()

    def wait_listening(self, port):
        deadline = time.monotonic() + 5
        while not re.search(rf":{port}\b", self.peers.b.run("ss", "-Hltn").stdout):
            self.assertLess(time.monotonic(), deadline, "iperf3 does not listen")
            time.sleep(0.02)

    def test_tcp_carries_data_both_ways(self):
        for family in FAMILIES:
            mss = self.transfer(FAR[family])
            self.assertGreaterEqual(mss, self.mtu - 20 - HEADERS[family] - 12)
            self.transfer(FAR[family], "-R")

    def test_tcp_carries_data_where_the_path_narrows(self):
        for family in FAMILIES:
            self.transfer(address(family, 2), "-P", "4")
        self.forget_mtus()


if __name__ == "__main__":
    runner.main(PeersTest, tools=("ping", "traceroute", "tracepath", "iperf3", "ethtool", "ss"))
