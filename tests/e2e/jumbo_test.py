#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Jumbo frames over mbufs of 2 KB, so that each is a chain; and the MTU of devices."""

import struct
import sys
import unittest

from lib import compare, pcap, table
from lib.dstfwd import Bench, faults

SIZES = (1500, 1501, 2034, 2035, 4096, 8999, 9000)  # bytes of IP packet
MTU = 9000


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def body(size):
    return bytes(n * 7 % 251 for n in range(size))


def ipv4(size, flags=0, ttl=64):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 7, flags << 13, ttl, 17, 0,
                       bytes([192, 0, 2, 9]), bytes([8, 8, 8, 8]))
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return head + struct.pack(">HHHH", 4000, 5000, size - 20, 0) + body(size - 28)


def ipv6(size, ttl=64):
    source = bytes.fromhex("20010db8000100000000000000000009")
    to = bytes.fromhex("2600" + "00" * 13 + "01")
    return struct.pack(">IHBB16s16s", 6 << 28, size - 40, 17, ttl, source, to) + \
        struct.pack(">HHHH", 4000, 5000, size - 40, 1) + body(size - 48)


def frames(packets):
    return [bytes.fromhex("020000000099020000000009") +
            (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet for packet in packets]


class Jumbo(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def route(self, packets, way_out):
        """(statistics, IP packets out of port 1) with port 0 at MTU 9000 and port 1 at way_out."""
        path = self.bench.path("in.pcap")
        pcap.write(path, frames(packets))
        commands = [f"link set 0 mtu {MTU}", f"link set 1 mtu {way_out}", *table.simple().commands]
        stats, back, out = self.bench.route(path, commands, "--promiscuous")
        self.assertEqual(back, [])
        self.assertEqual(list(faults(stats)), [])
        return stats, [frame[14:] for frame in out]

    def test_frames_larger_than_a_buffer_are_forwarded_whole(self):
        packets = [made(size) for size in SIZES for made in (ipv4, ipv6)]
        stats, out = self.route(packets, MTU)
        self.assertEqual(stats["tx"], len(packets))
        self.assertCountEqual(out, [made(size, ttl=63) for size in SIZES for made in (ipv4, ipv6)])

    def test_what_is_too_large_for_the_way_out_is_cut_or_dropped(self):
        for size in SIZES:
            if size <= 1500:
                continue
            stats, out = self.route([ipv4(size), ipv4(size, flags=2), ipv6(size)], 1500)
            self.assertEqual((stats["tx"], stats["drops"]["mtu"]), (1, 2), size)
            whole = ipv4(size, ttl=63)
            self.assertIsNone(compare.fragment_fault(bytes(14) + whole,
                                                     [bytes(14) + piece for piece in out]), size)

    def test_a_device_is_told_its_mtu(self):
        script = self.bench.file("commands", "link set 0 mtu 9000\nshow port\n")
        done = self.bench.run("--cmdline-file", script, "--duration", "0.01",
                              devices=("--vdev", "net_null0"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("net_null0", done.stdout)
        self.assertRegex(done.stdout, r"net_null0, .*mtu 9000,")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
