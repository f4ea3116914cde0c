# SPDX-License-Identifier: BSD-3-Clause
"""Frames for make_capture.py, with struct only: no package is needed where the demo runs."""

import struct

IPV4, ARP, VLAN, QINQ, IPV6, LLDP = 0x0800, 0x0806, 0x8100, 0x88a8, 0x86dd, 0x88cc
ICMP, TCP, UDP, FRAGMENT, ICMPV6 = 1, 6, 17, 44, 58
ETHERNET_MIN = 60  # bytes of a frame without its FCS (IEEE 802.3)


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def ethernet(dst, src, kind, payload, vlan=None):
    tag = b"" if vlan is None else struct.pack(">HH", VLAN, vlan)
    frame = dst + src + tag + struct.pack(">H", kind) + payload
    return frame.ljust(ETHERNET_MIN, b"\0")


def ipv4(src, dst, proto, payload, ttl=64, flags_offset=0, ident=0, tos=0, options=b"", **wrong):
    """RFC 791. `wrong` overrides fields: first (version and IHL), total, check."""
    header = 20 + len(options)
    packed = struct.pack(">BBHHHBBH4s4s", wrong.get("first", 0x40 | header // 4), tos,
                         wrong.get("total", header + len(payload)), ident, flags_offset, ttl, proto,
                         0, src, dst) + options
    check = wrong.get("check", checksum(packed))
    return packed[:10] + struct.pack(">H", check) + packed[12:] + payload


def ipv6(src, dst, proto, payload, hop_limit=64, **wrong):
    """RFC 8200. `wrong` overrides fields: first (32 bits: version, class, label), length."""
    return struct.pack(">IHBB16s16s", wrong.get("first", 6 << 28),
                       wrong.get("length", len(payload)), proto, hop_limit, src, dst) + payload


def _pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack(">BBH", 0, proto, length)
    return src + dst + struct.pack(">II", length, proto)


def transport(proto, src, dst, sport, dport, data):
    """A TCP, UDP or ICMP(v6) message with a right checksum. ICMP is an echo request."""
    if proto == UDP:
        head, at = struct.pack(">HHHH", sport, dport, 8 + len(data), 0), 6
    elif proto == TCP:
        head, at = struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x18, 65535, 0, 0), 16
    else:
        head, at = struct.pack(">BBHHH", 128 if proto == ICMPV6 else 8, 0, 0, sport, dport), 2
    pseudo = b"" if proto == ICMP else _pseudo(src, dst, proto, len(head) + len(data))
    check = checksum(pseudo + head + data)
    if proto == UDP and check == 0:
        check = 0xffff
    return head[:at] + struct.pack(">H", check) + head[at + 2:] + data


def numbered(number, size):
    """`size` (8 or more) bytes that differ by number but not in their sum: a packet's number goes
    into a ready-made frame, and no checksum changes."""
    return struct.pack(">II", number, ~number & 0xffffffff) + b"\xa5" * (size - 8)


PCAP_HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)


def pcap_record(frame, number):
    """Microsecond `number` since the epoch."""
    return struct.pack("<IIII", number // 1000000, number % 1000000, len(frame), len(frame)) + frame
