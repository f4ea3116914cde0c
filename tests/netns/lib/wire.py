# SPDX-License-Identifier: BSD-3-Clause
"""Raw frames on an interface of the sandbox's own namespace (AF_PACKET)."""

import ctypes
import select
import socket
import struct
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
TP_STATUS_VLAN_VALID = 0x10
_AUX = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class _Inside:
    """Opens files and sockets in a named namespace: a socket stays where it was made."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        if self.name:
            self.home = open("/proc/self/ns/net", "rb")
            with open(f"/run/netns/{self.name}", "rb") as there:
                _setns(there)

    def __exit__(self, *_):
        if self.name:
            _setns(self.home)
            self.home.close()


def _setns(file):
    if _libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def inside(space):
    """`with inside(space):` sockets made in the block belong to that namespace."""
    return _Inside(space.name)


class Wire:
    """One end of a link. send() puts a frame on it, frames() yields what came from the other side."""

    def __init__(self, interface, space=None):
        with _Inside(space.name if space else None):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
            self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            self.socket.bind((interface, ETH_P_ALL))
        self.interface = interface

    def send(self, frame):
        self.socket.send(frame)

    def receive(self):
        """The next frame that waits, or None. 802.1Q tags are where they were on the wire."""
        try:
            frame, control, _, _ = self.socket.recvmsg(65536, 64, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        for level, kind, data in control:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = _AUX.unpack(data[:_AUX.size])
                if status & TP_STATUS_VLAN_VALID:
                    frame = frame[:12] + struct.pack(">HH", tpid or 0x8100, tci) + frame[12:]
        return frame

    def close(self):
        self.socket.close()


def gather(wires, ended, timeout_s):
    """Frames from all `wires` as (index, frame), in order a wire. ended(index, frame) is asked about
    each: True takes the frame as a marker, which is left out; when ended(None, None) then says True,
    what still waits is read and all is returned as (frames, True); after timeout_s (frames, False)."""
    found, deadline = [], time.monotonic() + timeout_s
    poller = select.poll()
    for wire in wires:
        poller.register(wire.socket, select.POLLIN)
    while True:
        over = ended(None, None)
        idle = True
        for index, wire in enumerate(wires):
            while (frame := wire.receive()) is not None:
                idle = False
                if not ended(index, frame):
                    found.append((index, frame))
        if over:
            return found, True
        if idle and not ended(None, None):
            left = deadline - time.monotonic()
            if left <= 0:
                return found, False
            poller.poll(left * 1000)
