#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Routes through tunnels, and packets that come out of them, with Scapy's bytes as the reference:
RFC 2003 (IPv4 in IPv4), RFC 2473 (in IPv6), RFC 4213 (IPv6 in IPv4)."""

import sys
import unittest

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from lib import pcap
from lib.dstfwd import Bench, faults

US = {0: "02:70:63:61:70:00", 1: "02:70:63:61:70:01"}
NEAR, FAR = {4: "203.0.113.1", 6: "2001:db8:1::1"}, {4: "203.0.113.2", 6: "2001:db8:1::2"}
NEXT = "02:00:00:00:01:02"
COMMANDS = ["address add 192.0.2.1/24 port 0", "address add 2001:db8::1/64 port 0",
            f"address add {NEAR[4]}/24 port 1", f"address add {NEAR[6]}/64 port 1",
            f"neigh add {FAR[4]} lladdr {NEXT} port 1", f"neigh add {FAR[6]} lladdr {NEXT} port 1",
            "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 port 0",
            "neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 port 0",
            f"route add 10.4.0.0/16 tunnel ipip local {NEAR[4]} remote {FAR[4]}",
            f"route add 10.6.0.0/16 tunnel ipip6 local {NEAR[6]} remote {FAR[6]} ttl 7",
            f"route add 2001:db8:40::/48 tunnel sit local {NEAR[4]} remote {FAR[4]}",
            f"route add 2001:db8:60::/48 tunnel ip6ip6 local {NEAR[6]} remote {FAR[6]}"]
INTO = {(4, 4): "10.4.", (4, 6): "10.6.", (6, 4): "2001:db8:40::", (6, 6): "2001:db8:60::"}


def inner(version, to, number, ttl, tos=0):
    """A packet of flow `number`."""
    ports = UDP(sport=1000 + number % 50, dport=53) / bytes(10 + number % 40)
    if version == 4:
        return IP(src="192.0.2.2", dst=f"{to}{number % 200}.1", ttl=ttl, tos=tos, id=number,
                  flags="DF") / ports
    return IPv6(src="2001:db8::2", dst=f"{to}{number % 200 + 1:x}", hlim=ttl, tc=tos) / ports


def outer(version, carries, packet, tos, ttl):
    if version == 6:
        return IPv6(src=NEAR[6], dst=FAR[6], hlim=ttl, tc=tos, nh=carries) / packet
    # DF is copied, and then no identification is needed (RFC 6864). IPv6 in IPv4: compared apart.
    flags = "DF" if carries == 4 else 0
    return IP(src=NEAR[4], dst=FAR[4], ttl=ttl, tos=tos, id=0, flags=flags, proto=carries) / packet


def without_id(frame):
    """Identification and checksum of an outer IPv4 header without DF are the router's to choose."""
    if frame[12:14] == b"\x08\x00" and frame[23] == 41:
        self_check = IP(frame[14:34])
        right = self_check.chksum
        del self_check.chksum
        assert IP(bytes(self_check)).chksum == right, "outer checksum"
        return frame[:18] + b"\0\0" + frame[20:24] + b"\0\0" + frame[26:]
    return frame


class Tunnels(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def route(self, frames, commands=(), *arguments):
        path = self.bench.path("in.pcap")
        pcap.write(path, [bytes(frame) for frame in frames])
        stats, *outputs = self.bench.route(path, [*COMMANDS, *commands], "--promiscuous",
                                           *arguments)
        self.assertEqual(list(faults(stats)), [])
        self.assertEqual(stats["rx"], len(frames))
        return stats, outputs

    def assert_same(self, got, want):
        """Whatever their order: IPv4 packets of a burst leave before IPv6 ones."""
        got, want = (sorted(frame.hex() for frame in frames) for frames in (got, want))
        for a, b in zip(got, want):
            self.assertEqual(a, b)
        self.assertEqual(len(got), len(want))

    def test_packets_go_in_with_the_bytes_of_the_rfcs(self):
        sent, want = [], []
        for number in range(400):
            for (version, around), to in INTO.items():
                tos, ttl = number % 256, 2 + number % 200
                ether = Ether(src="02:00:00:00:00:02", dst=US[0])
                sent.append(ether / inner(version, to, number, ttl, tos))
                packet = inner(version, to, number, ttl - 1, tos)
                hops = 7 if (version, around) == (4, 6) else 64
                want.append(bytes(Ether(src=US[1], dst=NEXT) /
                                  outer(around, 4 if version == 4 else 41, packet, tos, hops)))
        for cache in ("on", "off"):
            with self.subTest(cache=cache):
                stats, outputs = self.route(sent, (), "--cache", cache)
                self.assert_same(map(without_id, outputs[1]), map(without_id, want))
                self.assertEqual(stats["tunnels"]["encapsulated"], len(want))
                if cache == "on":
                    self.assertGreater(stats["cache"]["hits"], 0)
                    self.assertGreater(stats["gc"]["created"], 4)

    def test_packets_come_out_and_are_routed(self):
        sent, want = [], []
        for number in range(200):
            for version in (4, 6):
                for around in (4, 6):
                    to = "192.0.2.2" if version == 4 else "2001:db8::2"
                    ports = UDP(sport=number, dport=9) / bytes(number % 60)
                    def packet(ttl):
                        if version == 4:
                            return IP(src=f"10.4.{number}.1", dst=to, ttl=ttl, id=number) / ports
                        return IPv6(src=f"2001:db8:40::{number + 1:x}", dst=to, hlim=ttl) / ports
                    head = IP(src=FAR[4], dst=NEAR[4], ttl=1, proto=4 if version == 4 else 41) \
                        if around == 4 else \
                        IPv6(src=FAR[6], dst=NEAR[6], hlim=1, nh=4 if version == 4 else 41)
                    sent.append(Ether(src=NEXT, dst=US[0]) / head / packet(30))
                    want.append(bytes(Ether(src=US[0], dst="02:00:00:00:00:02") / packet(29)))
        stats, outputs = self.route(sent)
        self.assert_same(outputs[0], want)
        self.assertEqual(stats["tunnels"]["decapsulated"], len(want))

    def test_a_stranger_gets_nothing_through(self):
        frame = Ether(src=NEXT, dst=US[0]) / IP(src="203.0.113.9", dst=NEAR[4]) / \
            IP(src="10.4.0.1", dst="192.0.2.2") / UDP()
        stats, outputs = self.route([frame])
        self.assertEqual(outputs, [[], []])
        self.assertEqual(stats["consumed"], 1)

    def test_what_is_too_large_and_may_not_be_cut_is_dropped(self):
        ether = Ether(src="02:00:00:00:00:02", dst=US[0])
        frames = [ether / IP(src="192.0.2.2", dst="10.4.0.1", flags="DF") / UDP() / bytes(size)
                  for size in (1452, 1453)]
        stats, outputs = self.route(frames)
        self.assertEqual(len(outputs[1]), 1)
        self.assertEqual(stats["drops"], {**stats["drops"], "mtu": 1})

    def test_a_bad_tunnel_is_refused_with_its_line(self):
        for line, words in (
                ("route add 10.9.0.0/16 tunnel gre local 203.0.113.1 remote 203.0.113.2", "gre"),
                ("route add 10.9.0.0/16 tunnel ipip local 203.0.113.9 remote 203.0.113.2",
                 "no address of the router"),
                ("route add 10.4.0.0/16 tunnel ipip local 203.0.113.1 remote 203.0.113.2",
                 "exists"),
                ("route add 2001:db8:9::/48 tunnel ipip local 203.0.113.1 remote 203.0.113.2",
                 "does not carry IPv6")):
            with self.subTest(line=line):
                script = self.bench.file("commands", "\n".join([*COMMANDS, line]) + "\n")
                pcap.write(self.bench.path("in.pcap"), [])
                result = self.bench.run("--cmdline-file", script, "--idle-exit", "50",
                                        devices=self.bench.vdev(0, self.bench.path("in.pcap")) +
                                        self.bench.vdev(1, self.bench.empty_capture()))
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(f":{len(COMMANDS) + 1}: ", result.stderr)
                self.assertIn(words, result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
