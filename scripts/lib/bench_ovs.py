# SPDX-License-Identifier: BSD-3-Clause
"""The router against Open vSwitch with DPDK (Debian's openvswitch-switch-dpdk) on the same vdevs.

Open vSwitch gets one OpenFlow rule that does what the router does: IPv4 packets to the destinations'
prefix get new MACs and a TTL less one, and leave by the other port. So its slow path makes one
megaflow of all flows, which is the best case for it; its exact-match cache is on, as by default.
Both are charged the CPU time of their one polling thread."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

from bench_figures import thread_cpu_ns
from bench_forwarders import Rested, race

VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PACKAGE = "openvswitch-switch-dpdk"
START_S = 60
LAPS = 4  # each longer than others' are: asking for its counters takes some 10 ms
# A port with infinite_rx keeps a packet buffer a frame, and Open vSwitch has at most 262144 buffers
# in a pool: more flows come by several ports, each with a pool of its own, which goes by the MTU.
SOURCE_FLOWS = 250_000
FIRST_MTU, NEXT_MTU = 1500, 1024  # below 1500 a pool is smaller
MEMORY_MB = {1: 1024, 4: 4400}  # by sources


def install():
    """Installs the package where it is missing, without starting its service. True: it is there."""
    if os.path.exists(VSWITCHD):
        return True
    policy = "/usr/sbin/policy-rc.d"
    ours = not os.path.exists(policy)
    try:
        if ours:
            with open(policy, "w", encoding="ascii") as f:
                f.write("#!/bin/sh\nexit 101\n")  # invoke-rc.d(8): forbidden
            os.chmod(policy, 0o755)
        for command in (["install"], ["update"], ["install"]):
            package = [PACKAGE] if command == ["install"] else []
            subprocess.run(["apt-get", "-qq", *command, *(["-y"] if package else []), *package],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False,
                           env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
            if os.path.exists(VSWITCHD):
                return True
    except OSError:
        pass
    finally:
        if ours and os.path.exists(policy):
            os.remove(policy)
    return False


class OpenVSwitch(Rested):
    """A database and a switch of our own in a folder; ends both, whatever happens."""

    name = "Open vSwitch"

    def __init__(self, folder, sources):
        self.folder, self.sources, self.processes = folder, sources, []
        self.log = os.path.join(folder, "ovs.log")
        self.environment = {**os.environ, "OVS_RUNDIR": folder, "OVS_LOGDIR": folder,
                            "OVS_DBDIR": folder, "OVS_SYSCONFDIR": folder}

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def call(self, *command, timeout_s=START_S):
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s,
                              env=self.environment, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command)} ended with {done.returncode}: "
                             f"{done.stderr.strip()}\n{self.end_of_log()}")
        return done.stdout

    def end_of_log(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                return f.read()[-1500:]
        except OSError:
            return ""

    def daemon(self, *command):
        with open(self.log, "ab") as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=log, env=self.environment))

    def vsctl(self, *words):
        return self.call("ovs-vsctl", f"--db=unix:{self.path('db.sock')}", f"-t{START_S}", *words)

    def appctl(self, *words):
        return self.call("ovs-appctl", "-t", self.path("switch.ctl"), *words)

    def await_file(self, name):
        deadline = time.monotonic() + START_S
        while not os.path.exists(self.path(name)):
            if time.monotonic() > deadline or self.processes[-1].poll() is not None:
                raise SystemExit(f"bench: Open vSwitch did not start:\n{self.end_of_log()}")
            time.sleep(0.05)

    def start(self):
        database = self.path("conf.db")
        self.call("ovsdb-tool", "create", database, SCHEMA)
        self.daemon("ovsdb-server", database, f"--remote=punix:{self.path('db.sock')}",
                    f"--unixctl={self.path('db.ctl')}")
        self.await_file("db.sock")
        self.vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".",
                   "other_config:dpdk-init=true", "other_config:pmd-cpu-mask=0x2",
                   "other_config:dpdk-lcore-mask=0x1",
                   f"other_config:dpdk-socket-mem={MEMORY_MB[self.sources]}",
                   f"other_config:dpdk-extra=--no-pci --file-prefix ovs{os.getpid()}")
        self.daemon(VSWITCHD, f"unix:{self.path('db.sock')}", f"--unixctl={self.path('switch.ctl')}")
        self.await_file("switch.ctl")

    def bridge(self, devices, macs, prefix):
        """Ports of the devices' arguments, the last the sink; the rule; the polling thread runs."""
        words = ["add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev",
                 "protocols=OpenFlow13"]
        for number, device in enumerate(devices):
            mtu = FIRST_MTU + NEXT_MTU * min(number, self.sources - 1)
            words += ["--", "add-port", "br0", f"p{number}", "--", "set", "Interface", f"p{number}",
                      "type=dpdk", f"options:dpdk-devargs={device}", f"mtu_request={mtu}",
                      f"ofport_request={number + 1}"]
        self.vsctl(*words)
        errors = [line for number in range(len(devices)) for line in
                  [self.vsctl("get", "Interface", f"p{number}", "error").strip()]
                  if line not in ("[]", '""')]
        if errors:
            raise SystemExit(f"bench: Open vSwitch: {errors[0]}\n{self.end_of_log()}")
        self.call("ovs-ofctl", "-OOpenFlow13", "--", "del-flows",
                  f"unix:{self.path('br0.mgmt')}")
        self.call("ovs-ofctl", "-OOpenFlow13", "add-flow", f"unix:{self.path('br0.mgmt')}",
                  f"ip,nw_dst={prefix},actions=set_field:{macs[0]}->eth_src,"
                  f"set_field:{macs[1]}->eth_dst,dec_ttl,output:{len(devices)}")

    @property
    def process(self):
        return self.processes[-1]

    def polling_ns(self):
        """CPU time of the polling thread."""
        cpu_ns = thread_cpu_ns(self.process.pid, "pmd-c")
        if cpu_ns is None:
            raise SystemExit(f"bench: Open vSwitch has no polling thread\n{self.end_of_log()}")
        return cpu_ns

    def sent(self):
        """Packets that the switch gave to the sink, the last port."""
        said = self.call("ovs-ofctl", "-OOpenFlow13", "dump-ports",
                         f"unix:{self.path('br0.mgmt')}", str(self.sources + 1))
        return int(re.search(r"tx pkts=(\d+)", said).group(1))

    def settle(self, packets):
        """Forwards until that many were sent."""
        deadline = time.monotonic() + START_S
        first = self.sent()
        while self.sent() - first < packets:
            if time.monotonic() > deadline:
                raise SystemExit(f"bench: Open vSwitch forwards nothing\n{self.end_of_log()}")
            time.sleep(0.1)

    def forward(self, seconds):
        packets, spent_ns = self.sent(), self.polling_ns()
        time.sleep(seconds)
        packets, spent_ns = self.sent() - packets, self.polling_ns() - spent_ns
        return spent_ns, packets


def compare_ovs(bench, figures, rounds, sizes):
    """`rounds` of both, by turns, at each of `sizes` {name: flows}: ns a packet, and the ratio of
    packets a second (ours / theirs)."""
    if not bench.huge:
        print("Open vSwitch: not measured: no hugepages")
        return
    if not install():
        print(f"Open vSwitch: not measured: apt-get could not install {PACKAGE}")
        return
    for _ in range(rounds):
        for name, flows in sizes.items():
            sources = -(-flows // SOURCE_FLOWS)
            with (open_vswitch(bench, flows, sources) as theirs,
                  bench.dstfwd(flows, sources=sources) as ours):
                race(figures, {f"ovs_{name}_ns": theirs, f"ovs_{name}_dstfwd_ns": ours}, LAPS,
                     bench.seconds / LAPS, f"ovs_{name}_ratio")


@contextlib.contextmanager
def open_vswitch(bench, flows, sources):
    """At rest, each flow seen twice."""
    with OpenVSwitch(bench.path("ovs"), sources) as switch:
        # The sink comes last here: its number is that of the rule's output.
        devices = bench.device_arguments(flows, sources=sources)
        switch.bridge(devices, (bench.SOURCE_MAC, bench.NEXT_MAC), bench.DESTINATIONS)
        switch.settle(2 * flows + 1000)
        switch.rest()
        yield switch
