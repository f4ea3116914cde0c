#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The reference and the comparison themselves: a router that does as the reference says has no
difference, and each kind of mistake of a router is found. Runs without dstfwd."""

import collections
import os
import subprocess
import sys
import tempfile
import unittest

from lib import pcap, reference, table
from lib.compare import compare
from lib.dstfwd import TOP

MACS = [bytes.fromhex("020000000a00"), bytes.fromhex("020000000a01")]


def split(frame, mtu=reference.MTU):
    """An IPv4 frame in fragments."""
    packet, out = frame[14:], []
    header, base = (packet[0] & 15) * 4, int.from_bytes(packet[6:8], "big")
    data, room = packet[header:], (mtu - header) // 8 * 8
    for at in range(0, len(data), room):
        more = 0x2000 if at + room < len(data) else base & 0x2000
        piece = data[at:at + room]
        head = packet[:2] + (header + len(piece)).to_bytes(2, "big") + packet[4:6] \
            + ((base & 0x1fff) + at // 8 | more).to_bytes(2, "big") + packet[8:10] + b"\0\0" \
            + packet[12:header]
        head = head[:10] + reference.ones_complement_sum(head).to_bytes(2, "big") + head[12:]
        out.append(frame[:14] + head + piece)
    return out


class Perfect:
    """What a router without fault would do with a capture."""

    def __init__(self, inputs, routes):
        self.inputs, self.routes = inputs, routes
        self.outputs, counts = [[], []], collections.Counter()
        judge = reference.Reference(routes, MACS)
        for frame in inputs:
            decision = judge.decide(frame)
            counts[decision.verdict] += 1
            if decision.verdict == "forward":
                fits = len(decision.frame) - 14 <= reference.MTU
                self.outputs[decision.port] += [decision.frame] if fits else split(decision.frame)
        self.stats = {"tx": counts.pop("forward", 0), "held": 0, "consumed_by": {},
                      "drops": dict(counts)}

    def differences(self):
        return list(compare(self.routes, MACS, self.inputs, self.outputs, self.stats))


class ReferenceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile() as capture:
            subprocess.run(["/usr/bin/python3", os.path.join(TOP, "scripts/lib/make_capture.py"),
                            capture.name, "--packets", "900", "--flows", "300", "--bad", "0.15"],
                           check=True, stdout=subprocess.DEVNULL)
            inputs = pcap.read(capture.name)
        cls.inputs = inputs + [cls.large(flags) for flags in (0, 0x2000)]

    @staticmethod
    def large(flags):
        """A packet of 4000 bytes that may be fragmented."""
        head = bytes.fromhex("45000fa0") + b"\x07\x07" + flags.to_bytes(2, "big") + \
            bytes.fromhex("40110000") + bytes((198, 18, 9, 9, 198, 19, 9, 9))
        head = head[:10] + reference.ones_complement_sum(head).to_bytes(2, "big") + head[12:]
        return bytes(12) + b"\x08\x00" + head + bytes(range(250)) * 15 + bytes(230)

    def setUp(self):
        self.router = Perfect(self.inputs, table.simple())
        self.leaving = self.router.outputs[1]

    def assert_found(self, text):
        self.assertIn(text, "\n".join(self.router.differences()))

    def test_a_router_without_fault_has_no_difference(self):
        self.assertEqual(self.router.differences(), [])
        self.assertGreater(self.router.stats["tx"], 500)

    def test_every_kind_of_bad_packet_is_in_the_capture(self):
        missing = {"frame_too_short", "unknown_vlan", "not_routed", "ip_version", "ip_header_length",
                   "ip_length", "ip_checksum", "ip_options", "ttl_expired", "martian_source",
                   "martian_destination", "multicast", "link_local", "link_broadcast", "arp"}
        self.assertEqual(missing - set(self.router.stats["drops"]), set())

    def test_a_ttl_that_is_not_decremented_is_found(self):
        at = next(i for i, f in enumerate(self.leaving) if f[12:14] == b"\x08\x00")
        frame = bytearray(self.leaving[at])
        frame[22] += 1
        self.leaving[at] = bytes(frame)
        self.assert_found("left as")

    def test_a_wrong_mac_is_found(self):
        self.leaving[7] = b"\x02\0\0\0\0\x09" + self.leaving[7][6:]
        self.assert_found("left as")

    def test_padding_that_leaves_is_found(self):
        self.leaving[3] += b"\0"
        self.assert_found("left as")

    def test_a_lost_packet_is_found(self):
        del self.leaving[20]
        self.assert_found("did not leave")

    def test_a_packet_that_leaves_twice_is_found(self):
        self.leaving.append(self.leaving[20])
        self.assert_found("left, and should not")

    def test_a_packet_by_the_wrong_port_is_found(self):
        self.router.outputs[0].append(self.leaving.pop(9))
        self.assert_found("did not leave")

    def test_packets_of_a_flow_out_of_order_are_found(self):
        flow = self.leaving[0][26:34]
        first, second = [i for i, f in enumerate(self.leaving) if f[26:34] == flow][:2]
        self.leaving[first], self.leaving[second] = self.leaving[second], self.leaving[first]
        self.assert_found("left as")

    def test_fragments_that_overlap_are_found(self):
        at = next(i for i, f in enumerate(self.leaving) if f[18:20] == b"\x07\x07")
        self.leaving[at + 1] = self.leaving[at]
        self.assert_found("piece 1")

    def test_a_fragment_that_is_missing_is_found(self):
        at = next(i for i, f in enumerate(self.leaving) if f[18:20] == b"\x07\x07")
        del self.leaving[at + 2]
        self.assertTrue(self.router.differences())

    def test_a_wrong_verdict_is_found(self):
        self.router.stats["drops"]["ip_checksum"] -= 1
        self.router.stats["drops"]["ip_length"] += 1
        self.assert_found("ip_checksum: ")
        self.assert_found("ip_length: ")

    def test_packets_that_the_router_made_are_no_difference(self):
        error = self.leaving[0][:26] + bytes((203, 0, 113, 1)) + self.leaving[0][30:]
        self.leaving.insert(5, error[:23] + b"\1" + error[24:])
        self.assertEqual(self.router.differences(), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
