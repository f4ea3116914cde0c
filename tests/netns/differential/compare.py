# SPDX-License-Identifier: BSD-3-Clause
"""What came out of two routers, made comparable: only what no RFC fixes is masked."""

import struct

from lib import packets as p
from lib.plan import own_addresses

MLD_TYPES = (131, 132, 143)
ERRORS = (3, 4, 5, 11, 12)  # ICMP types that quote a packet


class Normalizer:
    """Masks, after checking that checksums are right, in frames that the router under test made:
    the IPv4 identification; in forwarded ones, the times in a timestamp option (RFC 781). Keeps out
    what a router says when its timers say so: announcements, MLD reports, repeated attempts to resolve
    an address, probes of neighbours that it knows, and what it has to say of fragments whose others
    did not come."""

    def __init__(self, plan):
        self.own = own_addresses(plan)
        self.wanted = set()

    def outputs(self, found):
        """[(port, frame)] as a sorted list of (port, made here?, frame), order kept within each."""
        kept = []
        for port, frame in found:
            view = p.View(frame)
            if not self._background(view):
                kept.append((port, view.src in self.own, self._masked(view)))
        return sorted(kept, key=lambda one: one[:2])

    def _background(self, view):
        if announcement(view):
            return True
        target = solicitation(view)
        if target:
            if not view.dst_mac[0] & 1:  # RFC 4861 7.3.3, RFC 1122 2.3.2.1: a probe
                return True
            known = target in self.wanted
            self.wanted.add(target)
            return known
        if view.proto == 0 and view.version == 6 and len(view.payload) > 8:
            return view.payload[0] == p.ICMPV6 and view.payload[8] in MLD_TYPES
        if view.icmp == ((11, 1) if view.version == 4 else (3, 1)) and view.src in self.own:
            return True  # fragments have waited long enough (tests/fwd/slow_path_rfc_test.cc)
        # Unreachable at last: the neighbour that was asked for did not answer.
        if view.icmp in ((3, 1), (1, 3)) and view.src in self.own:
            inner = view.payload[8:]
            quoted = inner[24:40] if view.version == 6 else inner[16:20]
            return quoted in self.wanted
        return False

    def _masked(self, view):
        if view.src is None:
            return view.frame
        at = len(view.frame) - len(view.l3)
        frame = bytearray(view.frame)
        if view.version == 4 and view.header >= 20:
            if p.checksum(view.l3[:view.header]) != 0:
                return bytes(frame) + b" bad IPv4 checksum"
            self._mask4(frame, at, view)
        if view.src in self.own and view.icmp and not self._icmp_sound(view):
            return bytes(frame) + b" bad ICMP checksum"
        return bytes(frame)

    def _mask4(self, frame, at, view):
        times = self._mask_times(frame, at, view.options)
        if view.src in self.own:
            inner = at + view.header + 8  # an error quotes the header with the times in it
            if view.icmp and view.icmp[0] in ERRORS and len(frame) >= inner + 20:
                size = (frame[inner] & 15) * 4
                if self._mask_times(frame, inner, bytes(frame[inner + 20:inner + size])):
                    frame[inner + 10:inner + 12] = bytes(2)
                    frame[inner - 6:inner - 4] = bytes(2)
            frame[at + 4:at + 6] = bytes(2)
            if view.icmp and view.icmp[0] == 14:
                frame[at + view.header + 2:at + view.header + 4] = bytes(2)
                frame[at + view.header + 12:at + view.header + 20] = bytes(8)
        if times or view.src in self.own:
            frame[at + 10:at + 12] = bytes(2)

    @staticmethod
    def _mask_times(frame, at, options):
        times = timestamps(options)
        for offset in times:
            frame[at + 20 + offset:at + 24 + offset] = bytes(4)
        return times

    @staticmethod
    def _icmp_sound(view):
        if view.fragment & 0x3fff:
            return True
        fake = p.pseudo(view.src, view.dst, p.ICMPV6, len(view.payload)) if view.version == 6 else b""
        return p.checksum(fake + view.payload) == 0


def solicitation(view):
    """The address that an ARP request or a neighbour solicitation asks for, or None."""
    if view.ether_type == p.ETH_ARP and view.l3[6:8] == b"\0\1":
        return view.l3[24:28]
    if view.icmp == (135, 0) and view.version == 6:
        return view.payload[8:24]
    return None


def announcement(view):
    """A router's word about its own address: ARP for it (RFC 5227 2), duplicate detection (RFC 4862
    5.4.2), an advertisement to all nodes."""
    if view.ether_type == p.ETH_ARP:
        return view.l3[14:18] in (view.l3[24:28], bytes(4))
    if view.icmp == (135, 0) and view.version == 6:
        return view.src == bytes(16)
    return view.icmp == (136, 0) and view.version == 6 and view.dst == p.addr("ff02::1")


def timestamps(options):
    """Offsets in `options` of times that were filled in (RFC 791, internet timestamp)."""
    at, found = 0, []
    while at + 1 < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        kind, length = options[at], options[at + 1]
        if length < 2:
            break
        if kind == 0x44 and length >= 4 and at + length <= len(options):
            pointer, flag = options[at + 2], options[at + 3] & 15
            step = 4 if flag == 0 else 8
            found += [at + 4 + n + step - 4 for n in range(0, length - 4 - step + 1, step)
                      if 4 + n + step < pointer]
        at += length
    return found


def kinds(outputs):
    """What the outputs are, in words: "forwarded", "fragment", "ICMP 3/4", "ARP 2"..."""
    for _, own, frame in outputs:
        view = p.View(frame)
        if view.ether_type == p.ETH_ARP:
            yield f"ARP {view.l3[7]}"
        elif not own:
            yield "fragment" if view.version == 4 and view.fragment & 0x3fff else "forwarded"
        elif view.icmp:
            yield f"ICMP{'v6' if view.version == 6 else ''} {view.icmp[0]}/{view.icmp[1]}"
        else:
            yield f"protocol {view.proto}"


# What Linux must have sent, or the set does not test what it is for.
EXPECTED = {
    "generated": {"forwarded", "fragment", "ARP 1", "ARP 2", "protocol 6", "ICMP 0/0", "ICMP 3/0",
                  "ICMP 3/1", "ICMP 3/2", "ICMP 3/3", "ICMP 3/4", "ICMP 11/0", "ICMP 12/0",
                  "ICMPv6 1/0", "ICMPv6 1/2", "ICMPv6 1/4", "ICMPv6 2/0",
                  "ICMPv6 3/0", "ICMPv6 4/0", "ICMPv6 4/1", "ICMPv6 4/2", "ICMPv6 129/0",
                  "ICMPv6 136/0", "ICMPv6 135/0"},
    "tagged": {"forwarded", "fragment", "ICMP 3/4", "ICMP 11/0", "ICMPv6 2/0", "ICMPv6 3/0",
               "ARP 2", "ICMPv6 136/0"},
    "mutants": {"forwarded", "fragment", "ICMP 3/0", "ICMP 3/4", "ICMP 11/0", "ICMPv6 1/0",
                "ICMPv6 2/0", "ICMPv6 3/0"},
    "captures": {"forwarded"},
}


def show(outputs):
    """Outputs for people."""
    lines = [f"    port {port}{' (its own)' if own else ''}: {p.View(frame)} [{len(frame)}]"
             for port, own, frame in outputs]
    return "\n".join(lines) or "    nothing"


def pcap(frames):
    """Frames as a capture file's contents, to look at with tcpdump."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
    for n, frame in enumerate(frames):
        out += struct.pack("<IIII", n, 0, len(frame), len(frame)) + frame
    return out
