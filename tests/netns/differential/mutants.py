# SPDX-License-Identifier: BSD-3-Clause
"""Random packets, the same ones for the same seed: cases of the generated set with some header
fields, addresses, lengths or bytes changed, mostly with their checksum made right again."""

import random
import struct

from lib import packets as p
from . import ipv4, ipv6, link, setting
from .case import Case

_OWN4, _OWN6 = setting.R4, setting.R6
_ADDRESSES4 = [*setting.H4, *_OWN4, setting.FAR4, setting.NARROW4, setting.BACK4, setting.HOLE4,
               setting.REFUSED4, setting.NOWHERE4, "127.0.0.1", "0.0.0.0", "224.0.0.1",
               "255.255.255.255", "240.0.0.1", "169.254.9.9", "192.0.2.255", "203.0.113.255",
               "1.1.1.1", "10.255.255.255", "198.18.255.255"]
_ADDRESSES6 = [*setting.H6, *_OWN6, setting.FAR6, setting.NARROW6, setting.BACK6, setting.HOLE6,
               setting.REFUSED6, setting.NOWHERE6, "::", "::1", "ff02::1", "ff0e::7",
               "::ffff:198.18.0.1", "fec0::1", "fc00::9", "2001:db8:1000::ffff"]


def _fix(frame, at):
    """The IPv4 header's checksum made right, where the header is whole."""
    size = (frame[at] & 15) * 4
    if frame[at] >> 4 == 4 and 20 <= size <= len(frame) - at:
        frame[at + 10:at + 12] = bytes(2)
        frame[at + 10:at + 12] = struct.pack(">H", p.checksum(bytes(frame[at:at + size])))


def _mutate4(rng, frame, at):
    what = rng.randrange(9)
    if what == 0:
        frame[at + 1] = rng.randrange(256)
    elif what == 1:
        total = struct.unpack(">H", frame[at + 2:at + 4])[0] + rng.choice((-20, -8, -1, 1, 4, 700))
        frame[at + 2:at + 4] = struct.pack(">H", total & 0xffff)
    elif what == 2:
        frame[at + 6:at + 8] = struct.pack(">H", rng.choice((
            0, 0x4000, 0x2000, 0x8000, 0x1fff, rng.randrange(65536))))
    elif what == 3:
        frame[at + 8] = rng.choice((0, 1, 1, 2, 255, rng.randrange(256)))
    elif what == 4:
        frame[at + 9] = rng.choice((1, 6, 17, 132, rng.randrange(256)))
    elif what == 5:
        frame[at + 12:at + 16] = p.addr(rng.choice(_ADDRESSES4))
    elif what == 6:
        frame[at + 16:at + 20] = p.addr(rng.choice(_ADDRESSES4))
    elif what == 7:
        frame[at] = rng.choice((0x44, 0x45, 0x46, 0x4f, rng.randrange(256)))
    else:
        frame[at + rng.randrange(20)] ^= 1 << rng.randrange(8)


def _mutate6(rng, frame, at):
    what = rng.randrange(7)
    if what == 0:
        frame[at:at + 4] = struct.pack(">I", 6 << 28 | rng.randrange(1 << 28))
    elif what == 1:
        length = struct.unpack(">H", frame[at + 4:at + 6])[0] + rng.choice((-8, -1, 1, 8, 700))
        frame[at + 4:at + 6] = struct.pack(">H", length & 0xffff)
    elif what == 2:
        frame[at + 6] = rng.choice((0, 6, 17, 43, 44, 58, 59, 60, rng.randrange(256)))
    elif what == 3:
        frame[at + 7] = rng.choice((0, 1, 1, 2, 255, rng.randrange(256)))
    elif what == 4:
        frame[at + 8:at + 24] = p.addr(rng.choice(_ADDRESSES6))
    elif what == 5:
        frame[at + 24:at + 40] = p.addr(rng.choice(_ADDRESSES6))
    else:
        frame[at + rng.randrange(40)] ^= 1 << rng.randrange(8)


def _spread(frame, at, number):
    """Gives a packet without a route a source of its own (see ipv4._fresh)."""
    routed = [p.addr(a)[:2] for a in (*setting.R4, setting.FAR4, setting.NARROW4)]
    dst, src = bytes(frame[at + 16:at + 20]), bytes(frame[at + 12:at + 16])
    usual = [p.addr(a)[:2] for a in _ADDRESSES4[:12]] + [p.addr("198.18.255.255")[:2]]
    refused = dst[:3] == p.addr(setting.REFUSED4)[:3]
    if (dst[:2] not in routed or refused) and dst[0] != 10 and src[:2] in usual:
        frame[at + 12:at + 16] = bytes((10, 8, number >> 8 & 255, number & 255))


def _mutate(rng, case, number):
    frame = bytearray(case.frame)
    view = p.View(case.frame)
    at = len(frame) - len(view.l3)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if view.src is not None and len(frame) >= at + 40 and rng.random() < 0.85:
            (_mutate4 if view.ether_type == p.ETH_IPV4 else _mutate6)(rng, frame, at)
        elif rng.random() < 0.3:
            frame = frame[:rng.randrange(14, len(frame) + 1)] if len(frame) > 14 else frame
        elif len(frame) > 14:
            frame[rng.randrange(12, len(frame))] = rng.randrange(256)
    if view.ether_type == p.ETH_IPV4 and len(frame) >= at + 20 and rng.random() < 0.95:
        _spread(frame, at, number)
        _fix(frame, at)
    return bytes(frame)


def cases(seed, count):
    """`count` mutants of seed `seed`."""
    rng = random.Random(seed)
    parents = ipv4.cases() + ipv6.cases() + link.cases()
    found = []
    for number in range(count):
        parent = rng.choice(parents)
        found.append(Case(f"mutant {seed}/{number} of {parent.name}", _mutate(rng, parent, number), None,
                          parent.port))
    return found
