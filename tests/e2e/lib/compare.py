# SPDX-License-Identifier: BSD-3-Clause
"""dstfwd's output against the reference, packet by packet."""

import collections

from . import reference as ref

# Packets for a connected address that nobody answers for wait; how they end depends on when the run
# ends.
WAITING = ("no_neighbour", "held", "hold_full")


def flow_of(port, frame):
    """Packets of one flow leave in order; those of different ones may overtake each other."""
    if frame[12:14] == b"\x86\xdd":
        return port, frame[22:54], frame[20]
    return port, frame[26:34], frame[23]


def is_originated(table, macs, port, frame):
    """Frames that the router makes by itself: ARP, ND, ICMP from an address of its own."""
    if frame[6:12] != macs[port] or frame[12:14] == b"\x08\x06":
        return True
    if frame[12:14] == b"\x86\xdd":
        source = ref.ipaddress.ip_address(frame[22:38])
        return frame[20] == ref.ICMPV6 and (source in table.local or source in ref.LINK_LOCAL)
    return frame[23] == 1 and ref.ipaddress.ip_address(frame[26:30]) in table.local


def fragment_fault(sent, pieces):
    """RFC 791 2.3 and RFC 1812 4.2.2.7: whether pieces (frames, in order) make up the packet in the
    frame `sent`; what is wrong, or None."""
    whole = sent[14:]
    header = (whole[0] & 15) * 4
    base = int.from_bytes(whole[6:8], "big")
    data, at = b"", base & 0x1fff
    for number, piece in enumerate(pieces):
        packet = piece[14:]
        own, field = (packet[0] & 15) * 4, int.from_bytes(packet[6:8], "big")
        last = number == len(pieces) - 1
        if len(packet) > ref.MTU or int.from_bytes(packet[2:4], "big") != len(packet):
            return f"piece {number} has {len(packet)} bytes"
        if ref.ones_complement_sum(packet[:own]):
            return f"piece {number} has a wrong checksum"
        if piece[:14] != sent[:14] or packet[1] != whole[1] or packet[4:6] != whole[4:6] \
                or packet[8:10] != whole[8:10] or packet[12:20] != whole[12:20]:
            return f"piece {number} differs in what all have in common"
        if field & 0x1fff != at + len(data) // 8 or field & 0x4000:
            return f"piece {number} has the offset {field & 0x1fff}"
        if bool(field & 0x2000) != (not last or bool(base & 0x2000)):
            return f"piece {number}: more-fragments is {bool(field & 0x2000)}"
        data += packet[own:]
    return None if data == whole[header:] else "the pieces' data differ"


class Queues:
    """The frames that left, by flow."""

    def __init__(self, table, macs, outputs):
        self.flows = collections.defaultdict(collections.deque)
        for port, frames in enumerate(outputs):
            for frame in frames:
                if not is_originated(table, macs, port, frame):
                    self.flows[flow_of(port, frame)].append(frame)

    def take(self, decision):
        """What is wrong with the next packet of the decision's flow, or None."""
        queue = self.flows[flow_of(decision.port, decision.frame)]
        if not queue:
            return "did not leave"
        if len(decision.frame) - 14 <= ref.MTU:
            got = queue.popleft()
            return None if got == decision.frame else f"left as {got.hex()}"
        pieces = [queue.popleft()]
        while queue and int.from_bytes(pieces[-1][20:22], "big") & 0x2000:
            pieces.append(queue.popleft())
        return fragment_fault(decision.frame, pieces)

    def rest(self):
        return [frame for queue in self.flows.values() for frame in queue]


def compare(table, macs, inputs, outputs, stats, name="packet"):
    """Yields what differs, a line each. inputs: frames that arrived at port 0; outputs: a list of
    frames a port. name(i) or a word says which packet is meant."""
    reference, queues = ref.Reference(table, macs), Queues(table, macs, outputs)
    expected = collections.Counter()
    for number, frame in enumerate(inputs):
        decision = reference.decide(frame)
        expected[decision.verdict] += 1
        fault = queues.take(decision) if decision.verdict == "forward" else None
        if fault:
            who = name(number) if callable(name) else f"{name} {number}"
            yield f"{who}: {fault}\n  arrived {frame.hex()}\n  should leave by port " \
                  f"{decision.port} as {decision.frame.hex()}"
    for frame in queues.rest():
        yield f"left, and should not: {frame.hex()}"
    yield from compare_counters(expected, stats)


def compare_counters(expected, stats):
    counted = collections.Counter({**stats["drops"], **stats["consumed_by"]})
    counted["forward"], counted["held"] = stats["tx"], stats["held"]
    for counter in (expected, counted):
        counter["waiting"] = sum(counter.pop(name, 0) for name in WAITING)
    for verdict in sorted(set(expected) | set(counted)):
        if expected[verdict] != counted[verdict]:
            yield f"{verdict}: {counted[verdict]} packets, should be {expected[verdict]}"
