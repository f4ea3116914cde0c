# SPDX-License-Identifier: BSD-3-Clause
"""The generated set for IPv6: RFC 8200, 4291, 4443 by what a router has to tell apart."""

import struct

from lib import packets as p
from lib.plan import link_local
from .case import Cases
from .setting import (BACK6, FAR6, H, H4, H6, HOLE6, NARROW6, NOWHERE6, R6, REFUSED6)

SRC = H6[0]
LINK = str(link_local(H[0]))
HOP, ROUTING, FRAGMENT, NONE, DEST = 0, 43, 44, 59, 60


def _udp(dst=FAR6, size=32, src=SRC, **header):
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    return p.ip6(src, dst, p.udp(src, dst, data), p.UDP, **header)


def _icmp(kind, code=0, dst=FAR6, src=SRC, data=b"", rest=1, **header):
    return p.ip6(src, dst, p.icmp6(src, dst, kind, code, rest, data), p.ICMPV6, **header)


def _chain(*headers, dst=FAR6, src=SRC, upper=None, **base):
    """headers: (next header number, body behind its two first bytes); ends in UDP."""
    data, proto = (p.udp(src, dst, b"chain"), p.UDP) if upper is None else upper
    for number, body in reversed(headers):
        if number == FRAGMENT:
            data = struct.pack(">B", proto) + body + data
        else:
            assert (len(body) + 2) % 8 == 0
            data = struct.pack(">BB", proto, (len(body) + 2) // 8 - 1) + body + data
        proto = number
    return p.ip6(src, dst, data, proto, **base)


def _fragment(offset, more, ident=0x1234):
    return FRAGMENT, struct.pack(">BHI", 0, offset << 3 | more, ident)


def cases():
    c = Cases()
    for part in (_forwarded, _extensions, _too_big, _expired, _unreachable, _martians, _header,
                 _local, _local_extensions, _errors_about):
        part(c)
    return c


def _forwarded(c):
    for size in (0, 1, 100, 1452):
        c.add("forward", f"UDP of {size} bytes", _udp(size=size))
    c.add("forward", "UDP to the narrow port", _udp(NARROW6))
    c.add("forward", "UDP back out of its own port", _udp(BACK6))
    for out in (1, 2):
        c.add("forward", f"UDP to the neighbour at port {out}", _udp(H6[out]))
    for port in (1, 2):
        c.add("forward", f"UDP in by port {port}", _udp(BACK6, src=H6[port]), port)
    c.add("forward", "TCP", p.ip6(SRC, FAR6, p.tcp(SRC, FAR6, b"data"), p.TCP))
    c.add("forward", "echo request", _icmp(128, data=bytes(40)))
    for proto in (1, 2, 4, 41, 47, 50, 51, NONE, 89, 103, 112, 132, 135, 136, 139, 140, 253, 255):
        c.add("forward", f"next header {proto}", p.ip6(SRC, FAR6, bytes(24), proto))
    c.add("forward", "a header and nothing else", p.ip6(SRC, FAR6, b"", NONE))
    for ttl in (2, 3, 255):
        c.add("forward", f"hop limit {ttl}", _udp(ttl=ttl))
    for tos, label in ((0xb8, 0), (0xff, 0), (0, 1), (0, 0xfffff), (3, 0x12345)):
        c.add("forward", f"class {tos:#x} label {label:#x}", _udp(tos=tos, label=label))
    for pad in (1, 6, 300):
        c.add("forward", f"{pad} bytes behind the packet", _udp(size=2), pad=pad)
    c.add("forward", "broken UDP checksum", p.ip6(SRC, FAR6, p.udp(SRC, FAR6, b"x", check=1)))
    c.add("forward", "UDP header cut short", p.ip6(SRC, FAR6, b"\x0f\xa0\x13"))
    c.add("forward", "TCP header cut short", p.ip6(SRC, FAR6, b"\x0f\xa0\x13\x88\0", p.TCP))


# RFC 8200 4.2: option types whose two high bits say what an ignorant node does.
_HOP_OPTIONS = (
    ("pad1", b"\0" * 6), ("padN", b"\1\4" + bytes(4)), ("padN not zero", b"\1\4\1\2\3\4"),
    ("router alert", b"\5\2\0\0\1\0"), ("router alert odd length", b"\5\3\0\0\0\0"),
    ("unknown, skip", b"\x1e\4" + bytes(4)), ("unknown, discard", b"\x5e\4" + bytes(4)),
    ("unknown, discard and report", b"\x9e\4" + bytes(4)),
    ("unknown, report unless multicast", b"\xde\4" + bytes(4)),
    ("jumbo of no jumbo", b"\xc2\4\0\0\0\x20"), ("option beyond the header", b"\x1e\x40" + bytes(4)),
)
_FINE = ("pad1", "padN", "router alert", "unknown, skip")


def _extensions(c):
    for name, options in _HOP_OPTIONS:
        c.add("forward" if name in _FINE else "ip_options", f"hop-by-hop: {name}",
              _chain((HOP, options)))
        c.add("forward", f"destination options: {name}", _chain((DEST, options)))
    c.add(None, "hop-by-hop twice", _chain((HOP, b"\1\4" + bytes(4)), (HOP, b"\1\4" + bytes(4))))
    c.add("forward", "hop-by-hop behind destination options",
          _chain((DEST, b"\1\4" + bytes(4)), (HOP, b"\1\4" + bytes(4))))
    c.add(None, "hop-by-hop beyond the packet", p.ip6(SRC, FAR6, b"\x11\x20" + bytes(6), HOP))
    c.add(None, "hop-by-hop cut short", p.ip6(SRC, FAR6, b"\x11\x00\1", HOP))
    c.add(None, "hop-by-hop, hop limit 1", _chain((HOP, b"\1\4" + bytes(4)), ttl=1))
    for kind in (0, 2, 3, 4, 253):
        c.add("forward", f"routing header type {kind}",
              _chain((ROUTING, struct.pack(">BB4x", kind, 0))))
        c.add("forward", f"routing header type {kind}, one left",
              _chain((ROUTING, struct.pack(">BB4x", kind, 1) + p.addr(NARROW6))))
    for offset, more, name in ((0, 1, "first"), (185, 1, "middle"), (370, 0, "last"),
                               (0, 0, "atomic"), (8189, 0, "far last")):
        c.add("forward", f"{name} fragment",
              _chain(_fragment(offset, more), upper=(bytes(64), p.UDP)))
    c.add("forward", "fragment behind routing",
          _chain((ROUTING, bytes(6)), _fragment(0, 1), upper=(bytes(64), p.UDP)))
    c.add("forward", "destination options beyond the packet",
          p.ip6(SRC, FAR6, b"\x11\x20" + bytes(6), DEST))
    c.add("forward", "fragment header cut short", p.ip6(SRC, FAR6, bytes(5), FRAGMENT))
    c.add("forward", "long chain", _chain(*[(DEST, b"\1\4" + bytes(4))] * 20))
    c.add("forward", "authentication header", p.ip6(
        SRC, FAR6, struct.pack(">BBHII12x", p.UDP, 4, 0, 1, 1) + p.udp(SRC, FAR6, b"x"), 51))


def _too_big(c):
    for size in (1453, 1454, 3000, 8900):
        c.add("mtu", f"UDP of {size} bytes", _udp(size=size))
    c.add("mtu", "narrow", _udp(NARROW6, 1353))
    c.add("forward", "just fits", _udp(NARROW6, 1352))
    c.add("mtu", "later fragment", _chain(_fragment(100, 0), upper=(bytes(1600), p.UDP)))
    c.add("mtu", "first fragment", _chain(_fragment(0, 1), upper=(bytes(1600), p.UDP)))
    c.add("mtu", "echo request", _icmp(128, data=bytes(1500)))
    c.add("mtu", "an error", _icmp(1, data=_udp(size=1500)))
    c.add("ttl_expired", "too big, hop limit 1", _udp(size=1500, ttl=1))
    c.add("mtu", "from beyond another port", _udp(size=1500, src=NARROW6))
    c.add("forward", "bytes behind the packet do not count", _udp(size=1450), pad=200)


def _expired(c):
    for ttl in (0, 1):
        c.add("ttl_expired", f"hop limit {ttl}", _udp(ttl=ttl))
    for size in (0, 8, 1183, 1184, 1185, 1192, 1193, 1232, 1452, 4000):
        c.add("ttl_expired", f"hop limit 1, {size} bytes", _udp(size=size, ttl=1))
    c.add("ttl_expired", "hop limit 1, class and label", _udp(tos=0xb8, label=77, ttl=1))
    c.add("ttl_expired", "hop limit 1, bytes behind", _udp(size=4, ttl=1), pad=14)
    c.add("ttl_expired", "hop limit 1, TCP", p.ip6(SRC, FAR6, p.tcp(SRC, FAR6), p.TCP, ttl=1))
    c.add("ttl_expired", "hop limit 1, first fragment",
          _chain(_fragment(0, 1), upper=(bytes(64), p.UDP), ttl=1))
    c.add("ttl_expired", "hop limit 1, later fragment",
          _chain(_fragment(8, 1), upper=(bytes(64), p.UDP), ttl=1))
    c.add("ttl_expired", "hop limit 1, destination options",
          _chain((DEST, b"\1\4" + bytes(4)), ttl=1))
    c.add("no_route", "hop limit 1, no route", _udp(NOWHERE6, ttl=1))
    c.add("blackhole", "hop limit 1, blackhole", _udp(HOLE6, ttl=1))
    c.add("ttl_expired", "hop limit 1, back out", _udp(BACK6, ttl=1))
    c.add("ttl_expired", "hop limit 1, in by port 2", _udp(FAR6, src=H6[2], ttl=1), 2)
    c.add("ttl_expired", "hop limit 1, source beyond another port", _udp(src=NARROW6, ttl=1))
    c.add("ttl_expired", "hop limit 1, source without a route", _udp(src=NOWHERE6, ttl=1))
    for kind in (0, 1, 2, 3, 4, 100, 127, 128, 129, 130, 133, 134, 135, 136, 137, 143, 200, 255):
        c.add("ttl_expired", f"hop limit 1, ICMPv6 type {kind}", _icmp(kind, data=_udp(), ttl=1))
    c.add("ttl_expired", "hop limit 1, an error behind destination options",
          _chain((DEST, b"\1\4" + bytes(4)), upper=(p.icmp6(SRC, FAR6, 1, 0, 0, _udp()), p.ICMPV6),
                 ttl=1))
    c.add("ttl_expired", "hop limit 1, ICMPv6 without a type",
          p.ip6(SRC, FAR6, b"", p.ICMPV6, ttl=1))


def _unreachable(c):
    for size in (0, 100, 1184, 1452, 4000):
        c.add("no_route", f"no route, {size} bytes", _udp(NOWHERE6, size))
    c.add("no_route", "no route, later fragment",
          _chain(_fragment(8, 0), dst=NOWHERE6, upper=(bytes(64), p.UDP)))
    c.add("no_route", "no route, an error", _icmp(1, dst=NOWHERE6, data=_udp()))
    c.add("no_route", "no route, echo", _icmp(128, dst=NOWHERE6))
    c.add("blackhole", "blackhole", _udp(HOLE6))
    c.add(None, "unreachable", _udp(REFUSED6))
    c.add(None, "unreachable, an error", _icmp(3, dst=REFUSED6, data=_udp()))


def _martians(c):
    for src, verdict in (("::", "martian_source"), ("::1", "martian_source"),
                         ("ff02::1", "martian_source"), ("ff0e::1", "martian_source"),
                         ("fe80::1", "link_local"), ("fe80:1::1", None), ("fec0::1", None),
                         ("::ffff:192.0.2.9", None), ("::192.0.2.9", None),
                         ("64:ff9b::192.0.2.9", None), ("fc00::1", None), ("100::1", None),
                         (R6[0], None), (R6[1], None), ("2001:db8::", None)):
        c.add(verdict, f"source {src}", _udp(src=src))
        c.add(None, f"source {src}, hop limit 1", _udp(src=src, ttl=1))
        c.add(None, f"source {src}, no route", _udp(NOWHERE6, src=src))
    c.add("link_local", "source a link-local neighbour", _udp(src=LINK))
    c.add("ttl_expired", "source a link-local neighbour, hop limit 1", _udp(src=LINK, ttl=1))
    c.add("link_local", "source a link-local neighbour, no route", _udp(NOWHERE6, src=LINK))
    for dst, verdict in (("::", None), ("::1", "martian_destination"), ("fe80::99", "link_local"),
                         ("ff01::1", "multicast"), ("ff02::99", "multicast"),
                         ("ff05::2", "multicast"), ("ff0e::1", "multicast"), ("fec0::1", None),
                         ("::ffff:198.18.0.1", None), ("::198.18.0.1", None), ("fc00::1", None)):
        c.add(verdict, f"destination {dst}", _udp(dst))
        if verdict == "multicast":
            group = p.addr(dst)[-4:]
            c.add(verdict, f"destination {dst} by group MAC", _udp(dst),
                  dst_mac="33:33:" + group.hex(":"))
    c.add(None, "link-local to link-local elsewhere", _udp("fe80::99", src="fe80::98"))
    c.add(None, "subnet-router anycast", _icmp(128, dst="2001:db8::", data=b"any"))
    c.add(None, "subnet-router anycast, far port", _icmp(128, dst="2001:db8:1::", data=b"any"))
    c.add(None, "source and destination alike", _udp(FAR6, src=FAR6))


def _header(c):
    for version in (0, 4, 5, 7, 15):
        c.add("ip_version", f"version {version}", _udp(version=version), kind=p.ETH_IPV6)
    for more in (1, 1000, 65535 - 40):
        c.add("ip_length", f"payload length {more} beyond the frame", _udp(length=40 + more))
    c.add("forward", "payload length 0 with a payload", _udp(length=0))
    c.add("forward", "payload length 3", _udp(length=3))
    whole = _udp()
    for size in (0, 1, 7, 20, 39):
        c.add("frame_too_short", f"{size} bytes of IPv6", whole[:size], kind=p.ETH_IPV6)
    c.add("ip_length", "cut behind the header", whole[:40])
    c.add("ip_length", "cut by one", whole[:-1])


def _local(c):
    for size in (0, 1, 56, 1452, 4000, 8900):
        c.add("local", f"echo of {size} bytes", _icmp(128, dst=R6[0], data=bytes(size)))
    for dst in (R6[1], R6[2]):
        c.add("local", f"echo to {dst}", _icmp(128, dst=dst, data=b"x" * 8))
    for name, header in (("hop limit 1", {"ttl": 1}), ("hop limit 0", {"ttl": 0}),
                         ("class", {"tos": 0xb8}), ("label", {"label": 0x54321})):
        c.add("local", f"echo with {name}", _icmp(128, dst=R6[0], data=b"ping", **header))
    c.add("local", "echo, code 5", _icmp(128, 5, R6[0], data=b"ping"))
    c.add("local", "echo, wrong checksum", p.ip6(
        SRC, R6[0], p.icmp6(SRC, R6[0], 128, 0, 1, b"ping", check=9), p.ICMPV6))
    c.add("local", "echo, 7 bytes", p.ip6(SRC, R6[0], p.icmp6(SRC, R6[0], 128)[:7], p.ICMPV6))
    c.add("local", "echo, bytes behind the packet", _icmp(128, dst=R6[0], data=b"p"), pad=17)
    c.add("local", "echo reply", _icmp(129, dst=R6[0], data=b"pong"))
    for kind in (1, 2, 3, 4, 100, 127, 139, 144, 200, 255):
        c.add("local", f"ICMPv6 type {kind} to the router", _icmp(kind, dst=R6[0], data=_udp()))
    for size in (0, 100, 1300):
        c.add("local", f"UDP of {size} bytes to a closed port", p.ip6(
            SRC, R6[0], p.udp(SRC, R6[0], bytes(size), dport=33434)))
    c.add("local", "UDP to a closed port, hop limit 1",
          p.ip6(SRC, R6[0], p.udp(SRC, R6[0], b"x", dport=33434), ttl=1))
    c.add("local", "UDP to a closed port, wrong checksum",
          p.ip6(SRC, R6[0], p.udp(SRC, R6[0], b"x", check=3)))
    c.add("local", "UDP to a closed port, no checksum",
          p.ip6(SRC, R6[0], p.udp(SRC, R6[0], b"x", check=0)))
    for flags in (0x02, 0x10, 0x04, 0x11):
        c.add("local", f"TCP flags {flags:#x} to a closed port",
              p.ip6(SRC, R6[0], p.tcp(SRC, R6[0], flags=flags, seq=77, ack=99), p.TCP))
    for proto in (1, 2, 59, 89, 132, 253, 255):
        c.add("local", f"next header {proto} to the router", p.ip6(SRC, R6[0], bytes(24), proto))


def _local_extensions(c):
    echo = p.icmp6(SRC, R6[0], 128, 0, 1, b"ping"), p.ICMPV6
    for number, name in ((HOP, "hop-by-hop"), (DEST, "destination options")):
        for option, body in _HOP_OPTIONS:
            # The host looks at destination options once the packet is its own.
            fine = number == DEST or option in _FINE
            c.add("local" if fine else "ip_options", f"echo, {name}: {option}",
                  _chain((number, body), dst=R6[0], upper=echo))
    for kind in (0, 2, 4, 253):
        c.add("local", f"echo, routing type {kind}, none left",
              _chain((ROUTING, struct.pack(">BB4x", kind, 0)), dst=R6[0], upper=echo))
        c.add("local", f"echo, routing type {kind}, one left",
              _chain((ROUTING, struct.pack(">BB4x", kind, 1) + p.addr(FAR6)), dst=R6[0],
                     upper=echo))
    c.add("local", "echo, atomic fragment", _chain(_fragment(0, 0), dst=R6[0], upper=echo))


def _errors_about(c):
    # RFC 4443 2.4(e): no error about these, but for packet too big and one parameter problem.
    for name, mac in (("broadcast MAC", "ff:ff:ff:ff:ff:ff"), ("multicast MAC", "33:33:00:00:00:01")):
        for what, packet in (("hop limit 1", _udp(ttl=1)), ("no route", _udp(NOWHERE6)),
                             ("too big", _udp(size=1500)), ("fine", _udp())):
            c.add("link_broadcast", f"{name}, {what}", packet, dst_mac=mac)
        c.add(None, f"{name}, echo", _icmp(128, dst=R6[0], data=b"x"), dst_mac=mac)
    c.add(None, "IPv4 packet as IPv6", p.ip4(H4[0], H4[1], bytes(40), 253), kind=p.ETH_IPV6)
