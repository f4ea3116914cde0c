# SPDX-License-Identifier: BSD-3-Clause
"""What a router must do with a frame, from the RFCs and with Scapy, slow and apart from dstfwd's
code: forward it, with which bytes and by which port, or end it with which verdict.

Verdicts have the names of statistics. A packet with several faults ends with the first that a router
meets: link layer, IP header, addresses, options, route, TTL, MTU."""

import ipaddress
from dataclasses import dataclass

import scapy.config

scapy.config.conf.ipv6_enabled = False  # the reference asks the machine nothing
from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402

from .options import ipv4_options, ipv6_options  # noqa: E402
from .table import BLACKHOLE  # noqa: E402

MTU = 1500
IPV4, ARP, VLAN, IPV6 = 0x0800, 0x0806, 0x8100, 0x86dd
ICMPV6, HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS = 58, 0, 43, 44, 60


@dataclass(frozen=True)
class Decision:
    verdict: str  # "forward", or the name of a drop or of what took it
    port: int = -1
    frame: bytes = b""  # as it leaves; longer than the MTU: fragments of it leave


class Networks:
    """`address in Networks("10.0.0.0/8", "fe80::/10")`"""

    def __init__(self, *texts):
        self.networks = [ipaddress.ip_network(text) for text in texts]

    def __contains__(self, address):
        return any(address in network for network in self.networks)


THIS_OR_LOOPBACK4 = Networks("0.0.0.0/8", "127.0.0.0/8")  # RFC 1122 3.2.1.3
CLASS_D4, CLASS_E4 = Networks("224.0.0.0/4"), Networks("240.0.0.0/4")
NETWORKS = (ipaddress.IPv4Network, ipaddress.IPv6Network)
MULTICAST6 = Networks("ff00::/8")
LINK_LOCAL = Networks("169.254.0.0/16", "fe80::/10")
LOOPBACK6, UNSPECIFIED6 = ipaddress.ip_address("::1"), ipaddress.ip_address("::")


class Reference:
    """macs: the MAC addresses of the ports, by number."""

    def __init__(self, table, macs):
        self.table, self.macs = table, macs

    def decide(self, frame):
        """The end of a frame that arrives at a port which takes frames for any MAC."""
        if len(frame) < 14:
            return Decision("frame_too_short")
        kind, packet = int.from_bytes(frame[12:14], "big"), frame[14:]
        if kind == VLAN:
            if len(packet) < 4:
                return Decision("frame_too_short")
            vlan, kind = int.from_bytes(packet[:2], "big") & 0xfff, \
                int.from_bytes(packet[2:4], "big")
            packet = packet[4:]
            if vlan != 0:  # IEEE 802.1Q: VID 0 is a priority tag, the frame is untagged
                return Decision("unknown_vlan")
        to_group = bool(frame[0] & 1)
        if kind == IPV4:
            return self._ipv4(packet, to_group)
        if kind == IPV6:
            return self._ipv6(packet, to_group)
        return Decision("arp" if kind == ARP else "not_routed")

    def _ipv4(self, packet, to_group):
        fault = faulty_ipv4_header(packet)
        if fault:
            return Decision(fault)
        header = (packet[0] & 15) * 4
        packet = packet[:int.from_bytes(packet[2:4], "big")]  # what follows is padding
        ip = IP(packet[:header])
        source, target = ipaddress.ip_address(ip.src), ipaddress.ip_address(ip.dst)
        fault = martian_ipv4(source, target)
        if fault:
            return Decision(fault)
        if ipv4_options(packet[20:header]) is None:
            return Decision("ip_options")
        hop = self._hop(source, target, to_group, ip.ttl)
        if isinstance(hop, Decision):
            return hop
        port, mac = hop
        options = ipv4_options(packet[20:header], self._own_address(port, 4))
        if len(packet) > MTU and ip.flags.DF:
            return Decision("mtu")
        # Scapy sums the header anew; dstfwd updates the sum (RFC 1624).
        ip.ttl -= 1
        ip.options = []
        ip.ihl, ip.len = 5, 20
        fixed = bytes(ip)[:20]
        fixed = packet[:2] + packet[2:4] + fixed[4:10] + b"\0\0" + fixed[12:20] + options
        fixed = fixed[:10] + ones_complement_sum(fixed).to_bytes(2, "big") + fixed[12:]
        return self._forward(port, mac, IPV4, fixed + packet[header:])

    def _ipv6(self, packet, to_group):
        if len(packet) < 40:
            return Decision("frame_too_short")
        if packet[0] >> 4 != 6:
            return Decision("ip_version")
        ip = IPv6(packet[:40])
        if 40 + ip.plen > len(packet):
            return Decision("ip_length")
        packet = packet[:40 + ip.plen]
        source, target = ipaddress.ip_address(ip.src), ipaddress.ip_address(ip.dst)
        fault = ipv6_options(packet[40:]) if ip.nh == HOP_BY_HOP else None
        fault = fault or unroutable_ipv6(source, target, packet)
        if fault:
            return Decision(fault)
        hop = self._hop(source, target, to_group, ip.hlim)
        if isinstance(hop, Decision):
            return hop
        port, mac = hop
        if len(packet) > MTU:
            return Decision("mtu")
        ip.hlim -= 1
        return self._forward(port, mac, IPV6, bytes(ip)[:40] + packet[40:])

    def _hop(self, source, target, to_group, ttl):
        """(port, MAC) of the next hop, or how the packet ends without one."""
        if self.table.is_local(target):
            return Decision("local")
        if source == UNSPECIFIED6:  # RFC 4291 2.5.2
            return Decision("martian_source")
        if to_group:  # RFC 1812 5.3.4
            return Decision("link_broadcast")
        if target in LINK_LOCAL or source in LINK_LOCAL and (source.version == 4 or ttl > 1):
            return Decision("link_local")  # RFC 3927 2.7, RFC 4291 2.5.6
        if self.table.is_directed_broadcast(target):
            return Decision("multicast")
        via = target if target in self.table.neighbours else self.table.lookup(target)
        if via is None:
            return Decision("no_route")
        if via == BLACKHOLE:
            return Decision("blackhole")
        if ttl <= 1:
            return Decision("ttl_expired")
        if isinstance(via, NETWORKS):
            return Decision("no_neighbour")  # connected, and nobody answers
        return self.table.neighbours[via]

    def _own_address(self, port, version):
        return next(a for a in self.table.local if a.version == version and any(
            a in network for network, number in self.table.subnets
            if number == port and network.version == version))

    def _forward(self, port, mac, kind, packet):
        return Decision("forward", port, mac + self.macs[port] + kind.to_bytes(2, "big") + packet)


def ones_complement_sum(header):
    total = sum(int.from_bytes(header[i:i + 2], "big") for i in range(0, len(header), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def faulty_ipv4_header(packet):
    """RFC 1812 5.2.2, in its order but for the length of what is there at all."""
    if len(packet) < 20:
        return "frame_too_short"
    if packet[0] >> 4 != 4:
        return "ip_version"
    header, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4], "big")
    if header < 20 or header > len(packet):
        return "ip_header_length"
    if total < header or total > len(packet):
        return "ip_length"
    if ones_complement_sum(packet[:header]) != 0:
        return "ip_checksum"
    return None


def martian_ipv4(source, target):
    """RFC 1812 5.3.7 and 4.2.2.11."""
    if source in CLASS_D4 or source in CLASS_E4 or source in THIS_OR_LOOPBACK4:
        return "martian_source"
    if target in CLASS_D4 or target == ipaddress.ip_address("255.255.255.255"):
        return "multicast"
    if target in CLASS_E4 or target in THIS_OR_LOOPBACK4:
        return "martian_destination"
    return None


def upper_protocol(packet):
    """The protocol behind IPv6's extension headers (RFC 8200 4)."""
    kind, at = packet[6], 40
    while kind in (HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS, FRAGMENT) and at + 8 <= len(packet):
        if kind == FRAGMENT and int.from_bytes(packet[at + 2:at + 4], "big") >> 3:
            break
        step = 8 if kind == FRAGMENT else (packet[at + 1] + 1) * 8
        kind, at = packet[at], at + step
    return kind


def unroutable_ipv6(source, target, packet):
    """RFC 4291 2.5.2, 2.5.3, 2.7; RFC 4861 for what is of link scope."""
    if target in MULTICAST6:
        if packet[25] & 15 <= 2 and upper_protocol(packet) == ICMPV6:
            return "nd"
        good = source not in MULTICAST6 and source not in (LOOPBACK6, UNSPECIFIED6)
        return "multicast" if good else "martian_source"
    if source in MULTICAST6 or source == LOOPBACK6:
        return "martian_source"
    return "martian_destination" if target in (LOOPBACK6, UNSPECIFIED6) else None
