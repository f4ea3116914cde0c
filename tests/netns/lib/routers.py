# SPDX-License-Identifier: BSD-3-Clause
"""The router under test: Linux itself, or dstfwd. Both have the same few operations, so that each
test runs against either; what Linux fails is the test's own fault."""

import atexit
import collections
import json
import os
import select
import subprocess
import time

from . import plan as plans
from .net import Namespace, run

EAL = ["--no-huge", "-m", "1024", "--no-pci", "--no-shconf", "--no-telemetry",
       "--lcores", "0@0,1@1", "-s", "0x2"]


def no_defrag():
    """The library that keeps net_af_packet from reassembling (no_defrag.c); made on first use."""
    library = f"/run/netns-no-defrag-{os.getpid()}.so"
    if not os.path.exists(library):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "no_defrag.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        atexit.register(os.unlink, library)
    return library


class LinuxRouter:
    """A namespace that forwards; its interfaces r0, r1... are made by the test before apply()."""
    name = "linux"

    def __init__(self, name="linux"):
        self.space = Namespace(name)
        self.space.be_router()
        self.changer = None

    def start(self, plan):
        self.plan = plan
        for number, port in enumerate(plan.ports):
            self.space.ip(f"link set r{number} mtu {port.mtu}")
        self.space.ip(*plans.ip_lines(plan))

    def route(self, action, prefix, via):
        self.space.ip(plans.ip_route(action, prefix, via))

    def neighbour(self, action, address, mac, port):
        if action == "del":
            self.space.ip(f"neigh del {address} dev r{port}")
        else:
            self.space.ip(f"neigh replace {address} lladdr {mac} dev r{port} nud permanent")

    def link(self, port, state):
        self.space.ip(f"link set r{port} {state}")
        if state == "up":  # Linux forgets what was configured; dstfwd must not
            self.space.ip(*[line.replace(" add ", " replace ", 1)
                            for line in plans.ip_lines(self.plan)])

    def cache_flush(self):
        self.space.run("ip", "route", "flush", "cache")

    def attempt(self, _, ip_line):
        """Tries a change given in both languages; returns why it was refused, or ""."""
        done = run("ip", "-n", self.space.name, *ip_line.split(), check=False)
        return (done.stderr.strip() or "refused") if done.returncode else ""

    def load_routes(self, lines):
        """Many route lines; returns the seconds they took."""
        start = time.monotonic()
        self.space.ip(*lines)
        return time.monotonic() - start

    def change_routes(self, lines):
        """Route lines while packets flow; does not wait for them."""
        if not self.changer:
            self.changer = self.space.start("ip", "-force", "-batch", "-", stdin=subprocess.PIPE,
                                            stderr=subprocess.PIPE)
        self.changer.stdin.write(("\n".join(lines) + "\n").encode())
        self.changer.stdin.flush()

    def finish_changes(self):
        """Waits until all changes are made; raises where one was refused."""
        _, errors = self.changer.communicate()
        self.changer = None
        if errors:
            raise RuntimeError(errors.decode()[:2000])

    def verdicts(self):
        return None

    def check_alive(self):
        pass

    def stop(self):
        return None


class DstfwdRouter:
    """dstfwd on net_af_packet ports over the interfaces r0, r1... of a namespace, driven at its
    prompt. `taps` names ports that are net_tap devices instead: {port: interface name}. `nice`
    above 0: who waits for its polling lcores comes first; not where peers flood it."""
    name = "dstfwd"

    def __init__(self, name="dstfwd", program=None, arguments=(), taps=None, nice=0):
        self.space = Namespace(name)
        self.space.silence()
        self.program = program or os.environ.get("DSTFWD", "build/app/dstfwd")
        self.arguments, self.taps, self.nice = list(arguments), taps or {}, nice
        self.process, self.log, self.mark, self.changes = None, "", "", ""

    def start(self, plan):
        self.plan = plan
        commands = f"/run/{self.space.name}.cmd"
        self.stats = f"/run/{self.space.name}.json"
        with open(commands, "w", encoding="ascii") as f:
            f.write("\n".join(plans.dstfwd_lines(plan)) + "\n")
        command = [self.program, *EAL, "--file-prefix", self.space.name]
        for number, port in enumerate(p for p in plan.ports if p.vlan is None):
            command += ["--vdev", self._vdev(number, port)]
        # net_af_packet wants buffers that take a whole slot, behind 128 bytes of headroom.
        room = max(self._slot(port) for port in plan.ports) + 128
        command += ["--", "--cmdline-file", commands, "--stats-json", self.stats, "-i",
                    "--icmp-rate", "0", "--dad", "off", *self.arguments]
        if room > 2176:
            command += ["--mbuf-size", str(room)]
        self.command = command
        self.process = self.space.start("nice", "-n", str(self.nice), "env",
                                        f"LD_PRELOAD={no_defrag()}", *command,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.ask("start")

    @staticmethod
    def _slot(port):
        return 2048 if port.mtu <= 1900 else 16384

    def _vdev(self, number, port):
        if number in self.taps:
            return f"net_tap{number},iface={self.taps[number]},mac={port.mac}"
        # A frame slot holds the frame and tpacket2_hdr with its sockaddr; a power of two of pages.
        frame = self._slot(port)
        return (f"net_af_packet{number},iface=r{number},framesz={frame},"
                f"blocksz={max(frame, 4096)},framecnt={512 if frame == 2048 else 256}")

    def ask(self, *lines, timeout_s=30):
        """Gives command lines to the prompt; returns what it printed, once all are done."""
        self.mark = mark = f"netns-{time.monotonic_ns()}"
        # An unknown command is echoed in its error: so the prompt tells where it is.
        self.process.stdin.write(("\n".join(lines) + f"\n{mark}\n").encode())
        self.process.stdin.flush()
        text, deadline = "", time.monotonic() + timeout_s
        while mark not in text:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._read(0)
                raise RuntimeError(f"dstfwd gave no answer to {lines[:3]} "
                                   f"(exit {self.process.poll()}):\n{self.log[-3000:]}")
            text += self._read(0.1)
        return text

    def _read(self, wait_s):
        select.select([self.process.stdout], [], [], wait_s)
        try:
            text = (self.process.stdout.read() or b"").decode(errors="replace")
        except BlockingIOError:
            text = ""
        self.log += text
        return text

    def route(self, action, prefix, via):
        self.ask(f"route {action} {plans.route_spec(prefix, via)}")

    def neighbour(self, action, address, mac, port):
        spec = f" lladdr {mac}" if action != "del" else ""
        self.ask(f"neigh {action} {address}{spec} port {port}")

    def link(self, port, state):
        self.ask(f"link set {port} {state}")

    def cache_flush(self):
        self.ask("cache flush")

    def attempt(self, line, _):
        said = [part for part in self.ask(line).splitlines()
                if self.mark not in part and "error" in part.lower()]
        return said[0] if said else ""

    def load_routes(self, lines):
        start = time.monotonic()
        path = f"/run/{self.space.name}.routes"
        with open(path, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        self._expect_quiet(self.ask(f"source {path}", timeout_s=120))
        return time.monotonic() - start

    def change_routes(self, lines):
        self.process.stdin.write(("\n".join(lines) + "\n").encode())
        self.process.stdin.flush()
        self.changes += self._read(0)

    def finish_changes(self):
        said, self.changes = self.changes + self.ask(timeout_s=120), ""
        self._expect_quiet(said)

    def _expect_quiet(self, said):
        """Raises where a command was refused: a line that names a mistake has "error" in it."""
        errors = [line for line in said.splitlines() if "error" in line.lower()
                  and self.mark not in line]
        if errors:
            raise RuntimeError("\n".join(errors[:10]))

    def statistics(self):
        """The statistics of now (docs/statistics.md)."""
        return json.loads(next(line[line.index("{"):] for line in self.ask("show json").splitlines()
                               if line.rstrip().endswith("}")))

    def verdicts(self):
        """How packets have ended so far: {a name of fwd/verdict.h: packets}."""
        stats = self.statistics()
        return collections.Counter({**stats["drops"], **stats["consumed_by"],
                                    "forward": stats["tx"], "held": stats["held"]})

    def check_alive(self):
        if self.process.poll() is not None:
            self._read(0)
            raise RuntimeError(f"dstfwd ended with {self.process.poll()}:\n{self.log[-3000:]}")

    def stop(self):
        """Stops it cleanly; returns its statistics (issue 2's JSON object)."""
        self.process.stdin.write(b"quit\n")
        self.process.stdin.close()
        code = self.process.wait(60)
        self._read(0)
        if code != 0:
            raise RuntimeError(f"dstfwd ended with {code}:\n{self.log[-3000:]}")
        with open(self.stats, encoding="utf-8") as f:
            return check_balance(json.load(f))


def check_balance(stats):
    """Raises unless invariants 2 and 4 hold in statistics written at exit."""
    ends = stats["tx"] + sum(stats["drops"].values()) + stats["consumed"] + stats["held"]
    gc = stats["gc"]
    if stats["rx"] != ends:
        raise RuntimeError(f"rx {stats['rx']} != tx + drops + consumed + held {ends}: {stats}")
    if gc["created"] != gc["reclaimed"]:
        raise RuntimeError(f"created {gc['created']} != reclaimed {gc['reclaimed']}")
    return stats


def make(kind, name, **kwargs):
    return LinuxRouter(name) if kind == "linux" else DstfwdRouter(name, **kwargs)
