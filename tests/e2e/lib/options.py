# SPDX-License-Identifier: BSD-3-Clause
"""IP options as a router on the way sees them."""

import ipaddress

PAD1, PADN, ROUTER_ALERT = 0, 1, 5
END, NOP, RECORD_ROUTE, TIMESTAMP, LOOSE, STRICT = 0, 1, 7, 68, 131, 137


def ipv4_options(options, own=None):
    """RFC 791 3.1: the options as they leave, with `own` (the address of the way out) recorded where
    they ask for it; None when they are malformed or ask for a source route, which is refused
    (RFC 7126 4.3, 4.4)."""
    out, at = bytearray(options), 0
    while at < len(options):
        kind = options[at]
        if kind == END:
            break
        if kind == NOP:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2 or at + options[at + 1] > len(options):
            return None
        length = options[at + 1]
        if kind in (LOOSE, STRICT):
            return None
        if kind == RECORD_ROUTE and not record_route(out, at, length, own):
            return None
        at += length
    return bytes(out)


def record_route(out, at, length, own):
    """Writes the address where the pointer (1-based) says; a full list stays as it is."""
    if length < 3 or out[at + 2] < 4:
        return False
    pointer = out[at + 2]
    if pointer > length:
        return True
    if pointer + 3 > length:
        return False
    if own is not None:
        out[at + pointer - 1:at + pointer + 3] = ipaddress.ip_address(own).packed
        out[at + 2] = pointer + 4
    return True


def ipv6_options(header):
    """RFC 8200 4.2 and 4.3, of a packet's hop-by-hop options header; how the packet ends, or None.
    Padding and the number of options are limited as RFC 8504 5.3 allows."""
    if len(header) < 8 or (header[1] + 1) * 8 > len(header):
        return "ip_length"
    options, at, looked_at, padding = header[2:(header[1] + 1) * 8], 0, 0, 0
    while at < len(options):
        kind = options[at]
        if kind == PAD1:
            at, padding = at + 1, padding + 1
        elif at + 1 >= len(options) or at + 2 + options[at + 1] > len(options):
            return "ip_options"
        else:
            data = options[at + 2:at + 2 + options[at + 1]]
            at += 2 + len(data)
            padding = padding + 2 + len(data) if kind == PADN else 0
            looked_at += kind != PADN
            if kind == PADN and any(data) or looked_at > 8:
                return "ip_options"
            if kind == ROUTER_ALERT and len(data) != 2:  # RFC 2711
                return "ip_options"
            if kind not in (PADN, ROUTER_ALERT) and kind >> 6:
                return "ip_options"
        if padding > 7:
            return "ip_options"
    return None
