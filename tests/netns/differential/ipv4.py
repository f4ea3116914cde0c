# SPDX-License-Identifier: BSD-3-Clause
"""The generated set for IPv4: RFC 791, 792, 1122, 1812 by what a router has to tell apart."""

import itertools

from lib import packets as p
from .case import Cases
from .setting import (BACK4, FAR4, H4, HOLE4, NARROW4, NOWHERE4, R4, REFUSED4)

SRC = H4[0]
_fresh_number = itertools.count(1)


def _fresh():
    """A source beyond host 0 that was not used before: Linux gives each source no more than five
    unreachables at once (net.ipv4.route.error_burst), and no namespace of its own can change that."""
    number = next(_fresh_number)
    return f"10.9.{number >> 8}.{number & 255}"


def _udp(dst=FAR4, size=32, src=SRC, **header):
    return p.ip4(src, dst, p.udp(src, dst, bytes(range(256)) * (size // 256) +
                                 bytes(range(size % 256))), p.UDP, **header)


def cases():
    c = Cases()
    for part in (_forwarded, _checksums, _fragments, _too_big, _expired, _unreachable, _martians,
                 _header, _options, _local, _errors_about):
        part(c)
    return c


def _forwarded(c):
    for size in (0, 1, 17, 18, 100, 1472):
        c.add("forward", f"UDP of {size} bytes", _udp(size=size))
    c.add("forward", "UDP to the narrow port", _udp(NARROW4))
    c.add("forward", "UDP back out of its own port", _udp(BACK4))
    for out in (1, 2):
        c.add("forward", f"UDP to the neighbour at port {out}", _udp(H4[out]))
    for port in (1, 2):
        c.add("forward", f"UDP in by port {port}", _udp(BACK4, src=H4[port]), port)
    c.add("forward", "TCP", p.ip4(SRC, FAR4, p.tcp(SRC, FAR4, b"data"), p.TCP))
    c.add("forward", "echo request", p.ip4(SRC, FAR4, p.icmp4(8, 0, 7, bytes(40)), p.ICMP))
    for proto in (0, 2, 4, 41, 47, 50, 51, 58, 89, 103, 112, 132, 136, 253, 255):
        c.add("forward", f"protocol {proto}", p.ip4(SRC, FAR4, bytes(24), proto))
    c.add("forward", "a header and nothing else", p.ip4(SRC, FAR4, b"", 253))
    for ttl in (2, 3, 128, 255):
        c.add("forward", f"TTL {ttl}", _udp(ttl=ttl))
    for tos in (0x01, 0x02, 0x03, 0x10, 0xb8, 0xc0, 0xff):
        c.add("forward", f"TOS {tos:#x}", _udp(tos=tos))
    for flags in (2, 4, 6):
        c.add("forward", f"flags {flags}", _udp(flags=flags))
    for pad in (1, 6, 18, 300):
        c.add("forward", f"{pad} bytes behind the datagram", _udp(size=2), pad=pad)
    c.add("forward", "broken UDP checksum", p.ip4(SRC, FAR4, p.udp(SRC, FAR4, b"x", check=1)))
    c.add("forward", "UDP length beyond the datagram",
          p.ip4(SRC, FAR4, b"\x0f\xa0\x13\x88\xff\xff\0\0"))
    c.add("forward", "UDP header cut short", p.ip4(SRC, FAR4, b"\x0f\xa0\x13"))
    c.add("forward", "TCP header cut short", p.ip4(SRC, FAR4, b"\x0f\xa0\x13\x88\0", p.TCP))
    c.add("forward", "same port twice", p.ip4(SRC, FAR4, p.udp(SRC, FAR4, b"", 0, 0)))


def _checksums(c):
    # RFC 1624: every corner of the incremental update, by choosing the identification.
    for want in (0x0000, 0x0001, 0x00ff, 0x0100, 0xfeff, 0xff00, 0xfefe, 0xfffe, 0xffff, 0x7fff):
        base = p.ip4(SRC, FAR4, bytes(8), 253, ident=0)
        # checksum(ident) = ~(S + ident), S the sum of all else
        total = ~int.from_bytes(base[10:12], "big") & 0xffff
        ident = (~want & 0xffff) - total
        ident = ident - 1 if ident < 0 else ident
        packet = p.ip4(SRC, FAR4, bytes(8), 253, ident=ident & 0xffff)
        c.add("forward", f"header checksum {packet[10:12].hex()}", packet)
    good = int.from_bytes(p.ip4(SRC, FAR4, bytes(8), 253)[10:12], "big")
    for wrong in (0, 0xffff, good ^ 1, good ^ 0x8000, (good + 0x100) & 0xffff):
        c.add("ip_checksum", f"wrong checksum {wrong:#06x}",
              p.ip4(SRC, FAR4, bytes(8), 253, check=wrong))
    # Minus zero for zero: the same in one's complement; a receiver that sums takes both.
    ident = (0xffff - (~int.from_bytes(p.ip4(SRC, FAR4, bytes(8), 253, ident=0)[10:12], "big")
                       & 0xffff)) & 0xffff
    zero = p.ip4(SRC, FAR4, bytes(8), 253, ident=ident)
    assert zero[10:12] == b"\0\0"
    c.add("forward", "checksum ffff where 0000 is computed", zero[:10] + b"\xff\xff" + zero[12:])


def _fragments(c):
    for flags, offset, name in ((1, 0, "first"), (1, 185, "middle"), (0, 370, "last"),
                                (0, 8189, "far last")):
        c.add("forward", f"{name} fragment",
              p.ip4(SRC, FAR4, bytes(64), flags=flags, offset=offset))
    c.add("forward", "fragment with DF", p.ip4(SRC, FAR4, bytes(64), flags=3))
    c.add("forward", "one byte fragment", p.ip4(SRC, FAR4, b"x", flags=0, offset=1))
    # Fragmentation on the way out, of what is whole, and of what is a fragment already.
    for size in (1473, 1474, 1480, 1488, 2000, 2952, 2953, 4000, 8972):
        c.add("forward", f"UDP of {size} bytes is fragmented", _udp(size=size))
    for size in (1373, 1376, 2744, 8000):
        c.add("forward", f"UDP of {size} bytes is fragmented, narrow", _udp(NARROW4, size))
    for flags, offset in ((1, 0), (1, 100), (0, 100)):
        c.add("forward", f"fragment {flags}/{offset} is fragmented again",
              p.ip4(SRC, FAR4, bytes(range(256)) * 12, flags=flags, offset=offset))
    for options, name in ((b"\x94\x04\0\0", "router alert, copied"),
                          (b"\x07\x07\x04\0\0\0\0\0", "record route, not copied"),
                          (b"\x07\x07\x08\1\2\3\4\x94\x04\0\0\0", "both"),
                          (b"\x01\x01\x01\0", "no operation")):
        c.add("forward", f"fragmented with options: {name}", _udp(size=3000, options=options))
    c.add("forward", "fragmented, TOS and TTL kept", _udp(size=3000, tos=0xb8, ttl=9))


def _too_big(c):
    for size in (1473, 1474, 3000, 8972):
        c.add("mtu", f"UDP of {size} bytes with DF", _udp(size=size, flags=2))
    c.add("mtu", "with DF, narrow", _udp(NARROW4, 1373, flags=2))
    c.add("forward", "with DF, just fits", _udp(NARROW4, 1372, flags=2))
    c.add("mtu", "with DF and options", _udp(size=1470, flags=2, options=b"\x01\x01\x01\0"))
    c.add("mtu", "later fragment with DF",
          p.ip4(SRC, FAR4, bytes(1600), flags=2, offset=100))
    c.add("mtu", "first fragment with DF", p.ip4(SRC, FAR4, bytes(1600), flags=3))
    c.add("mtu", "with DF, echo reply", p.ip4(SRC, FAR4, p.icmp4(0, 0, 1, bytes(1500)), 1, flags=2))
    c.add("mtu", "with DF, an ICMP error",
          p.ip4(SRC, FAR4, p.icmp4(3, 1, 0, _udp(size=1500)), 1, flags=2))
    c.add("ttl_expired", "with DF and TTL 1", _udp(size=1500, flags=2, ttl=1))
    c.add("forward", "bytes behind the datagram do not count", _udp(size=1470, flags=2), pad=200)


def _expired(c):
    for ttl in (0, 1):
        c.add("ttl_expired", f"TTL {ttl}", _udp(ttl=ttl))
    for size in (0, 1, 8, 500, 520, 528, 529, 540, 600, 1472, 4000):
        c.add("ttl_expired", f"TTL 1, {size} bytes", _udp(size=size, ttl=1))
    for tos in (0x10, 0xb8, 0xc0, 0xe0, 0x03):
        c.add("ttl_expired", f"TTL 1, TOS {tos:#x}", _udp(tos=tos, ttl=1))
    c.add("ttl_expired", "TTL 1 with options", _udp(ttl=1, options=b"\x01\x01\x01\0"))
    c.add("ttl_expired", "TTL 1, bytes behind the datagram", _udp(size=4, ttl=1), pad=14)
    c.add("ttl_expired", "TTL 1, TCP", p.ip4(SRC, FAR4, p.tcp(SRC, FAR4), p.TCP, ttl=1))
    c.add("ttl_expired", "TTL 1, first fragment", p.ip4(SRC, FAR4, bytes(64), ttl=1, flags=1))
    c.add("ttl_expired", "TTL 1, later fragment", p.ip4(SRC, FAR4, bytes(64), ttl=1, offset=8))
    c.add("no_route", "TTL 1, no route", _udp(NOWHERE4, src=_fresh(), ttl=1))
    c.add("blackhole", "TTL 1, blackhole", _udp(HOLE4, ttl=1))
    c.add("ttl_expired", "TTL 1, back out", _udp(BACK4, ttl=1))
    c.add("ttl_expired", "TTL 1, in by port 2", _udp(FAR4, src=H4[2], ttl=1), 2)
    c.add("ttl_expired", "TTL 1, source beyond another port", _udp(FAR4, src=NARROW4, ttl=1))
    c.add("ttl_expired", "TTL 1, source without a route", _udp(FAR4, src=NOWHERE4, ttl=1))
    c.add("ip_checksum", "TTL 1, wrong checksum", _udp(ttl=1, check=7))
    for kind in (0, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 30, 40, 42, 200):
        c.add("ttl_expired", f"TTL 1, ICMP type {kind}",
              p.ip4(SRC, FAR4, p.icmp4(kind, 0, 0, _udp()), p.ICMP, ttl=1))
    c.add("ttl_expired", "TTL 1, ICMP without a type", p.ip4(SRC, FAR4, b"", p.ICMP, ttl=1))


def _unreachable(c):
    for size in (0, 1, 8, 100, 548, 549, 1472, 4000):
        c.add("no_route", f"no route, {size} bytes", _udp(NOWHERE4, size, _fresh()))
    for tos in (0x10, 0xb8, 0xff):
        c.add("no_route", f"no route, TOS {tos:#x}", _udp(NOWHERE4, src=_fresh(), tos=tos))
    c.add("no_route", "no route, later fragment", p.ip4(_fresh(), NOWHERE4, bytes(64), offset=8))
    c.add("no_route", "no route, first fragment", p.ip4(_fresh(), NOWHERE4, bytes(64), flags=1))
    for kind in (0, 3, 5, 8, 11, 12, 13, 42):
        c.add("no_route", f"no route, ICMP type {kind}",
              p.ip4(_fresh(), NOWHERE4, p.icmp4(kind, 0, 0, _udp()), p.ICMP))
    c.add("no_route", "no route, options", _udp(NOWHERE4, src=_fresh(), options=b"\1\1\1\0"))
    c.add("no_route", "no route, in by port 2", _udp(NOWHERE4, src=_fresh()), 2)
    c.add("blackhole", "blackhole", _udp(HOLE4, src=_fresh()))
    c.add(None, "unreachable", _udp(REFUSED4, src=_fresh()))
    c.add(None, "unreachable, an error",
          p.ip4(_fresh(), REFUSED4, p.icmp4(11, 0, 0, _udp()), p.ICMP))


def _martians(c):
    for src in ("127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1",
                "255.255.255.255", "240.0.0.1"):
        c.add("martian_source", f"source {src}", _udp(src=src))
        c.add(None, f"source {src}, TTL 1", _udp(src=src, ttl=1))
        c.add(None, f"source {src}, no route", _udp(NOWHERE4, src=src))
    for src in (R4[0], R4[1], "192.0.2.255", "203.0.113.255", "192.0.2.0"):
        c.add(None, f"source {src}", _udp(src=src))
    c.add(None, "source 169.254.1.1", _udp(src="169.254.1.1"))
    c.add(None, "destination 169.254.1.1", _udp("169.254.1.1", src=_fresh()))
    for dst in ("127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "240.0.0.1", "255.255.255.254"):
        c.add("martian_destination", f"destination {dst}", _udp(dst, src=_fresh()))
    for dst in ("224.0.0.1", "224.0.0.5", "224.0.1.1", "239.255.255.250", "255.255.255.255"):
        c.add("multicast", f"destination {dst}", _udp(dst))
    for dst, mac in (("224.0.0.5", "01:00:5e:00:00:05"), ("239.255.255.250", "01:00:5e:7f:ff:fa"),
                     ("255.255.255.255", "ff:ff:ff:ff:ff:ff")):
        c.add("multicast", f"destination {dst} by group MAC", _udp(dst), dst_mac=mac)
    for dst in ("192.0.2.255", "203.0.113.255", "192.0.2.0", "203.0.113.0"):
        c.add(None, f"directed broadcast {dst}", _udp(dst))
        c.add(None, f"directed broadcast {dst}, echo", p.ip4(SRC, dst, p.icmp4(8, 0, 1), p.ICMP))
    c.add(None, "source and destination alike", _udp(FAR4, src=FAR4))


def _header(c):
    for version in (0, 3, 5, 6, 15):
        c.add("ip_version", f"version {version}", _udp(version=version), kind=p.ETH_IPV4)
    for ihl in (0, 1, 4):
        c.add("ip_header_length", f"IHL {ihl}", _udp(ihl=ihl))
    c.add("ip_header_length", "IHL beyond the frame", _udp(size=0, ihl=15))
    c.add(None, "IHL 6 in a short datagram", p.ip4(SRC, FAR4, b"", 253, ihl=6, total=20), pad=8)
    for total in (0, 1, 19):
        c.add("ip_length", f"total length {total}", _udp(total=total))
    for more in (1, 100, 65535 - 60):
        c.add("ip_length", f"total length {more} beyond the frame", _udp(total=60 + more))
    c.add("forward", "total length without the payload", _udp(total=20))
    whole = _udp()
    for size in range(0, 20, 3):
        c.add("frame_too_short", f"{size} bytes of IPv4", whole[:size], kind=p.ETH_IPV4)
    c.add("ip_length", "cut behind the header", whole[:20])
    c.add("ip_length", "cut by one", whole[:-1])


# RFC 791 options. Padded to whole words by _option().
_OPTIONS = (
    (None, "end of list", b"\0\0\0\0"),
    (None, "no operation", b"\1\1\1\1"),
    (None, "record route, room for two", b"\x07\x0b\x04" + bytes(8)),
    (None, "record route, full", b"\x07\x07\x08\1\2\3\4"),
    (None, "record route, room for two bytes", b"\x07\x07\x06\1\2\3\4"),
    (None, "record route, pointer 3", b"\x07\x07\x03\1\2\3\4"),
    (None, "record route, length 2", b"\x07\x02\x04"),
    (None, "record route, beyond the header", b"\x07\x20\x04"),
    (None, "record route twice", b"\x07\x07\x04\0\0\0\0" * 2),
    (None, "timestamps only", b"\x44\x0c\x05\x00" + bytes(8)),
    (None, "timestamps and addresses", b"\x44\x0c\x05\x01" + bytes(8)),
    (None, "timestamps, full", b"\x44\x08\x09\x00" + bytes(4)),
    (None, "timestamps, full, overflow 15", b"\x44\x08\x09\xf0" + bytes(4)),
    (None, "timestamps, prespecified", b"\x44\x0c\x05\x03" + p.addr(R4[0]) + bytes(4)),
    (None, "timestamps, prespecified other", b"\x44\x0c\x05\x03" + p.addr(FAR4) + bytes(4)),
    (None, "timestamps, pointer 4", b"\x44\x08\x04\x00" + bytes(4)),
    ("ip_options", "loose source route to go", b"\x83\x07\x04" + p.addr(FAR4)),
    ("ip_options", "strict source route to go", b"\x89\x07\x04" + p.addr(FAR4)),
    (None, "loose source route, done", b"\x83\x07\x08" + p.addr(FAR4)),
    (None, "loose source route, length 2", b"\x83\x02\x04"),
    (None, "both source routes", b"\x83\x07\x04" + p.addr(FAR4) + b"\x89\x07\x04" + p.addr(FAR4)),
    (None, "router alert", b"\x94\x04\0\0"),
    (None, "router alert, length 3", b"\x94\x03\0"),
    (None, "security", b"\x82\x0b" + bytes(9)),
    (None, "CIPSO", b"\x86\x0a\0\0\0\1\1\4\0\1"),
    (None, "stream id", b"\x88\x04\0\1"),
    (None, "unknown", b"\x9e\x04\1\2"),
    (None, "unknown, length 0", b"\x9e\x00"),
    (None, "unknown, length 1", b"\x9e\x01"),
    (None, "unknown, beyond the header", b"\x9e\x29\1\2"),
    (None, "length byte missing", b"\1\1\1\x9e"),
)


def _option(raw):
    return raw + bytes(-len(raw) % 4)


def _options(c):
    for verdict, name, raw in _OPTIONS:
        c.add(verdict, f"options: {name}", _udp(options=_option(raw)))
        c.add(None, f"options to the router: {name}",
              p.ip4(SRC, R4[0], p.icmp4(8, 0, 9, b"ping"), p.ICMP, options=_option(raw)))
    c.add(None, "40 bytes of options", _udp(options=b"\1" * 40))
    c.add(None, "record route to be expired", _udp(ttl=1, options=_option(b"\x07\x07\x04" + bytes(4))))


def _local(c):
    for size in (0, 1, 56, 1472, 4000, 8900):
        c.add("local", f"echo of {size} bytes",
              p.ip4(SRC, R4[0], p.icmp4(8, 0, 0x10001, bytes(size)), p.ICMP))
    for dst in (R4[1], R4[2]):
        c.add("local", f"echo to {dst}", p.ip4(SRC, dst, p.icmp4(8, 0, 1, b"x" * 8), p.ICMP))
    c.add("local", "echo, too big to come back whole",
          p.ip4(H4[1], R4[0], p.icmp4(8, 0, 1, bytes(1400)), p.ICMP), 1)
    for name, header in (("TTL 1", {"ttl": 1}), ("TTL 0", {"ttl": 0}), ("DF", {"flags": 2}),
                         ("TOS", {"tos": 0xb8})):
        c.add("local", f"echo with {name}",
              p.ip4(SRC, R4[0], p.icmp4(8, 0, 1, b"ping"), p.ICMP, **header))
    c.add("local", "echo, code 5", p.ip4(SRC, R4[0], p.icmp4(8, 5, 1, b"ping"), p.ICMP))
    c.add("local", "echo, wrong checksum",
          p.ip4(SRC, R4[0], p.icmp4(8, 0, 1, b"ping", check=9), p.ICMP))
    c.add("local", "echo, 7 bytes", p.ip4(SRC, R4[0], p.icmp4(8, 0, 1)[:7], p.ICMP))
    c.add("local", "echo, bytes behind the datagram",
          p.ip4(SRC, R4[0], p.icmp4(8, 0, 1, b"p"), p.ICMP), pad=17)
    c.add("local", "echo reply", p.ip4(SRC, R4[0], p.icmp4(0, 0, 1, b"pong"), p.ICMP))
    echo = p.icmp4(8, 0, 1, bytes(40))
    c.add("local", "echo, fragment 1 of 2", p.ip4(SRC, R4[0], echo[:24], p.ICMP, flags=1))
    c.add("local", "echo, fragment 2 of 2", p.ip4(SRC, R4[0], echo[24:], p.ICMP, offset=3))
    for kind in (3, 4, 5, 9, 10, 11, 12, 14, 15, 16, 17, 18, 42, 200):
        c.add("local", f"ICMP type {kind} to the router",
              p.ip4(SRC, R4[0], p.icmp4(kind, 0, 0, _udp()), p.ICMP))
    c.add("local", "ICMP type 13 to the router", p.ip4(SRC, R4[0], p.icmp4(13, 0, 1, bytes(12)), 1))
    for size in (0, 100, 1000):
        c.add("local", f"UDP of {size} bytes to a closed port",
              p.ip4(SRC, R4[0], p.udp(SRC, R4[0], bytes(size), dport=33434)))
    c.add("local", "UDP to a closed port, TTL 1",
          p.ip4(SRC, R4[0], p.udp(SRC, R4[0], b"x", dport=33434), ttl=1))
    c.add("local", "UDP to a closed port, wrong checksum",
          p.ip4(SRC, R4[0], p.udp(SRC, R4[0], b"x", check=3)))
    c.add("local", "UDP to a closed port, far address",
          p.ip4(SRC, R4[1], p.udp(SRC, R4[1], b"x", dport=33434)))
    for flags in (0x02, 0x10, 0x04, 0x11, 0x12):
        c.add("local", f"TCP flags {flags:#x} to a closed port",
              p.ip4(SRC, R4[0], p.tcp(SRC, R4[0], flags=flags, seq=77, ack=99), p.TCP))
    for proto in (0, 2, 89, 132, 253, 255):
        c.add("local", f"protocol {proto} to the router", p.ip4(SRC, R4[0], bytes(24), proto))


def _errors_about(c):
    # RFC 1812 4.3.2.7: no error about these, whatever was wrong.
    for name, header in (("broadcast MAC", {"dst_mac": "ff:ff:ff:ff:ff:ff"}),
                         ("multicast MAC", {"dst_mac": "01:00:5e:00:00:05"})):
        for what, packet in (("TTL 1", _udp(ttl=1)), ("no route", _udp(NOWHERE4, src=_fresh())),
                             ("too big", _udp(size=1500, flags=2)), ("fine", _udp())):
            c.add("link_broadcast", f"{name}, {what}", packet, **header)
        c.add(None, f"{name}, echo", p.ip4(SRC, R4[0], p.icmp4(8, 0, 1, b"x"), p.ICMP), **header)
        c.add(None, f"{name}, closed port",
              p.ip4(SRC, R4[0], p.udp(SRC, R4[0], b"x", dport=33434)), **header)
