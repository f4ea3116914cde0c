# SPDX-License-Identifier: BSD-3-Clause
"""A router under test with a wire at each of its ports, and the exchange of frames with it."""

import itertools
import struct
import time

from . import net, packets, routers, wire
from .plan import link_local

MAGIC = b"dstfwd-marker"


class World:
    """Builds the links for `plan`, starts the router of `kind`, and speaks for the hosts at its
    ports. hosts: per port (MAC, IPv4 address, IPv6 address), all of them static neighbours. label:
    a short name for namespace and links, unique in the sandbox."""

    _serial = itertools.count(1)

    def __init__(self, kind, plan, hosts, label=None, **kwargs):
        self.kind, self.plan, self.hosts = kind, plan, hosts
        label = label or kind
        self.router = routers.make(kind, label, **kwargs)
        here = net.Namespace()
        self.wires, self.tags = [], {}
        for number, port in enumerate(plan.ports):
            if port.vlan and kind == "dstfwd":
                self.tags[number] = port.vlan
                continue
            # The host's side takes any frame; the router's side is what the plan says.
            net.veth(here, f"{label}{number}", self.router.space, f"r{number}",
                     hosts[number][0], port.mac, mtu=port.mtu)
            here.ip(f"link set {label}{number} mtu 9216")
            self.wires.append(wire.Wire(f"{label}{number}"))
        self.router.start(plan)
        self.answers = True
        self.answers = self._wait_ready()

    def _wait_ready(self):
        for _ in range(50):
            try:
                self.exchange(0, [], timeout_s=0.2)
                return True
            except TimeoutError:
                self.router.check_alive()
        self.answers = False
        self.exchange(0, [])  # forwards, but does not answer echo requests
        return False

    def exchange(self, port, frames, timeout_s=30.0):
        """Sends frames into `port`; returns all that came of them, [(port, frame)]. Behind them go
        markers, one out of each port and an echo request to the router, so that the end of what
        comes is known without waiting for silence. The echo request comes last, when the others are
        back: packets of one burst may pass each other on their way to the router's slow path."""
        token = MAGIC + struct.pack(">I", next(self._serial))
        for frame in frames:
            self.send(port, frame)
        markers = {}
        for number in range(len(self.plan.ports)):
            markers[number, packets.UDP] = self._marker(port, number, token)
        found = self._await(markers, port, token, timeout_s)
        if self.answers:
            echo = {(port, packets.ICMP): self._echo(port, token)}
            found += self._await(echo, port, token, timeout_s)
        else:
            time.sleep(0.002)
            found += wire.gather(self.wires, lambda n, f: n is None, 0)[0]
        return [self._arrived(number, frame) for number, frame in found]

    def _await(self, markers, port, token, timeout_s):
        """Sends markers {(port, protocol) where it comes out: frame}; returns what comes besides
        them until all are back."""
        waiting = set(markers)
        for marker in markers.values():
            self.send(port, marker)

        def ended(number, frame):
            if frame is None:
                return not waiting
            if frame.endswith(token):
                number, frame = self._arrived(number, frame)
                waiting.discard((number, frame[23]))
                return True
            return MAGIC in frame[-17:]  # of an exchange that was given up

        found, whole = wire.gather(self.wires, ended, timeout_s)
        if not whole:
            self.router.check_alive()
            raise TimeoutError(f"{self.kind}: markers lost: {sorted(waiting)}; {len(found)} frames "
                               f"came; packets ended so far: {self.router.verdicts()}; said last:\n"
                               + getattr(self.router, "log", "")[-1500:])
        return found

    def send(self, port, frame):
        """Puts a frame on the link of `port`; that of a sub-interface gets its tag."""
        if port in self.tags:
            parent, identifier = self.tags[port]
            self.wires[parent].send(packets.tagged(frame, identifier))
        else:
            self.wires[port].send(frame)

    def _arrived(self, number, frame):
        """(port, frame) as the plan has it: a sub-interface's frame is without its tag."""
        for port, (parent, identifier) in self.tags.items():
            if parent == number and frame[12:16] == b"\x81\x00" + struct.pack(">H", identifier):
                return port, frame[:12] + frame[16:]
        return number, frame

    def router_addresses(self, port):
        """The router's addresses at a port, packed, the link-local one included."""
        one = self.plan.ports[port]
        return {packets.addr(a.split("/")[0]) for a in one.addresses} | {link_local(one.mac).packed}

    def frame(self, port, packet):
        """`packet` in a frame from the host at `port` to the router."""
        kind = packets.ETH_IPV6 if packet[0] >> 4 == 6 else packets.ETH_IPV4
        return packets.eth(self.plan.ports[port].mac, self.hosts[port][0], kind, packet)

    def verdicts(self):
        """How packets have ended so far, by verdict; of dstfwd only, else None."""
        return self.router.verdicts()

    def marker_verdicts(self):
        """What one exchange() without frames adds to them."""
        return {"forward": len(self.plan.ports), "local": 1}

    def _marker(self, port, out, token):
        src, dst = self.hosts[port][1], self.hosts[out][1]
        return self.frame(port, packets.ip4(src, dst, packets.udp(src, dst, bytes(16) + token)))

    def _echo(self, port, token):
        own = self.plan.ports[port].addresses[0].split("/")[0]
        echo = packets.icmp4(8, 0, 0x44460001, bytes(16) + token)
        return self.frame(port, packets.ip4(self.hosts[port][1], own, echo, packets.ICMP))

    def stop(self):
        for one in self.wires:
            one.close()
        return self.router.stop()
