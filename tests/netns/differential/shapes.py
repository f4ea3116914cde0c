# SPDX-License-Identifier: BSD-3-Clause
"""Shapes of outputs that the rules speak of. Outputs are [(port, made by the router?, frame)]."""

from lib import packets as p

_ERRORS = {4: (3, 11, 12), 6: (1, 2, 3, 4)}


def is_single(outputs, own):
    """One packet that the router made."""
    return len(outputs) == 1 and p.View(outputs[0][2]).src in own


def is_error(view, outputs, own):
    """One ICMP error to the packet's source, about it."""
    if not is_single(outputs, own):
        return False
    error = p.View(outputs[0][2])
    quoted = error.payload[8:]
    return (error.icmp is not None and error.icmp[0] in _ERRORS[error.version]
            and error.dst == view.src and quoted[:2] == view.l3[:2]
            and quoted[view.header:view.header + 8] == view.l3[view.header:view.header + 8])


def is_rewrite(view, outputs):
    """The packet itself, forwarded: its TTL is less by one, nothing else has changed. In frames of
    our own source the identification and checksum are masked, so they are not looked at."""
    if len(outputs) != 1 or view.ttl is None:
        return False
    out = p.View(outputs[0][2])
    if out.version != view.version or out.ttl != view.ttl - 1:
        return False
    return ((out.src, out.dst, out.proto, out.tos, out.total, out.fragment, out.options, out.payload)
            == (view.src, view.dst, view.proto, view.tos, view.total, view.fragment, view.options,
                view.payload) and out.padding == 0)


def reassembled(view, outputs):
    """The payload that IPv4 fragments make, with what their headers have in common; None where they
    do not fit together."""
    data, common = b"", None
    for port, _, frame in outputs:
        one = p.View(frame)
        if one.version != 4 or ((one.fragment & 0x1fff) - (view.fragment & 0x1fff)) * 8 != len(data):
            return None
        data += one.payload
        header = (port, one.src, one.dst, one.ttl, one.tos, one.ident, one.proto)
        if common not in (None, header):
            return None
        common = header
    more = [p.View(frame).fragment & 0x2000 for _, _, frame in outputs]
    if not all(more[:-1]) or more[-1] != view.fragment & 0x2000:
        return None
    return common, data


def is_fragmented(view, outputs):
    """The packet itself, forwarded in pieces."""
    made = reassembled(view, outputs) if len(outputs) > 1 else None
    if made is None:
        return False
    (_, src, dst, ttl, tos, _, proto), data = made
    return ((src, dst, ttl, tos, proto, data) ==
            (view.src, view.dst, view.ttl - 1, view.tos, view.proto, view.payload))


def without_options(output):
    """A packet that the router made, without its options and without those of a packet it quotes."""
    port, _, frame = output
    view = p.View(frame)
    payload = view.payload
    if view.icmp and view.icmp[0] in _ERRORS[4]:
        inner = (payload[8] & 15) * 4
        payload = payload[:2] + payload[4:18] + payload[20:28] + payload[8 + inner:]
        payload = payload[:400]  # an error with options has less room for the quotation
    return port, view.src, view.dst, view.ttl, view.tos, view.proto, payload


def blank_options(frame):
    """The frame with zeros for the contents of its IPv4 options, and for its header checksum."""
    view = p.View(frame)
    if view.version != 4 or not view.options:
        return frame
    at = len(frame) - len(view.l3)
    return (frame[:at + 10] + b"\0\0" + frame[at + 12:at + 20] + bytes(len(view.options))
            + frame[at + view.header:])


def end_options(frame):
    """The frame with zeros behind the end of its IPv4 options, and for its header checksum."""
    view = p.View(frame)
    if view.version != 4 or not view.options:
        return frame
    end = max((at + length for _, at, length in options(view)), default=0)
    while end < len(view.options) and view.options[end] == 1:
        end += 1
    at = len(frame) - len(view.l3)
    return (frame[:at + 10] + b"\0\0" + frame[at + 12:at + 20 + end]
            + bytes(len(view.options) - end) + frame[at + view.header:])


def options(view):
    """(type, offset in the options, length) of each, as far as they are whole."""
    at = 0
    while at < len(view.options) and view.options[at] != 0:
        if view.options[at] == 1:
            at += 1
            continue
        length = view.options[at + 1] if at + 1 < len(view.options) else 0
        if length < 2 or at + length > len(view.options):
            return
        yield view.options[at], at, length
        at += length


def has_option(view, wanted):
    return view.version == 4 and any(kind == wanted for kind, _, _ in options(view))


def added_addresses(view, outputs):
    """What timestamp options with addresses say where the input's said something else."""
    found = set()
    for _, _, frame in outputs:
        out = p.View(frame)
        for kind, at, length in options(out):
            if kind == 0x44 and out.options[at + 3] & 15 == 1:
                for entry in range(at + 4, at + out.options[at + 2] - 1, 8):
                    value = out.options[entry:entry + 4]
                    if entry + 8 <= at + length and value != view.options[entry:entry + 4]:
                        found.add(value)
    return found


def extension_headers(view, routing_type=None):
    """Numbers of the IPv6 extension headers, in order; routing headers only of the given type."""
    found, proto, rest = [], view.proto, view.payload
    while proto in (0, 43, 60) and len(rest) >= 8:
        if proto != 43 or routing_type in (None, rest[2]):
            found.append(proto)
        size = (rest[1] + 1) * 8
        proto, rest = rest[0], rest[size:]
    return found
