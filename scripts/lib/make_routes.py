#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A routing table of the Internet's shape, as dstfwd's commands: the same one for the same seed.

Lengths follow the share that each had in the global tables of 2024 (about 0.95 M IPv4 and 0.2 M
IPv6 prefixes); about half of the prefixes lie inside a shorter one, as providers' customers do, and
IPv6's lie in the blocks that the registries hand out. Addresses that are not routed on the Internet,
documentation and benchmarking among them, stay out, so that a test can have those for itself.

  make_routes.py --ipv4 1000000 --ipv6 200000 > table.cmd
  make_routes.py --ipv4 1000000 --ipv6 200000 --changes 10000 > churn.cmd
"""

import argparse
import ipaddress
import random
import sys

# Prefixes a length, in thousands.
LENGTHS4 = {8: .016, 9: .013, 10: .04, 11: .1, 12: .3, 13: .6, 14: 1.2, 15: 2.1, 16: 13.5, 17: 8.2,
            18: 13.9, 19: 25.2, 20: 44, 21: 52, 22: 108, 23: 98, 24: 590}
LENGTHS6 = {20: .03, 22: .01, 24: .04, 28: .17, 29: 5, 30: .7, 31: .3, 32: 24.5, 33: 4.5, 34: 5,
            35: 1.7, 36: 8.5, 37: 1, 38: 2.7, 39: 1, 40: 21.5, 41: 1.5, 42: 4.7, 43: 2, 44: 25.5,
            45: 4.5, 46: 9.5, 47: 7.5, 48: 98}
# Where IPv6 prefixes come from, with the registry's share.
BLOCKS6 = {"2a00::/12": 45, "2400::/12": 22, "2600::/12": 18, "2800::/12": 9, "2c00::/12": 3,
           "2001::/16": 3}
UNROUTED4 = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
             "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
             "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"]
UNROUTED6 = ["2001:db8::/32", "2001::/23"]
NESTED = 0.5  # share that lies inside a shorter prefix that is there already


class Space:
    """One family's prefixes as (value, length), value left-aligned in `bits`."""

    def __init__(self, bits, unrouted, blocks):
        self.bits = bits
        self.unrouted = [(int(net.network_address), net.prefixlen)
                         for net in map(ipaddress.ip_network, unrouted)]
        self.blocks = blocks

    def mask(self, value, length):
        return value >> (self.bits - length) << (self.bits - length)

    def routed(self, value, length):
        """Neither inside an unrouted block nor around one."""
        return all(self.mask(value, min(length, other)) != self.mask(block, min(length, other))
                   for block, other in self.unrouted)

    def fresh(self, rng, length):
        """A random prefix in the routed blocks."""
        block, outer = rng.choices(self.blocks[0], self.blocks[1])[0]
        return self.mask(block | rng.getrandbits(self.bits - outer), length)

    def inside(self, rng, parent, length):
        """A random more specific of parent."""
        value, outer = parent
        return self.mask(value | rng.getrandbits(self.bits - outer), length)


def _space(family):
    if family == 4:
        return Space(32, UNROUTED4, ([(0, 0)], [1]))
    nets = [ipaddress.ip_network(block) for block in BLOCKS6]
    return Space(128, UNROUTED6, ([(int(net.network_address), net.prefixlen) for net in nets],
                                  list(BLOCKS6.values())))


def table(family, count, seed=1):
    """`count` different prefixes as text, from the short to the long."""
    rng, space = random.Random(f"{seed}/{family}"), _space(family)
    shares = LENGTHS4 if family == 4 else LENGTHS6
    total = sum(shares.values())
    found, parents = [], []
    for length, share in shares.items():
        want = round(count * share / total)
        if length == max(shares):
            want = count - len(found)
        here = set()
        tries = 0
        while len(here) < want:
            tries += 1
            if tries > 50 * want + 1000:
                raise ValueError(f"no room for {want} prefixes of length {length}")
            nested = parents and rng.random() < NESTED
            value = (space.inside(rng, parents[rng.randrange(len(parents))], length) if nested
                     else space.fresh(rng, length))
            if value not in here and space.routed(value, length):
                here.add(value)
        found += [(value, length) for value in sorted(here)]
        # Short prefixes have the more specifics; the longest have none.
        parents += [(value, length) for value in sorted(here) if length >= space.bits // 8 * 3 // 2]
    return [f"{_text(family, value)}/{length}" for value, length in found]


def _text(family, value):
    return str(ipaddress.IPv4Address(value) if family == 4 else ipaddress.IPv6Address(value))


def commands(prefixes, gateways, seed=1):
    """`route add` lines; a few gateways carry most of the routes, as upstreams do."""
    rng = random.Random(f"{seed}/gateways/{gateways[0]}")
    weights = [1 / (n + 1) for n in range(len(gateways))]
    chosen = rng.choices(gateways, weights, k=len(prefixes))
    return [f"route add {prefix} via {gateway}" for prefix, gateway in zip(prefixes, chosen)]


def changes(prefixes, gateways, count, seed=1):
    """`count` lines that change the table of `prefixes` and leave each prefix in it: a third each
    of withdrawals, announcements (of what was withdrawn), and moves to another gateway."""
    rng = random.Random(f"{seed}/changes/{gateways[0]}")
    lines, away = [], []
    while len(lines) + len(away) < count:
        what = rng.randrange(3)
        prefix = prefixes[rng.randrange(len(prefixes))]
        if what == 0 and prefix not in away and len(away) < 1000:
            lines.append(f"route del {prefix}")
            away.append(prefix)
        elif what == 1 and away:
            back = away.pop(rng.randrange(len(away)))
            lines.append(f"route add {back} via {rng.choice(gateways)}")
        elif prefix not in away:
            lines.append(f"route replace {prefix} via {rng.choice(gateways)}")
    lines += [f"route add {prefix} via {rng.choice(gateways)}" for prefix in away]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ipv4", type=int, default=1000000, help="prefixes")
    parser.add_argument("--ipv6", type=int, default=200000, help="prefixes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--via4", default="203.0.113.2,198.51.100.2", help="gateways, by comma")
    parser.add_argument("--via6", default="2001:db8:1::2,2001:db8:2::2", help="gateways, by comma")
    parser.add_argument("--changes", type=int, help="print so many changes instead of the table")
    arguments = parser.parse_args()
    lines = []
    for family, count, via in ((4, arguments.ipv4, arguments.via4), (6, arguments.ipv6, arguments.via6)):
        if count == 0:
            continue
        prefixes, gateways = table(family, count, arguments.seed), via.split(",")
        if arguments.changes is None:
            lines += commands(prefixes, gateways, arguments.seed)
        else:
            part = arguments.changes * count // (arguments.ipv4 + arguments.ipv6)
            lines += changes(prefixes, gateways, part, arguments.seed)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
