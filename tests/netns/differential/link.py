# SPDX-License-Identifier: BSD-3-Clause
"""The generated set for the link: Ethernet, 802.1Q, ARP (RFC 826), neighbour discovery (RFC 4861)."""

import struct

from lib import packets as p
from lib.plan import link_local
from .case import Cases
from .setting import FAR4, FAR6, H, H4, H6, OTHER_MAC, R, R4, R6

BROADCAST, NOBODY = "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"
SRC4, SRC6 = H4[0], H6[0]
LINK = str(link_local(H[0]))
ROUTER_LINK = str(link_local(R[0]))


def _fine(family=4):
    if family == 4:
        return p.ip4(SRC4, FAR4, p.udp(SRC4, FAR4, b"fine"))
    return p.ip6(SRC6, FAR6, p.udp(SRC6, FAR6, b"fine"))


def solicited(address):
    """RFC 4291 2.7.1: the group of an address and its MAC (RFC 2464 7)."""
    low = p.addr(address)[-3:]
    return p.addr("ff02::1:ff00:0")[:-3] + low, "33:33:ff:" + low.hex(":")


def cases():
    c = Cases()
    for part in (_frames, _vlans, _arp, _solicitations, _other_nd):
        part(c)
    return c


def _frames(c):
    for family in (4, 6):
        c.add("foreign_mac", f"IPv{family} to another station", _fine(family), dst_mac=OTHER_MAC)
        c.add("foreign_mac", f"IPv{family} to our other port's MAC", _fine(family), dst_mac=R[1])
        c.add("forward", f"IPv{family} from an unknown station", _fine(family), src_mac=OTHER_MAC)
        c.add("forward", f"IPv{family} from our own MAC", _fine(family), src_mac=R[0])
        c.add("forward", f"IPv{family} from a group MAC", _fine(family),
              src_mac="01:00:5e:00:00:01")
    for kind in (0x0000, 0x002e, 0x05dc, 0x0600, 0x0805, 0x6003, 0x8035, 0x8137, 0x8847, 0x8863,
                 0x8864, 0x888e, 0x88cc, 0x88f7, 0x9000, 0xffff):
        c.add("not_routed", f"EtherType {kind:#06x}", _fine(), kind=kind)
    c.add("not_routed", "spanning tree", b"\x42\x42\x03" + bytes(35), kind=38,
          dst_mac="01:80:c2:00:00:00")
    c.add(None, "no EtherType's payload", b"", kind=0x9000)
    c.add("frame_too_short", "Ethernet header with EtherType IPv4 only", b"", kind=p.ETH_IPV4)


def _vlans(c):
    for family in (4, 6):
        frame = p.eth(R[0], H[0], p.ETH_IPV4 if family == 4 else p.ETH_IPV6, _fine(family))
        c.raw("unknown_vlan", f"IPv{family} in VLAN 100", p.tagged(frame, 100))
        c.raw("unknown_vlan", f"IPv{family} in VLAN 4095", p.tagged(frame, 4095))
        c.raw("forward", f"IPv{family} with a priority only", p.tagged(frame, 5 << 13))
        c.raw(None, f"IPv{family} with DEI only", p.tagged(frame, 1 << 12))
        c.raw(None, f"IPv{family} in QinQ", p.tagged(frame, (0x88a8, 100), 200))
        c.raw(None, f"IPv{family} in two tags", p.tagged(frame, 100, 200))
        c.raw(None, f"IPv{family} with two priorities", p.tagged(frame, 0, 0))
        c.raw(None, f"IPv{family} with a service tag of 0", p.tagged(frame, (0x88a8, 0)))
    frame = p.eth(R[0], H[0], p.ETH_IPV4, _fine())
    c.raw("unseen", "tag cut short", frame[:12] + b"\x81\x00\x00")
    c.raw("unseen", "tag without a payload", frame[:12] + b"\x81\x00\x00\x00\x08\x00")
    c.raw(None, "ARP in VLAN 100", p.tagged(p.eth(BROADCAST, H[0], p.ETH_ARP, p.arp(
        1, H[0], SRC4, NOBODY, R4[0])), 100))


def _arp(c):
    def ask(name, packet, dst_mac=BROADCAST, port=0, verdict="arp", pad=0):
        c.add(verdict, f"ARP {name}", packet, port, dst_mac=dst_mac, kind=p.ETH_ARP, pad=pad)

    ask("request", p.arp(1, H[0], SRC4, NOBODY, R4[0]))
    ask("request, padded", p.arp(1, H[0], SRC4, NOBODY, R4[0]), pad=18)
    ask("request by unicast", p.arp(1, H[0], SRC4, R[0], R4[0]), R[0])
    ask("request, in by port 1", p.arp(1, H[1], H4[1], NOBODY, R4[1]), port=1)
    ask("request for the address of another port", p.arp(1, H[0], SRC4, NOBODY, R4[1]))
    ask("request for a neighbour's address", p.arp(1, H[0], SRC4, NOBODY, "192.0.2.77"))
    ask("request for a routed address", p.arp(1, H[0], SRC4, NOBODY, FAR4))
    ask("probe (RFC 5227)", p.arp(1, H[0], "0.0.0.0", NOBODY, R4[0]))
    ask("probe for another", p.arp(1, H[0], "0.0.0.0", NOBODY, "192.0.2.77"))
    ask("request from a foreign network", p.arp(1, H[0], "100.64.0.9", NOBODY, R4[0]))
    ask("request from the router's own address", p.arp(1, OTHER_MAC, R4[0], NOBODY, R4[0]))
    ask("request from 127.0.0.1", p.arp(1, H[0], "127.0.0.1", NOBODY, R4[0]))
    ask("request from a multicast address", p.arp(1, H[0], "224.0.0.1", NOBODY, R4[0]))
    ask("request from a broadcast address", p.arp(1, H[0], "192.0.2.255", NOBODY, R4[0]))
    ask("request for a multicast address", p.arp(1, H[0], SRC4, NOBODY, "224.0.0.1"))
    ask("request for 255.255.255.255", p.arp(1, H[0], SRC4, NOBODY, "255.255.255.255"))
    ask("request for 127.0.0.1", p.arp(1, H[0], SRC4, NOBODY, "127.0.0.1"))
    ask("request, sender's MAC not the frame's", p.arp(1, OTHER_MAC, SRC4, NOBODY, R4[0]))
    ask("request to another station's MAC", p.arp(1, H[0], SRC4, NOBODY, R4[0]), OTHER_MAC,
        verdict="foreign_mac")
    for name, change in (("hardware type 6", {"hardware": 6}), ("protocol 0x0801", {"proto": 0x801}),
                         ("hardware length 8", {"hlen": 8}), ("protocol length 6", {"plen": 6})):
        ask(name, p.arp(1, H[0], SRC4, NOBODY, R4[0], **change))
    for op in (0, 3, 8, 9, 255):
        ask(f"operation {op}", p.arp(op, H[0], SRC4, NOBODY, R4[0]))
    for size in (0, 7, 8, 27):
        ask(f"of {size} bytes", p.arp(1, H[0], SRC4, NOBODY, R4[0])[:size], verdict=None)
    ask("reply nobody asked for", p.arp(2, H[0], SRC4, R[0], R4[0]), R[0])
    ask("gratuitous reply", p.arp(2, H[0], SRC4, H[0], SRC4))
    ask("gratuitous request", p.arp(1, H[0], SRC4, NOBODY, SRC4))


def _nd(src, dst, kind, body, options=b"", ttl=255, code=0, check=None):
    """body: the four bytes behind the checksum, then the rest."""
    message = struct.pack(">BBH", kind, code, 0) + body + options
    if check is None:
        check = p.checksum(p.pseudo(src, dst, p.ICMPV6, len(message)) + message)
    return p.ip6(src, dst, message[:2] + struct.pack(">H", check) + message[4:], p.ICMPV6, ttl=ttl)


def _solicitations(c):
    group, group_mac = solicited(R6[0])
    own = p.nd_option(1, H[0])

    def ask(name, target=R6[0], src=SRC6, dst=None, options=own, mac=None, verdict="nd", **kw):
        there = group if dst is None else dst
        c.add(verdict, f"NS {name}",
              _nd(src, there, 135, bytes(4) + p.addr(target), options, **kw),
              dst_mac=mac or (group_mac if dst is None else R[0]))

    ask("for our address")
    ask("by unicast", dst=R6[0])
    ask("by unicast without the option", dst=R6[0], options=b"")
    ask("without the option", options=b"")
    ask("from a link-local address", src=LINK)
    ask("for our link-local address", ROUTER_LINK, LINK, *solicited(ROUTER_LINK)[:1],
        mac=solicited(ROUTER_LINK)[1])
    ask("for another port's address", R6[1], dst=solicited(R6[1])[0], mac=solicited(R6[1])[1])
    ask("for a neighbour", "2001:db8::77", dst=solicited("2001:db8::77")[0],
        mac=solicited("2001:db8::77")[1])
    ask("from nowhere (duplicate detection)", src="::", options=b"")
    ask("from nowhere with the option", src="::")
    ask("from nowhere by unicast", src="::", options=b"", dst=R6[0])
    ask("with hop limit 254", ttl=254)
    ask("with hop limit 64", ttl=64)
    ask("with code 1", code=1)
    ask("with a wrong checksum", check=5)
    ask("for a multicast target", "ff02::1")
    ask("with an option of length 0", options=b"\x01\x00" + bytes(6))
    ask("with an option beyond the packet", options=b"\x01\x02" + bytes(6))
    ask("with an unknown option before", options=b"\x1e\x01" + bytes(6) + own)
    ask("with a nonce (RFC 3971)", options=own + b"\x0e\x01\1\2\3\4\5\6")
    ask("from a foreign network", src="2001:db8:77::1")
    ask("from our own address", src=R6[0])
    ask("from a multicast address", src="ff02::1")
    c.add("nd", "NS of 23 bytes", _short_ns(group, own), dst_mac=group_mac)


def _short_ns(group, own):
    whole = _nd(SRC6, group, 135, bytes(4) + p.addr(R6[0]), own)
    return p.ip6(SRC6, group, whole[40:63], p.ICMPV6, ttl=255)


def _other_nd(c):
    all_nodes, all_routers = "ff02::1", "ff02::2"
    target = p.nd_option(2, H[0])
    c.add("nd", "NA nobody asked for", _nd(SRC6, R6[0], 136, b"\x60\0\0\0" + p.addr(SRC6), target))
    c.add("nd", "NA to all nodes", _nd(SRC6, all_nodes, 136, b"\x20\0\0\0" + p.addr(SRC6), target),
          dst_mac="33:33:00:00:00:01")
    c.add("nd", "NA hop limit 254",
          _nd(SRC6, R6[0], 136, b"\x60\0\0\0" + p.addr(SRC6), target, ttl=254))
    c.add("nd", "RS", _nd(LINK, all_routers, 133, bytes(4), p.nd_option(1, H[0])),
          dst_mac="33:33:00:00:00:02")
    c.add("nd", "RA from another router",
          _nd(LINK, all_nodes, 134, b"\x40\0\x07\x08" + bytes(8)), dst_mac="33:33:00:00:00:01")
    c.add(None, "redirect to the router",
          _nd(LINK, R6[0], 137, bytes(4) + p.addr(H6[0]) + p.addr(FAR6)))
    c.add(None, "echo to all nodes", _nd(SRC6, all_nodes, 128, bytes(4), b"hello"),
          dst_mac="33:33:00:00:00:01")
    c.add(None, "echo to all routers", _nd(SRC6, all_routers, 128, bytes(4), b"hello"),
          dst_mac="33:33:00:00:00:02")
    c.add(None, "echo from link-local to all nodes", _nd(LINK, all_nodes, 128, bytes(4), b"hello"),
          dst_mac="33:33:00:00:00:01")
    c.add(None, "echo to our link-local address",
          _nd(LINK, ROUTER_LINK, 128, bytes(4), b"hello", ttl=64))
    c.add(None, "echo from link-local to our global address",
          _nd(LINK, R6[0], 128, bytes(4), b"hello", ttl=64))
    c.add(None, "MLD query", p.ip6(LINK, all_nodes, b"\x3a\0\5\2\0\0\1\0" + p.icmp6(
        LINK, all_nodes, 130, 0, 0x03e80000, bytes(16)), 0, ttl=1), dst_mac="33:33:00:00:00:01")
    c.add(None, "MLDv2 report", p.ip6(LINK, "ff02::16", b"\x3a\0\5\2\0\0\1\0" + p.icmp6(
        LINK, "ff02::16", 143, 0, 0), 0, ttl=1), dst_mac="33:33:00:00:00:16")
