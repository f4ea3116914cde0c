# SPDX-License-Identifier: BSD-3-Clause
"""Namespaces and veth pairs, by ip(8) and sysctl. Only for use inside lib.sandbox."""

import subprocess


def run(*command, check=True, timeout=60):
    """Runs a command; returns its CompletedProcess with text output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return done


class Namespace:
    """A network namespace. `name` None is the sandbox's own."""

    def __init__(self, name=None):
        self.name = name
        if name is not None:
            run("ip", "netns", "add", name)
            self.ip("link set lo up")

    def command(self, *command):
        """The command line that runs `command` in this namespace."""
        return [*(["ip", "netns", "exec", self.name] if self.name else []), *command]

    def run(self, *command, check=True, timeout=60):
        return run(*self.command(*command), check=check, timeout=timeout)

    def start(self, *command, **kwargs):
        """Starts a process here; the sandbox's end is its end at the latest."""
        return subprocess.Popen(self.command(*command), **kwargs)

    def ip(self, *lines):
        """Runs ip(8) command lines, each without the leading "ip"."""
        prefix = ["ip"] + (["-n", self.name] if self.name else [])
        done = subprocess.run(prefix + ["-batch", "-"], input="\n".join(lines) + "\n",
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"ip in {self.name}: {done.stderr.strip()}\n" + "\n".join(lines))
        return done.stdout

    def sysctl(self, **values):
        """Sets net.* values; `__` in a key stands for a dot, keys begin behind "net."."""
        script = "\n".join(f"echo {value} > /proc/sys/net/{key.replace('__', '/')}"
                           for key, value in values.items())
        self.run("sh", "-ec", script)

    def silence(self):
        """No IPv6 and no ARP of the kernel's own: the namespace only carries frames."""
        self.sysctl(ipv6__conf__all__disable_ipv6=1, ipv6__conf__default__disable_ipv6=1)

    def be_host(self):
        """An end host that is fast to come up: no DAD, no router solicitations."""
        self.sysctl(ipv6__conf__all__disable_ipv6=0, ipv6__conf__default__disable_ipv6=0,
                    ipv6__conf__default__accept_dad=0, ipv6__conf__default__dad_transmits=0,
                    ipv6__conf__default__router_solicitations=0,
                    ipv6__conf__default__accept_ra=0)

    def be_router(self):
        """A router that answers at once and says only what was asked for."""
        self.be_host()
        self.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1,
                    ipv6__conf__default__forwarding=1,
                    ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0,
                    # Of the arrival interface, as traceroute wants it.
                    ipv4__icmp_errors_use_inbound_ifaddr=1,
                    # Rate limits depend on time, not on packets. The masks name the types that
                    # are limited; IPv6's stands before the limit on all of them, too, which a fast
                    # machine meets.
                    ipv4__icmp_ratemask=0, ipv6__icmp__ratemask="", ipv6__icmp__ratelimit=0,
                    ipv4__conf__all__send_redirects=0, ipv4__conf__default__send_redirects=0,
                    ipv6__auto_flowlabels=0)


def veth(left, left_name, right, right_name, left_mac=None, right_mac=None, mtu=1500):
    """A veth pair, up, between two namespaces; frames cross it as they are on the wire: checksums
    are filled in, and nothing is segmented late or merged."""
    left_at = f" netns {left.name}" if left.name else ""
    right_at = f" netns {right.name}" if right.name else ""
    run("ip", *(f"link add {left_name}{left_at} type veth peer name {right_name}{right_at}".split()))
    for space, name, mac in ((left, left_name, left_mac), (right, right_name, right_mac)):
        plain_offloads(space, name)
        space.ip(f"link set {name} mtu {mtu}" + (f" address {mac}" if mac else ""),
                 f"link set {name} up")


def plain_offloads(space, name):
    """Turns off what makes a veth carry anything but plain frames."""
    space.run("ethtool", "-K", name, "tx", "off", "sg", "off", "tso", "off", "gso", "off",
              "gro", "off", "rxvlan", "off", "txvlan", "off", check=False)
