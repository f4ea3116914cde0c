#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes a capture of generated traffic: IPv4 and IPv6; TCP, UDP, ICMP; fragments, VLAN tags, and a
share of packets that a router must drop. The same arguments give the same bytes.

The clients' side has sources in 198.18.0.0/16 and 2001:db8:a::/48 and destinations in 198.19.0.0/16
and 2001:db8:b::/48; --side servers is the other direction of the same flows. Needs Python only."""

import argparse
import itertools
import random
import struct
import sys

import packets as p
from bad_packets import bad_ipv4, bad_ipv6, not_ip

CLIENTS4, SERVERS4 = bytes((198, 18)), bytes((198, 19))
CLIENTS6, SERVERS6 = bytes.fromhex("20010db8000a"), bytes.fromhex("20010db8000b")
ROUTER_MAC, HOST_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
SIZES = (8, 64, 400, 1200)  # bytes of data behind the transport header
ETHERNET, NUMBER = 14, 8  # bytes: header; a packet's number and its complement


class Flow:
    """A frame in which only the packet's number (numbered()) changes from packet to packet."""

    def __init__(self, number, rng, side, small):
        ipv6 = number % 3 == 2
        proto = (p.UDP, p.TCP, p.UDP, p.TCP, p.ICMPV6 if ipv6 else p.ICMP)[number % 5]
        if small:
            ipv6, proto = False, p.UDP
        self.data = NUMBER if small else rng.choice(SIZES)
        src, dst = self._addresses(number, ipv6)
        sport, dport = 1024 + number // 65536 % 60000, (53, 80, 443, 4433, 8080)[number % 5]
        if side == "servers":
            src, dst, sport, dport = dst, src, dport, sport
        message = p.transport(proto, src, dst, sport, dport, p.numbered(0, self.data))
        if ipv6:
            kind, packet = p.IPV6, p.ipv6(src, dst, proto, message, hop_limit=rng.randint(2, 255))
        else:
            kind, packet = p.IPV4, p.ipv4(src, dst, proto, message, ttl=rng.randint(2, 255),
                                          ident=number & 0xffff, flags_offset=0x4000)
        tag = 0 if number % 32 == 31 and not small else None  # a priority tag (IEEE 802.1Q)
        self.at = ETHERNET + (4 if tag is not None else 0) + len(packet) - self.data
        frame = p.ethernet(ROUTER_MAC, HOST_MAC, kind, packet, vlan=tag)
        self.head, self.tail = frame[:self.at], frame[self.at + NUMBER:]

    @staticmethod
    def _addresses(number, ipv6):
        client, server = struct.pack(">H", number & 0xffff), struct.pack(">H", number * 7 & 0x3fff)
        if ipv6:
            return CLIENTS6 + bytes(8) + client, SERVERS6 + bytes(8) + server
        return CLIENTS4 + client, SERVERS4 + server

    def packet(self, number):
        return self.head + struct.pack(">II", number, ~number & 0xffffffff) + self.tail


def fragments(rng, side):
    """The pieces of one IPv4 datagram and of one IPv6 packet."""
    ident = rng.getrandbits(16)
    ends4, ends6 = (CLIENTS4 + b"\x01\x02", SERVERS4 + b"\x03\x04"), \
                   (CLIENTS6 + bytes(9) + b"\1", SERVERS6 + bytes(9) + b"\2")
    if side == "servers":
        ends4, ends6 = ends4[::-1], ends6[::-1]
    data = p.transport(p.UDP, *ends4, 5000, 5001, bytes(1992))
    for at, more in ((0, 0x2000), (800, 0x2000), (1600, 0)):
        yield p.ethernet(ROUTER_MAC, HOST_MAC, p.IPV4, p.ipv4(
            *ends4, p.UDP, data[at:at + 800], ident=ident, flags_offset=more | at // 8))
    data = p.transport(p.UDP, *ends6, 5000, 5001, bytes(1992))
    for at, more in ((0, 1), (800, 1), (1600, 0)):
        header = struct.pack(">BBHI", p.UDP, 0, at | more, ident)
        yield p.ethernet(ROUTER_MAC, HOST_MAC, p.IPV6, p.ipv6(
            *ends6, p.FRAGMENT, header + data[at:at + 800]))


def bad_frames():
    ends4 = CLIENTS4 + b"\0\1", SERVERS4 + b"\0\1"
    ends6 = CLIENTS6 + bytes(9) + b"\1", SERVERS6 + bytes(9) + b"\1"
    return [*bad_ipv4(*ends4, ROUTER_MAC, HOST_MAC), *bad_ipv6(*ends6, ROUTER_MAC, HOST_MAC),
            *not_ip(ROUTER_MAC, HOST_MAC),
            Flow(0, random.Random(0), "clients", False).packet(0)[:12] + b"\x81\x00\x0f\xfe\x08\x00"
            + bytes(46)]


def generate(flows, packets, seed, side, bad_share, small):
    """Yields frames: each flow once, then flows at random, the short numbers most often."""
    rng = random.Random(seed)
    made = [Flow(number, rng, side, small) for number in range(flows)]
    bad = itertools.cycle(bad_frames())
    for number in range(packets):
        if bad_share and rng.random() < bad_share:
            yield next(bad)
        elif not small and number % 100 == 99:
            yield from fragments(rng, side)
        elif number < flows:
            yield made[number].packet(number)
        else:
            yield made[int(flows * rng.random() ** 3)].packet(number)


def write(path, frames):
    """Returns the number of packets written."""
    count = 0
    with open(path, "wb", buffering=1 << 20) as f:
        f.write(p.PCAP_HEADER)
        for count, frame in enumerate(frames, 1):
            f.write(p.pcap_record(frame, count))
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("output")
    parser.add_argument("--flows", type=int, default=4096)
    parser.add_argument("--packets", type=int, default=40000, help="about this many; 0: an empty file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side", choices=("clients", "servers"), default="clients")
    parser.add_argument("--bad", type=float, default=0.02, metavar="SHARE",
                        help="share of packets to be dropped, 0 to 1 (default 0.02)")
    parser.add_argument("--small", action="store_true",
                        help="only IPv4 UDP in 60-byte frames, no fragments; for many flows")
    a = parser.parse_args()
    if a.packets and a.flows < 1 or not 0 <= a.bad <= 1:
        parser.error("--flows must be 1 or more, and --bad from 0 to 1")
    frames = generate(a.flows, a.packets, a.seed, a.side, a.bad, a.small) if a.packets else ()
    print(f"{a.output}: {write(a.output, frames)} packets")


if __name__ == "__main__":
    sys.exit(main())
