# SPDX-License-Identifier: BSD-3-Clause
"""The two settings of the differential test: addresses from the documentation and benchmarking
blocks (RFC 5737, 2544, 3849) for the generated set, and a default route each for captures."""

from lib.plan import Plan, Port, link_local

R = ["02:00:00:00:00:00", "02:00:00:00:00:01", "02:00:00:00:00:02"]  # the router's MACs
H = ["02:00:00:00:01:00", "02:00:00:00:01:01", "02:00:00:00:01:02"]  # the hosts'
OTHER_MAC = "02:00:00:00:02:00"

# Per port: the router's address, the host's. Port 0 takes jumbo frames, port 2 is the narrow one.
R4 = ["192.0.2.1", "203.0.113.1", "198.51.100.1"]
H4 = ["192.0.2.2", "203.0.113.2", "198.51.100.2"]
R6 = ["2001:db8::1", "2001:db8:1::1", "2001:db8:2::1"]
H6 = ["2001:db8::2", "2001:db8:1::2", "2001:db8:2::2"]
MTU = [9000, 1500, 1400]

HOSTS = list(zip(H, H4, H6))


def _ports():
    return [Port(R[n], [f"{R4[n]}/24", f"{R6[n]}/64"], MTU[n]) for n in range(3)]


def _neighbours():
    return [(a, H[n], n) for n in range(3) for a in (H4[n], H6[n], str(link_local(H[n])))]


# Destinations by what becomes of them.
FAR4, FAR6 = "198.18.0.1", "2001:db8:1000::1"              # out of port 1
NARROW4, NARROW6 = "198.19.0.1", "2001:db8:2000::1"        # out of port 2
BACK4, BACK6 = "10.1.2.3", "2001:db8:3000::1"              # out of port 0
HOLE4, HOLE6 = "198.18.7.1", "2001:db8:1007::1"            # blackhole
REFUSED4, REFUSED6 = "198.18.8.1", "2001:db8:1008::1"      # unreachable
NOWHERE4, NOWHERE6 = "100.64.0.1", "2001:db8:f000::1"      # no route


def generated():
    """The plan of the generated set."""
    return Plan(_ports(), _neighbours(), [
        ("198.18.0.0/16", H4[1]), ("198.19.0.0/16", H4[2]), ("10.0.0.0/8", H4[0]),
        ("198.18.7.0/24", "blackhole"), ("198.18.8.0/24", "unreachable"),
        ("2001:db8:1000::/36", H6[1]), ("2001:db8:2000::/36", H6[2]),
        ("2001:db8:3000::/36", H6[0]), ("2001:db8:1007::/48", "blackhole"),
        ("2001:db8:1008::/48", "unreachable")])


def captured():
    """The plan for captures: every address has a way, half of them the narrow one."""
    return Plan(_ports(), _neighbours(), [
        ("0.0.0.0/1", H4[1]), ("128.0.0.0/1", H4[2]), ("::/1", H6[1]), ("8000::/1", H6[2])])


V_HOSTS = [("02:00:00:00:01:03", "172.30.3.2", "2001:db8:73::2"),
           ("02:00:00:00:01:04", "172.30.4.2", "2001:db8:74::2")]


def tagged():
    """The generated set's plan with two sub-interfaces (VLAN 100 of port 0, 200 of port 1), by
    which the far prefixes are reached. Returns (plan, hosts)."""
    plan = generated()
    for number, ((mac, v4, v6), vlan) in enumerate(zip(V_HOSTS, ((0, 100), (1, 200))), 3):
        plan.ports.append(Port(R[vlan[0]], [v4[:-1] + "1/24", v6[:-1] + "1/64"], MTU[vlan[0]], vlan))
        plan.neighbours += [(a, mac, number) for a in (v4, v6)]
    by = {H4[1]: V_HOSTS[1][1], H4[2]: V_HOSTS[0][1], H6[1]: V_HOSTS[1][2], H6[2]: V_HOSTS[0][2]}
    plan.routes = [(prefix, by.get(via, via)) for prefix, via in plan.routes]
    return plan, HOSTS + V_HOSTS


def sabotaged(plan):
    """The plan with one port's MTU too small by 4: a router that a good test must find wrong."""
    ports = [Port(port.mac, port.addresses, port.mtu) for port in plan.ports]
    ports[2].mtu -= 4
    return Plan(ports, plan.neighbours, plan.routes)
