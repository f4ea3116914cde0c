# SPDX-License-Identifier: BSD-3-Clause
"""Frames that a router must not forward, one or more for each reason that a single frame can have."""

import struct

import packets as p

GROUP_MAC = bytes.fromhex("01005e000001")
BROADCAST_MAC = b"\xff" * 6


def bad_ipv4(src, dst, mac_dst, mac_src):
    """IPv4 frames, each wrong in one way. src, dst and the MACs are those of a good one."""
    body = p.transport(p.UDP, src, dst, 7, 7, b"bad")

    def frame(kind=p.IPV4, to=mac_dst, **fields):
        source, target = fields.pop("src", src), fields.pop("dst", dst)
        return p.ethernet(to, mac_src, kind, p.ipv4(source, target, p.UDP, body, **fields))

    def address(text):
        return bytes(int(part) for part in text.split("."))

    yield frame(check=0xdead)
    yield frame(ttl=1)
    yield frame(ttl=0)
    yield frame(first=0x65)  # version 6 behind IPv4's EtherType
    yield frame(first=0x44)  # IHL below 5
    yield frame(first=0x4f, check=0)  # IHL beyond the total length
    yield frame(total=900)  # beyond the frame
    yield frame(total=10)  # below the header
    for source in ("127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255"):
        yield frame(src=address(source))
    for target in ("127.0.0.1", "0.0.0.0", "224.0.0.5", "239.1.1.1", "255.255.255.255",
                   "240.0.0.1", "169.254.1.1"):
        yield frame(dst=address(target))
    yield frame(to=BROADCAST_MAC)
    yield frame(to=GROUP_MAC)
    # RFC 791: a loose source route by way of the router
    yield frame(options=bytes((131, 7, 4, 192, 0, 2, 1, 0)))
    yield p.ethernet(mac_dst, mac_src, p.IPV4, b"\x45\0\0\x14")[:30]


def bad_ipv6(src, dst, mac_dst, mac_src):
    """The same for IPv6."""
    body = p.transport(p.UDP, src, dst, 7, 7, b"bad")

    def frame(to=mac_dst, **fields):
        source, target = fields.pop("src", src), fields.pop("dst", dst)
        return p.ethernet(to, mac_src, p.IPV6, p.ipv6(source, target, p.UDP, body, **fields))

    loopback, unspecified = bytes(15) + b"\1", bytes(16)
    multicast, link_local = b"\xff\x0e" + bytes(14), b"\xfe\x80" + bytes(13) + b"\x07"
    yield frame(hop_limit=1)
    yield frame(hop_limit=0)
    yield frame(first=4 << 28)
    yield frame(length=2000)
    for source in (loopback, unspecified, multicast, link_local):
        yield frame(src=source)
    for target in (loopback, unspecified, multicast, link_local):
        yield frame(dst=target)
    yield frame(to=b"\x33\x33\0\0\0\1")
    yield p.ethernet(mac_dst, mac_src, p.IPV6, b"\x60\0\0\0\0\0\x11\x40")[:40]


def not_ip(mac_dst, mac_src):
    """Frames of protocols that are not routed, and frames that are too short for one."""
    yield p.ethernet(BROADCAST_MAC, mac_src, p.ARP, struct.pack(
        ">HHBBH6s4s6s4s", 1, p.IPV4, 6, 4, 1, mac_src, bytes((192, 0, 2, 2)), bytes(6),
        bytes((192, 0, 2, 1))))
    yield p.ethernet(bytes.fromhex("0180c200000e"), mac_src, p.LLDP, b"\x02\x07\x04" + mac_src)
    yield p.ethernet(bytes.fromhex("0180c2000000"), mac_src, 0x0026, b"\x42\x42\x03" + bytes(35))
    yield p.ethernet(mac_dst, mac_src, p.QINQ, struct.pack(">HHH", 7, p.VLAN, 8) + bytes(40))
    yield p.ethernet(mac_dst, mac_src, 0x8847, bytes(40))
    yield b""
    yield mac_dst
    yield mac_dst + mac_src
    yield mac_dst + mac_src + b"\x08\x00"
    yield mac_dst + mac_src + b"\x81\x00\x00"
