# SPDX-License-Identifier: BSD-3-Clause
"""A router's configuration, kept apart from dstfwd's: commands for dstfwd on one side, longest prefix
match by a walk over all lengths on the other."""

import ipaddress

BLACKHOLE = "blackhole"


class Table:
    def __init__(self):
        self.commands = []
        self.local = set()
        self.subnets = []  # (network, port)
        self.neighbours = {}  # address: (port, MAC)
        self.routes = {4: {}, 6: {}}  # {length: {network as a number: next hop's address}}

    def address(self, text, port):
        interface = ipaddress.ip_interface(text)
        self.commands.append(f"address add {text} port {port}")
        self.local.add(interface.ip)
        self.subnets.append((interface.network, port))
        self._store(interface.network, interface.network)

    def neighbour(self, text, mac, port):
        self.commands.append(f"neigh add {text} lladdr {mac} port {port}")
        self.neighbours[ipaddress.ip_address(text)] = (port, bytes.fromhex(mac.replace(":", "")))

    def route(self, prefix, via):
        network = ipaddress.ip_network(prefix)
        if via == BLACKHOLE:
            self.commands.append(f"route add blackhole {prefix}")
            self._store(network, BLACKHOLE)
        else:
            self.commands.append(f"route add {prefix} via {via}")
            self._store(network, ipaddress.ip_address(via))

    def _store(self, network, value):
        self.routes[network.version].setdefault(network.prefixlen, {})[
            int(network.network_address)] = value

    def lookup(self, address):
        """The value of the longest prefix that holds the address, or None. A connected network's
        value is the network itself."""
        number, bits = int(address), address.max_prefixlen
        for length in sorted(self.routes[address.version], reverse=True):
            mask = ((1 << length) - 1) << (bits - length)
            found = self.routes[address.version][length].get(number & mask)
            if found is not None:
                return found
        return None

    def is_local(self, address):
        """The router's own: its addresses, the subnet-router anycast addresses of its IPv6 networks
        (RFC 4291 2.6.1)."""
        if address in self.local:
            return True
        return any(address == network.network_address for network, _ in self.subnets
                   if network.version == 6 and address.version == 6 and network.prefixlen < 127)

    def is_directed_broadcast(self, address):
        """RFC 1812 4.2.3.1 and 5.3.5.2: of a connected network; the all-zeros form too."""
        return any(address in (network.broadcast_address, network.network_address)
                   for network, _ in self.subnets
                   if address.version == 4 == network.version and network.prefixlen < 31)


def simple():
    """What scripts/demo has: everything but two networks of clients leaves by port 1."""
    table = Table()
    _ports(table)
    table.route("198.18.0.0/16", "192.0.2.2")
    table.route("2001:db8:a::/48", "2001:db8:1::2")
    table.route("0.0.0.0/0", "203.0.113.2")
    table.route("::/0", "2001:db8:2::2")
    return table


def dense(rng, count=300):
    """Nested prefixes of all lengths over both ports, some of them blackholes, and no default."""
    table = Table()
    _ports(table)
    hops = {4: ["192.0.2.2", "192.0.2.3", "203.0.113.2", "203.0.113.3"],
            6: ["2001:db8:1::2", "2001:db8:1::3", "2001:db8:2::2", "2001:db8:2::3"]}
    wide = {"0.0.0.0/1": "203.0.113.2", "128.0.0.0/2": "192.0.2.3", "2000::/3": "2001:db8:2::2"}
    for prefix, via in wide.items():
        table.route(prefix, via)
    seen = set(map(ipaddress.ip_network, wide))
    while len(seen) < count:
        version = 4 if len(seen) % 2 else 6
        bits = 32 if version == 4 else 128
        length = rng.randint(2, 24) if version == 4 else rng.randint(4, 64)
        # Half of them where the generated captures' addresses are.
        near = {4: 0xc6120000 | rng.getrandbits(17), 6: 0x20010db8000a << 80 | rng.getrandbits(81)}
        number = near[version] if rng.random() < 0.5 else rng.getrandbits(bits)
        if number == near[version]:
            length = rng.randint(15, 30) if version == 4 else rng.randint(46, 120)
        number = number >> (bits - length) << (bits - length)
        network = ipaddress.ip_network((number, length))
        if network in seen or any(n.version == version and network.overlaps(n)
                                  and network.prefixlen >= n.prefixlen for n, _ in table.subnets):
            continue
        seen.add(network)
        via = BLACKHOLE if rng.random() < 0.05 else rng.choice(hops[version])
        table.route(str(network), via)
    return table


def _ports(table):
    table.address("192.0.2.1/24", 0)
    table.address("2001:db8:1::1/64", 0)
    table.address("203.0.113.1/24", 1)
    table.address("2001:db8:2::1/64", 1)
    for host in (2, 3):
        table.neighbour(f"192.0.2.{host}", f"02:00:00:00:00:0{host}", 0)
        table.neighbour(f"2001:db8:1::{host}", f"02:00:00:00:00:0{host}", 0)
        table.neighbour(f"203.0.113.{host}", f"02:00:00:00:01:0{host}", 1)
        table.neighbour(f"2001:db8:2::{host}", f"02:00:00:00:01:0{host}", 1)
