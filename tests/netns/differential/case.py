# SPDX-License-Identifier: BSD-3-Clause
"""One packet to be judged: its frame, the port it comes in by, and the verdict that dstfwd owes it."""

from dataclasses import dataclass

from lib import packets as p
from .setting import H, R


@dataclass
class Case:
    """verdict: a name of fwd/verdict.h's kVerdictNames; "unseen" where the kernel keeps the frame
    from a packet socket; None where only the output matters."""
    name: str
    frame: bytes
    verdict: str = None
    port: int = 0


class Cases(list):
    """Collects cases; add() wraps a packet into a frame for the router."""

    def add(self, verdict, name, packet, port=0, dst_mac=None, src_mac=None, kind=None, pad=0):
        if kind is None:
            kind = p.ETH_IPV6 if packet[:1] and packet[0] >> 4 == 6 else p.ETH_IPV4
        frame = p.eth(dst_mac or R[port], src_mac or H[port], kind, packet + bytes(pad))
        self.append(Case(name, frame, verdict, port))

    def raw(self, verdict, name, frame, port=0):
        self.append(Case(name, frame, verdict, port))
