# SPDX-License-Identifier: BSD-3-Clause
"""Frames, made and read with struct. Every field of a header can be given a wrong value."""

import ipaddress
import struct

ETH_IPV4, ETH_ARP, ETH_VLAN, ETH_IPV6 = 0x0800, 0x0806, 0x8100, 0x86dd
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def addr(text):
    """An address in either family, packed; bytes pass."""
    return text if isinstance(text, bytes) else ipaddress.ip_address(text).packed


def checksum(data):
    """RFC 1071, as a value to be put into a header."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def eth(dst, src, kind, payload):
    return mac(dst) + mac(src) + struct.pack(">H", kind) + payload


def tagged(frame, *tags):
    """The frame with 802.1Q tags (tci, or (tpid, tci)) put in front of its EtherType."""
    inner = b""
    for tag in tags:
        tpid, tci = tag if isinstance(tag, tuple) else (ETH_VLAN, tag)
        inner += struct.pack(">HH", tpid, tci)
    return frame[:12] + inner + frame[12:]


def ip4(src, dst, payload=b"", proto=UDP, ttl=64, tos=0, ident=0x1234, flags=0, offset=0,
        options=b"", version=4, ihl=None, total=None, check=None):
    """RFC 791. flags: 2 is DF, 1 is MF, 4 is reserved; offset in units of 8 bytes."""
    ihl = (20 + len(options)) // 4 if ihl is None else ihl
    total = 20 + len(options) + len(payload) if total is None else total
    head = struct.pack(">BBHHHBBH4s4s", version << 4 | ihl, tos, total, ident,
                       flags << 13 | offset, ttl, proto, 0, addr(src), addr(dst)) + options
    check = checksum(head) if check is None else check
    return head[:10] + struct.pack(">H", check) + head[12:] + payload


def ip6(src, dst, payload=b"", proto=UDP, ttl=64, tos=0, label=0, version=6, length=None):
    """RFC 8200; ttl is the hop limit, tos the traffic class."""
    length = len(payload) if length is None else length
    return struct.pack(">IHBB16s16s", version << 28 | tos << 20 | label, length, proto, ttl,
                       addr(src), addr(dst)) + payload


def pseudo(src, dst, proto, length):
    """The pseudo-header of either family."""
    if len(addr(src)) == 4:
        return addr(src) + addr(dst) + struct.pack(">BBH", 0, proto, length)
    return addr(src) + addr(dst) + struct.pack(">II", length, proto)


def udp(src, dst, data=b"", sport=4000, dport=5000, check=None):
    head = struct.pack(">HHHH", sport, dport, 8 + len(data), 0)
    if check is None:
        check = checksum(pseudo(src, dst, UDP, 8 + len(data)) + head + data) or 0xffff
    return head[:6] + struct.pack(">H", check) + data


def tcp(src, dst, data=b"", sport=4000, dport=5000, seq=1, ack=0, flags=2):
    head = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 8192, 0, 0)
    check = checksum(pseudo(src, dst, TCP, 20 + len(data)) + head + data)
    return head[:16] + struct.pack(">H", check) + head[18:] + data


def icmp4(kind, code=0, rest=0, data=b"", check=None):
    body = struct.pack(">BBHI", kind, code, 0, rest) + data
    check = checksum(body) if check is None else check
    return body[:2] + struct.pack(">H", check) + body[4:]


def icmp6(src, dst, kind, code=0, rest=0, data=b"", check=None):
    body = struct.pack(">BBHI", kind, code, 0, rest) + data
    if check is None:
        check = checksum(pseudo(src, dst, ICMPV6, len(body)) + body)
    return body[:2] + struct.pack(">H", check) + body[4:]


def arp(op, smac, sip, tmac, tip, hardware=1, proto=ETH_IPV4, hlen=6, plen=4):
    """RFC 826."""
    return struct.pack(">HHBBH6s4s6s4s", hardware, proto, hlen, plen, op, mac(smac), addr(sip),
                       mac(tmac), addr(tip))


def nd_option(kind, hardware_address):
    """RFC 4861 4.6.1: source (1) or target (2) link-layer address."""
    return struct.pack(">BB6s", kind, 1, mac(hardware_address))


class View:
    """What a frame says, as far as it can be read; fields that are not there are None."""

    def __init__(self, frame):
        self.frame = frame
        self.dst_mac, self.src_mac = frame[:6], frame[6:12]
        self.tags, at = [], 12
        kind = struct.unpack(">H", frame[at:at + 2])[0] if len(frame) >= at + 2 else 0
        while kind in (ETH_VLAN, 0x88a8) and len(frame) >= at + 6:
            self.tags.append((kind, struct.unpack(">H", frame[at + 2:at + 4])[0]))
            at += 4
            kind = struct.unpack(">H", frame[at:at + 2])[0]
        self.ether_type, self.l3 = kind, frame[at + 2:]
        self.version = self.src = self.dst = self.ttl = self.proto = self.total = None
        self.options, self.fragment, self.tos, self.header = b"", 0, None, 0
        self.ident = self.label = None
        if kind == ETH_IPV4 and len(self.l3) >= 20:
            self._read4()
        elif kind == ETH_IPV6 and len(self.l3) >= 40:
            self._read6()

    def _read4(self):
        (first, self.tos, self.total, self.ident, self.fragment, self.ttl, self.proto, self.check,
         self.src, self.dst) = struct.unpack(">BBHHHBBH4s4s", self.l3[:20])
        self.version, self.header = first >> 4, (first & 15) * 4
        self.options = self.l3[20:self.header]
        self.payload = self.l3[self.header:self.total]

    def _read6(self):
        first, length, self.proto, self.ttl, self.src, self.dst = struct.unpack(
            ">IHBB16s16s", self.l3[:40])
        self.version, self.tos, self.label = first >> 28, first >> 20 & 0xff, first & 0xfffff
        self.total, self.header = length + 40, 40
        self.payload = self.l3[40:self.total]

    @property
    def padding(self):
        """Bytes behind the IP datagram."""
        return 0 if self.total is None else max(0, len(self.l3) - self.total)

    @property
    def icmp(self):
        """(type, code) of an ICMP or ICMPv6 message without extension headers, or None."""
        if self.proto in (ICMP, ICMPV6) and len(self.payload) >= 2 and not self.fragment & 0x1fff:
            return self.payload[0], self.payload[1]
        return None

    def __str__(self):
        if self.src is None:
            return (f"{self.dst_mac.hex(':')} < {self.src_mac.hex(':')} type {self.ether_type:#06x} "
                    f"{self.tags or ''}{len(self.frame)} bytes: {self.l3[:48].hex()}")
        text = (f"{ipaddress.ip_address(self.src)} > {ipaddress.ip_address(self.dst)} "
                f"proto {self.proto} ttl {self.ttl} tos {self.tos} total {self.total} "
                f"l3 {len(self.l3)}{f' vlan {self.tags}' if self.tags else ''} "
                f"to {self.dst_mac.hex(':')}")
        if self.ident is not None:
            text += f" frag {self.fragment:#06x} id {self.ident} ihl {self.header}"
        return text + f" payload {self.payload[:40].hex()}"
