# SPDX-License-Identifier: BSD-3-Clause
"""What a router under test is told, in one form that both ip(8) and dstfwd's commands are made of."""

import ipaddress
from dataclasses import dataclass, field


@dataclass
class Port:
    """A port of the router. addresses: "192.0.2.1/24"; the interface's name is rN. vlan: (port,
    identifier) makes it a sub-interface of dstfwd's; Linux gets a port of its own for it, as not
    every kernel has 802.1Q."""
    mac: str
    addresses: list
    mtu: int = 1500
    vlan: tuple = None


@dataclass
class Plan:
    """ports by number; neighbours: (address, mac, port); routes: (prefix, via[, port]), where via
    is an address, or one of "blackhole", "unreachable", "prohibit"."""
    ports: list
    neighbours: list = field(default_factory=list)
    routes: list = field(default_factory=list)


def route_spec(prefix, via):
    """The tail that ip(8) and dstfwd have in common: "PREFIX via ADDRESS" or "blackhole PREFIX"."""
    if via in ("blackhole", "unreachable", "prohibit"):
        return f"{via} {prefix}"
    return f"{prefix} via {via}"


def ip_route(action, prefix, via):
    return f"route {action} {route_spec(prefix, via)}"


def ip_lines(plan):
    """The plan as lines for ip -batch in the router's namespace."""
    lines = []
    for number, port in enumerate(plan.ports):
        lines += [f"address add {a} dev r{number}" + (" nodad" if ":" in a else "")
                  for a in port.addresses]
    lines += [f"neigh replace {a} lladdr {mac} dev r{port} nud permanent"
              for a, mac, port in plan.neighbours]
    lines += [ip_route("add", prefix, via) for prefix, via in plan.routes]
    return lines


def dstfwd_port(plan, number):
    """How dstfwd's commands name a port of the plan."""
    vlan = plan.ports[number].vlan
    return f"port {number}" if vlan is None else f"port {vlan[0]} vlan {vlan[1]}"


def dstfwd_lines(plan):
    """The plan as dstfwd's commands."""
    lines = [f"link set {n} mtu {port.mtu}" for n, port in enumerate(plan.ports)
             if port.mtu != 1500 and port.vlan is None]
    lines += [f"link add vlan {port.vlan[1]} port {port.vlan[0]}" for port in plan.ports
              if port.vlan is not None]
    for number, port in enumerate(plan.ports):
        lines += [f"address add {a} {dstfwd_port(plan, number)}" for a in port.addresses]
    lines += [f"neigh add {a} lladdr {mac} {dstfwd_port(plan, port)}"
              for a, mac, port in plan.neighbours]
    lines += [f"route add {route_spec(prefix, via)}" for prefix, via in plan.routes]
    return lines


def own_addresses(plan):
    """All addresses of the router itself, packed, link-local ones included."""
    own = set()
    for port in plan.ports:
        own |= {ipaddress.ip_interface(a).ip.packed for a in port.addresses}
        own.add(link_local(port.mac).packed)
    return own


def link_local(mac):
    """RFC 4291 appendix A: fe80:: and the modified EUI-64."""
    b = bytes.fromhex(mac.replace(":", ""))
    return ipaddress.IPv6Address(bytes.fromhex("fe80000000000000") +
                                 bytes([b[0] ^ 2, b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]]))
