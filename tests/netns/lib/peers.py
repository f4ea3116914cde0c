# SPDX-License-Identifier: BSD-3-Clause
"""Two real hosts with the router under test between them:

    host a -- port 0 [router] port 1 -- host b
                              port 2 -- host b (a second way to it)

The hosts are Linux namespaces; nothing is configured but addresses and routes: neighbours have to
be found. With tap=True port 0 of dstfwd is a net_tap device, and host a is the namespace that
dstfwd runs in."""

import time

from . import net, routers
from .plan import Plan, Port

R4 = ["192.0.2.1", "203.0.113.1", "198.51.100.1"]
H4 = ["192.0.2.2", "203.0.113.2", "198.51.100.2"]
R6 = ["2001:db8::1", "2001:db8:1::1", "2001:db8:2::1"]
H6 = ["2001:db8::2", "2001:db8:1::2", "2001:db8:2::2"]
# Addresses of host b behind both of its links.
SERVICE4, SERVICE6 = "198.18.0.1", "2001:db8:1000::1"
SERVICES = {4: "198.18.0.0/24", 6: "2001:db8:1000::/64"}
ROUTER_MAC = [f"02:00:00:00:00:0{n}" for n in range(3)]
HOST_MAC = [f"02:00:00:00:01:0{n}" for n in range(3)]
FAMILIES = (4, 6)


def address(family, port):
    """The host's address on the link of `port`."""
    return (H4 if family == 4 else H6)[port]


def router_address(family, port):
    return (R4 if family == 4 else R6)[port]


class Peers:
    """mtus: of the three links. a and b are the hosts' namespaces."""

    def __init__(self, kind, mtus=(1500, 1500, 1500), tap=False, arguments=()):
        self.mtus, self.tap = mtus, tap
        kwargs = {}
        if kind == "dstfwd":
            kwargs = {"arguments": arguments, "taps": {0: "tap0"} if tap else None}
        self.router = routers.make(kind, "router", **kwargs)
        self.b = net.Namespace("b")
        self.a = self.router.space if tap else net.Namespace("a")
        for host in {self.a, self.b} - {self.router.space}:
            host.be_host()
        self.links = ["tap0" if tap else "h0", "h1", "h2"]
        for port in range(1 if tap else 0, 3):
            net.veth(self.host(port), f"h{port}", self.router.space, f"r{port}",
                     HOST_MAC[port], ROUTER_MAC[port], mtus[port])
            if tap:  # host a's kernel sees the router's other links, too, and must not listen
                self.a.sysctl(**{f"ipv4__conf__r{port}__rp_filter": 1,
                                 f"ipv4__conf__r{port}__arp_ignore": 8})
        self.plan = Plan(
            [Port(ROUTER_MAC[n], [f"{R4[n]}/24", f"{R6[n]}/64"], mtus[n]) for n in range(3)],
            routes=[(SERVICES[4], H4[1]), (SERVICES[6], H6[1])])
        self.router.start(self.plan)
        self._configure_hosts()
        self._wait_ready()

    def host(self, port):
        return self.a if port == 0 else self.b

    def _configure_hosts(self):
        if self.tap:
            self.a.sysctl(ipv6__conf__tap0__disable_ipv6=0, ipv6__conf__tap0__accept_dad=0,
                          ipv6__conf__tap0__router_solicitations=0)
            # The kernel's end of a tap is born with the port's MAC; a host has its own.
            self.a.ip(f"link set tap0 address {HOST_MAC[0]}", f"link set tap0 mtu {self.mtus[0]}",
                      "link set tap0 up")
            net.plain_offloads(self.a, "tap0")
        for port, link in enumerate(self.links):
            self.host(port).sysctl(**{f"ipv6__conf__{link}__keep_addr_on_down": 1,
                                      f"ipv4__conf__{link}__arp_notify": 1,
                                      f"ipv6__conf__{link}__ndisc_notify": 1})
            self.host(port).ip(f"address add {H4[port]}/24 dev {link}",
                               f"address add {H6[port]}/64 dev {link} nodad")
        self.b.ip(f"address add {SERVICE4}/32 dev lo", f"address add {SERVICE6}/128 dev lo nodad")
        self.restore_routes(0)
        self.restore_routes(1)

    def restore_routes(self, port):
        """The host's default routes by the link of `port`; a link that was down has lost them."""
        for family in FAMILIES:
            self.host(port).ip(f"route replace {'default' if family == 4 else '::/0'} via "
                               f"{router_address(family, port)} dev {self.links[port]}")

    def _wait_ready(self):
        deadline = time.monotonic() + 20
        for family in FAMILIES:
            while self.a.run("ping", "-n", "-c1", "-W1", address(family, 1),
                             check=False).returncode != 0:
                self.router.check_alive()
                if time.monotonic() > deadline:
                    raise RuntimeError(f"no IPv{family} path between the hosts\n"
                                       + getattr(self.router, "log", "")[-2000:])

    def stop(self):
        return self.router.stop()
