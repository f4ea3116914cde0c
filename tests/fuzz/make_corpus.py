#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Seeds for the fuzz targets: the differential test's generated packets, and those of captures where
there are any. Nothing of it is committed.

  make_corpus.py FOLDER [--captures FOLDER] [--most N]    writes FOLDER/TARGET/*, of each N at most"""

import argparse
import hashlib
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "netns"))

from differential import captures, ipv4, ipv6, link, setting  # noqa: E402
from lib import packets as p  # noqa: E402

LONGEST = 1600  # larger packets teach a fuzzer nothing that these do not, and slow it down
PER_CAPTURES = 3000


def write(folder, data):
    name = hashlib.sha1(data).hexdigest()[:16]
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def seeds_icmp(frame, rng):
    view = p.View(frame)
    if view.version in (4, 6):
        # The target reads its choices from the end: family, echo or error, cause, ...
        choices = bytearray(rng.randbytes(16))
        choices[-1] = int(view.version == 4)
        yield view.l3[:LONGEST] + bytes(choices)


def seeds_arp_nd(frame, _):
    view = p.View(frame)
    if view.ether_type == p.ETH_ARP:
        yield view.l3 + b"\x01\x00"
    elif view.version == 6 and view.proto == p.ICMPV6:
        yield view.l3[:LONGEST] + b"\x00\x01"


def seeds_options(frame, _):
    view = p.View(frame)
    if view.version == 4 and view.options:
        yield view.l3[:60] + b"\x00\x01"
    elif view.version == 6 and view.proto in (0, 60):
        yield view.l3[:LONGEST] + b"\x00\x00"


def seeds_fragment(frame, rng):
    view = p.View(frame)
    if view.version == 4 and len(frame) <= 4000:
        # cut of the chain, then the MTU, low byte first
        yield frame + bytes([0, rng.choice((0, 128, 200)), rng.randrange(256), rng.randrange(12)])


def seeds_tcp_reset(frame, _):
    view = p.View(frame)
    if view.version in (4, 6) and view.proto == p.TCP:
        yield view.l3[:LONGEST] + b"\x00"


def seeds_classify(frame, rng):
    if len(frame) <= LONGEST:
        # Read from the end: cut, another station's MAC, promiscuous, stripped tag, its TCI
        yield frame + bytes([0, rng.randrange(2), 0, 0, 0, rng.randrange(64)])


def _record(what, data):
    return bytes([what]) + len(data).to_bytes(2, "little") + data


def seeds_slow_path(frame, rng):
    """See slow_path_fuzz.cc: the frame arrives, waits or is in error, and time passes."""
    if len(frame) <= LONGEST:
        frame = frame[:LONGEST]
        what = rng.choice((0, 0, 0, 2, 2 + 6 * 30, 3 + 6 * rng.randrange(6)))
        later = _record(4, bytes([rng.randrange(256)]))
        again = _record(0, frame) if rng.random() < 0.3 else b""
        yield _record(what, frame) + later * rng.randrange(3) + again


def seeds_datapath(frame, rng):
    """A burst of one: control byte, length, frame (see datapath_fuzz.cc), to the rig's MAC."""
    if len(frame) <= LONGEST:
        if frame[:6].hex(":") == setting.R[0]:
            frame = bytes.fromhex(setting.R[1].replace(":", "")) + frame[6:]
        yield _record(rng.randrange(256), frame)


PACKET_TARGETS = {"arp_nd": seeds_arp_nd, "classify": seeds_classify, "datapath": seeds_datapath,
                  "fragment": seeds_fragment, "icmp": seeds_icmp, "options": seeds_options,
                  "slow_path": seeds_slow_path, "tcp_reset": seeds_tcp_reset}

COMMANDS = """address add 192.0.2.1/24 port 0
address add 2001:db8::1/64 port 1
address del 192.0.2.1/24 port 0
route add 198.18.0.0/15 via 203.0.113.2
route add 198.18.0.0/15 via 203.0.113.2 port 1
route add default via 203.0.113.2
route add ::/0 via 2001:db8:1::2
route replace 10.0.0.0/8 via 203.0.113.2
route add blackhole 10.1.0.0/16
route del 198.18.0.0/15
neigh add 203.0.113.2 lladdr 02:00:00:00:01:02 port 1
neigh add 2001:db8:1::2 lladdr 02:00:00:00:01:02 port 1
neigh del 203.0.113.2 port 1
link set 0 up
link set 1 down
link set 1 mtu 9000
link set 1 ra on
link add vlan 100 port 0
link del vlan 100 port 0
address add 192.0.2.129/25 port 0 vlan 100
route add 198.18.0.0/15 via 203.0.113.2 weight 3 via 203.0.113.3 port 1 weight 256
route add 203.0.113.0/24 port 1
route replace unreachable 2001:db8:5::/48
route del default
cache flush
show port
show route
show neigh
show cache
show gc
show stats
help
start
stop
# a comment
route add 300.1.1.1/33 via nothing # wrong
""".splitlines()

ARGUMENTS = """--cmdline-file file
-i
--portmask 0x3 --nb-cores 2
--rxq 2 --txq 2 --rxd 512 --txd 512 --burst 64
--promiscuous
--flows 1048576 --idle-timeout 30 --flush-interval 600
--gc-mode service --gc-lcore 2
--gc-mode legacy
--gc-min 0.1 --gc-inc 0.5 --gc-max 120 --gc-budget 4096 --gc-debug 2
--stats-period 1 --stats-json - --duration 1.5 --idle-exit 100
--version
--help
--flows -1
--gc-min 1e999
--burst=32
""".splitlines()


def make(folder, captures_folder=None, only=None, most=None):
    """Writes folder/TARGET/* for each target, or for one; some of them, where there are more than
    most."""
    rng = random.Random(1)
    frames = [case.frame for case in ipv4.cases() + ipv6.cases() + link.cases()]
    if captures_folder and os.path.isdir(captures_folder):
        found = [case.frame for case in captures.cases(captures_folder)]
        frames += rng.sample(found, min(PER_CAPTURES, len(found)))
    made = {target: [data for frame in frames for data in seeds(frame, rng)]
            for target, seeds in PACKET_TARGETS.items()}
    for target, lines in (("commands", COMMANDS), ("arguments", ARGUMENTS)):
        made[target] = [line.encode() for line in [*lines, "\n".join(lines)]]
    for target, inputs in made.items():
        if only in (None, target):
            os.makedirs(os.path.join(folder, target), exist_ok=True)
            for data in inputs if most is None else rng.sample(inputs, min(most, len(inputs))):
                write(os.path.join(folder, target), data)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--captures")
    parser.add_argument("--most", type=int)
    arguments = parser.parse_args()
    make(arguments.folder, arguments.captures, most=arguments.most)


if __name__ == "__main__":
    main()
