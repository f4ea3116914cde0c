#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A port is taken out while packets flow: its routes go, what went by it ends with a verdict, its
device is closed and given back when the last entry has let go, and flows by other ports lose nothing.
For dstfwd only: a Linux interface that goes is another matter."""

import os
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from differential import setting  # noqa: E402
from lib import packets as p  # noqa: E402
from lib import runner  # noqa: E402
from lib.world import World  # noqa: E402

STREAM = b"unplug"
PLENTY_S = 60


class UnplugTest(unittest.TestCase):
    serial = 0

    def setUp(self):
        UnplugTest.serial += 1
        self.world = World("dstfwd", setting.generated(), setting.HOSTS, f"subject{self.serial}")
        self.router, self.sent = self.world.router, 0

    def tearDown(self):
        if self.world:
            self.world.stop()

    def send(self, dst, count):
        """Numbered packets in by port 0."""
        src = setting.H4[0] if "." in dst else setting.H6[0]
        head = p.ip4 if "." in dst else p.ip6
        for _ in range(count):
            data = p.udp(src, dst, STREAM + struct.pack(">I", self.sent), check=0)
            self.world.send(0, self.world.frame(0, head(src, dst, data)))
            self.sent += 1

    def arrived(self, port, first, count):
        """Waits until the numbers from `first` on have all come out of `port`."""
        missing, deadline = set(range(first, first + count)), time.monotonic() + PLENTY_S
        while missing and time.monotonic() < deadline:
            frame = self.world.wires[port].receive()
            if frame is None:
                time.sleep(0.001)
            elif frame[-10:-4] == STREAM:
                missing.discard(struct.unpack(">I", frame[-4:])[0])
        self.assertFalse(missing, f"{len(missing)} packets did not leave by port {port}")

    def wait_said(self, text):
        deadline = time.monotonic() + PLENTY_S
        while text not in self.router.log:
            self.assertLess(time.monotonic(), deadline, f"never said: {text}")
            self.router.ask()

    def sockets(self, port):
        """Packet sockets bound to the router's side of a link."""
        index = self.router.space.run("cat", f"/sys/class/net/r{port}/ifindex").stdout.strip()
        lines = self.router.space.run("cat", "/proc/net/packet").stdout.splitlines()[1:]
        return sum(line.split()[4] == index for line in lines)

    def test_a_port_is_closed_when_the_last_entry_has_let_go(self):
        for far, narrow in ((setting.FAR4, setting.NARROW4), (setting.FAR6, setting.NARROW6)):
            self.send(far, 20)
            self.arrived(1, self.sent - 20, 20)
            self.send(narrow, 20)
            self.arrived(2, self.sent - 20, 20)
        self.assertTrue(self.sockets(1))
        before = self.router.statistics()
        self.assertEqual([port["port"] for port in before["ports"]], [0, 1, 2])
        self.assertEqual(self.router.attempt("port detach 1", ""), "")
        deadline = time.monotonic() + PLENTY_S
        while "port 1 is closed" not in self.router.log:  # meanwhile others lose nothing
            self.assertLess(time.monotonic(), deadline, "port 1 is not closed")
            self.send(setting.FAR4, 1)
            self.send(setting.NARROW4, 8)
            self.send(setting.NARROW6, 8)
            self.arrived(2, self.sent - 16, 16)
            self.router.ask()
        self.assertNotIn("was not removed", self.router.log)
        self.assertEqual(self.sockets(1), 0, "the device still holds its interface")
        after = self.router.statistics()
        self.assertEqual([port["port"] for port in after["ports"]], [0, 2])
        self.assertEqual(after["rx"], after["tx"] + sum(after["drops"].values())
                         + after["consumed"] + after["held"])
        # Entries by the port are gone though their flows are not idle for long; the others stay.
        self.assertGreaterEqual(after["gc"]["reclaimed"] - before["gc"]["reclaimed"], 2)
        self.assertIn("removed", self.router.ask("show link"))
        self.assertRegex(self.router.ask(f"show route {setting.FAR4}/32"), "^$|inactive|netns-")

    def test_what_is_not_there_cannot_be_detached(self):
        self.assertIn("there is no port 7", self.router.attempt("port detach 7", ""))
        self.router.ask("port detach 2")
        self.wait_said("port 2 is closed")
        self.assertIn("there is no port 2", self.router.attempt("port detach 2", ""))
        self.send(setting.FAR4, 5)
        self.arrived(1, self.sent - 5, 5)

    def test_the_program_ends_cleanly_while_a_port_goes(self):
        self.send(setting.FAR4, 50)
        self.router.ask("gc stop")  # so that it cannot be through
        self.router.ask("port detach 1")
        self.assertNotIn("is closed", self.router.log)
        self.world, world = None, self.world
        world.stop()


if __name__ == "__main__":
    runner.main(UnplugTest, tools=("ethtool",))
