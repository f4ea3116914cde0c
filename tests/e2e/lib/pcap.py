# SPDX-License-Identifier: BSD-3-Clause
"""Captures, read and written with struct: a second opinion on what libpcap hands to net_pcap."""

import struct

LIMIT = 262144  # libpcap takes no longer record (MAXIMUM_SNAPLEN)
_MAGIC = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
          b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}


def read(path):
    """The frames of a pcap file, up to a record that is cut off or absurd, where libpcap ends too.
    Raises ValueError for a file of another format."""
    with open(path, "rb") as f:
        data = f.read()
    order = _MAGIC.get(data[:4])
    if order is None or len(data) < 24:
        raise ValueError(f"{path}: not a pcap file")
    record, at, frames = struct.Struct(order + "IIII"), 24, []
    snap = struct.unpack_from(order + "I", data, 16)[0]
    while at + record.size <= len(data):
        caught = record.unpack_from(data, at)[2]
        at += record.size
        if caught > LIMIT or at + caught > len(data):
            break
        frames.append(data[at:at + caught][:snap or LIMIT])
        at += caught
    return frames


def write(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, LIMIT, 1))
        for number, frame in enumerate(frames):
            f.write(struct.pack("<IIII", number // 1000000, number % 1000000, len(frame),
                                len(frame)) + frame)
