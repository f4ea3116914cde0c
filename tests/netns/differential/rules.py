# SPDX-License-Identifier: BSD-3-Clause
"""The listed differences from Linux. Each rule has its section in docs/differences-from-linux.md
("## rule-name: ...") and says, for one input and both outputs, whether it is the explanation. A rule
looks at what the packets are, never at a case's name or number, and still checks what came out.

Outputs are [(port, made by the router?, frame)], see compare.Normalizer."""

import ipaddress

from lib import packets as p
from . import shapes
from .compare import timestamps

RULES = {}


def rule(function):
    """Registers function(view of the input, linux outputs, subject outputs, own addresses)."""
    RULES[function.__name__.replace("_", "-")] = function
    return function


def explain(view, linux, subject, own):
    """The name of the rule that explains the difference, or None."""
    for name, applies in RULES.items():
        if applies(view, linux, subject, own):
            return name
    return None


def _within(address, *blocks):
    if address is None:
        return False
    address = ipaddress.ip_address(address)
    return any(address in ipaddress.ip_network(block) for block in blocks
               if (":" in block) == (address.version == 6))


@rule
def martian_source(view, _linux, subject, _own):
    """Linux sends an unspecified IPv6 source back by the port it came from."""
    return not subject and _within(view.src, "0.0.0.0/8", "240.0.0.0/4", "::/128")


@rule
def martian_destination(view, _linux, subject, _own):
    return not subject and _within(view.dst, "0.0.0.0/8", "240.0.0.0/4", "::/128")


@rule
def link_local_ipv4(view, _linux, subject, _own):
    return not subject and (_within(view.src, "169.254.0.0/16")
                            or _within(view.dst, "169.254.0.0/16"))


@rule
def link_local_destination(view, linux, subject, _own):
    """Linux looks for the neighbour on the link that the packet came from and tells the source of
    it, as often as its rate limit lets it, or counts it a hop."""
    asked = [p.View(frame) for _, _, frame in linux]
    return (not subject and _within(view.dst, "fe80::/10")
            and all(one.icmp in ((135, 0), (137, 0)) or (one.icmp == (3, 0) and view.ttl == 1)
                    for one in asked))


@rule
def echo_other_link(view, linux, subject, own):
    """An echo request to a group or an anycast address, and the way back is not the way it came."""
    return (view.icmp == (128, 0) and not linux
            and (view.dst[0] == 0xff or _is_subnet_router(view.dst, own))
            and shapes.is_single(subject, own)
            and p.View(subject[0][2]).icmp == (129, 0)
            and p.View(subject[0][2]).dst == view.src)


@rule
def option_to_group(view, linux, subject, own):
    return (view.version == 6 and view.dst[0] == 0xff and not subject
            and shapes.is_error(view, linux, own) and p.View(linux[0][2]).icmp == (4, 2))


@rule
def own_source(view, linux, subject, own):
    return (view.src in own and view.version == 4 and not linux
            and (shapes.is_rewrite(view, subject) or shapes.is_fragmented(view, subject)))


@rule
def router_discovery(view, linux, subject, own):
    return (view.version == 4 and view.icmp and view.icmp[0] in (9, 10) and not linux
            and shapes.is_error(view, subject, own))


@rule
def icmpv6_redirect(view, linux, subject, own):
    return (view.version == 6 and view.icmp and view.icmp[0] == 137 and not subject
            and shapes.is_error(view, linux, own))


@rule
def fragment_options(view, linux, subject, _own):
    """Later fragments without the options that are for the first one only, or with padding."""
    if not view.options or len(linux) < 2 or len(linux) != len(subject):
        return False
    return (shapes.reassembled(view, linux) is not None
            and shapes.reassembled(view, linux) == shapes.reassembled(view, subject))


@rule
def options_in_errors(view, linux, subject, own):
    """Linux answers with the packet's options, and quotes them as it has changed them."""
    if not view.options or not all(shapes.is_single(outputs, own)
                                   and p.View(outputs[0][2]).icmp
                                   and p.View(outputs[0][2]).icmp[0] in (3, 11, 12)
                                   for outputs in (linux, subject)):
        return False
    return shapes.without_options(linux[0]) == shapes.without_options(subject[0])


@rule
def timestamp_address(view, linux, subject, own):
    """Linux records the address of the interface that the packet came by."""
    if not any(timestamps(p.View(frame).options) for _, _, frame in linux):
        return False
    plain = [[(port, made, shapes.blank_options(frame)) for port, made, frame in outputs]
             for outputs in (linux, subject)]
    return plain[0] == plain[1] and shapes.added_addresses(view, subject) <= own


@rule
def cipso(view, linux, subject, own):
    """Linux refuses labels that nobody has configured."""
    return (shapes.has_option(view, 134) and (not linux or shapes.is_error(view, linux, own))
            and (shapes.is_rewrite(view, subject) or shapes.is_single(subject, own)))


@rule
def routing_header_4(view, linux, subject, own):
    """Linux drops segment routing that is not configured; RFC 8200 4.4 treats it as unknown."""
    return (view.version == 6 and 43 in shapes.extension_headers(view, 4) and not linux
            and shapes.is_single(subject, own))


@rule
def nested_tags(view, _linux, subject, _own):
    return not subject and (len(view.tags) > 1 or any(kind == 0x88a8 for kind, _ in view.tags))


@rule
def arp_other_link(view, linux, subject, own):
    return (view.ether_type == p.ETH_ARP and view.l3[:2] == b"\0\1" and not subject
            and view.l3[24:28] in own
            and [p.View(frame).l3[6:8] for _, _, frame in linux] == [b"\0\2"])


@rule
def arp_hardware_type(view, linux, subject, _own):
    return (view.ether_type == p.ETH_ARP and not subject and view.l3[:2] == b"\0\6"
            and len(linux) == 1)


@rule
def advertisement_to_one(view, linux, subject, own):
    """The answer to a solicitation by unicast: RFC 4861 7.2.4 lets the option be left out."""
    if view.icmp != (135, 0) or view.dst[0] == 0xff:
        return False
    answers = [p.View(outputs[0][2]) if shapes.is_single(outputs, own) else None
               for outputs in (linux, subject)]
    return all(one and one.icmp == (136, 0) and one.payload[8:24] == view.payload[8:24]
               and one.payload[4] & 0xc0 == 0xc0 for one in answers)


@rule
def solicitation_from_us(view, _linux, subject, own):
    return view.icmp == (135, 0) and view.src in own and not subject


@rule
def error_to_broadcast(view, linux, subject, own):
    """Linux tells a source that is a broadcast address of a link of its own."""
    return (view.version == 4 and not subject and shapes.is_error(view, linux, own)
            and linux[0][2][:6] == b"\xff" * 6)


@rule
def anycast_source(view, linux, subject, own):
    """Linux speaks as the anycast address that it was spoken to by."""
    if view.version != 6 or len(linux) != 1 or not shapes.is_single(subject, own):
        return False
    theirs, ours = p.View(linux[0][2]), p.View(subject[0][2])
    return (theirs.src == view.dst and _is_subnet_router(view.dst, own)
            and (theirs.dst, theirs.icmp, theirs.payload[4:]) ==
            (ours.dst, ours.icmp, ours.payload[4:]))


def _is_subnet_router(address, own):
    """RFC 4291 2.6.1, for the /64 prefixes of the settings."""
    return address[8:] == bytes(8) and any(len(a) == 16 and a[:8] == address[:8] for a in own)


@rule
def reserved_flag(view, linux, subject, _own):
    """RFC 791's reserved bit in the fragments of a packet that has it set."""
    return (view.version == 4 and view.fragment & 0x8000 and len(linux) > 1
            and len(linux) == len(subject)
            and shapes.reassembled(view, linux) is not None
            and shapes.reassembled(view, linux) == shapes.reassembled(view, subject))


@rule
def behind_end_of_options(view, linux, subject, _own):
    """Linux clears what lies behind the end-of-list option."""
    if not view.options or not linux:
        return False
    return ([(port, made, shapes.end_options(frame)) for port, made, frame in linux]
            == [(port, made, shapes.end_options(frame)) for port, made, frame in subject])


@rule
def redirects(view, linux, subject, _own):
    """Linux tells an IPv6 source of a better way, as often as its rate limit lets it."""
    others = [one for one in linux if p.View(one[2]).icmp != (137, 0)]
    return view.version == 6 and len(others) < len(linux) and others == subject
