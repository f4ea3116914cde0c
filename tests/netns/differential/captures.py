# SPDX-License-Identifier: BSD-3-Clause
"""Captures as input: every frame of every file that is Ethernet or holds IP, with its MACs changed
so that the router takes it. pcap by struct; what it cannot read it names and leaves out."""

import glob
import os
import struct

from lib import packets as p
from .case import Case
from .setting import H, MTU, R

LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_SLL = 1, (12, 14, 101, 228, 229), 0, 113
_MAGIC = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
          b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}


def read(path):
    """Yields (link type, frame) of a pcap file. Raises ValueError for another format."""
    with open(path, "rb") as f:
        data = f.read()
    order = _MAGIC.get(data[:4])
    if order is None:
        raise ValueError("not a pcap file")
    link = struct.unpack(order + "I", data[20:24])[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        if size > 262144 or at + 16 + size > len(data):
            return
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def ethernet(link, frame):
    """The frame as Ethernet from host 0 to the router; None when there is no IP to be had."""
    if link == LINK_ETHERNET:
        group = len(frame) > 0 and frame[0] & 1
        return (frame[:6] if group else p.mac(R[0])) + p.mac(H[0]) + frame[12:]
    if link == LINK_NULL:
        frame = frame[4:]
    elif link == LINK_SLL:
        return p.mac(R[0]) + p.mac(H[0]) + frame[14:]
    elif link not in LINK_RAW:
        return None
    kind = {4: p.ETH_IPV4, 6: p.ETH_IPV6}.get(frame[0] >> 4 if frame else 0)
    return p.mac(R[0]) + p.mac(H[0]) + struct.pack(">H", kind) + frame if kind else None


def cases(folder):
    """All usable frames under `folder`, in order; says what is left out."""
    found, left_out = [], 0
    for path in sorted(glob.glob(os.path.join(folder, "*.pcap"))):
        name = os.path.basename(path)
        try:
            for number, (link, frame) in enumerate(read(path), 1):
                frame = ethernet(link, frame)
                if frame is None or not 14 <= len(frame) <= MTU[0] + 14:
                    left_out += 1
                else:
                    found.append(Case(f"{name} {number}", frame))
        except ValueError as error:
            print(f"left out {name}: {error}")
    print(f"{len(found)} frames from {folder}, {left_out} left out (no Ethernet or IP, or too long)")
    return found
