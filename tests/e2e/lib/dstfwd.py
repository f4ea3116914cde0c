# SPDX-License-Identifier: BSD-3-Clause
"""Runs dstfwd over captures. The program is $DSTFWD, or build/app/dstfwd."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from . import pcap

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PROGRAM = os.environ.get("DSTFWD", os.path.join(TOP, "build", "app", "dstfwd"))
MAKE_CAPTURE = os.path.join(TOP, "scripts", "lib", "make_capture.py")
PLENTY_S = 240  # until a run is taken for hung: machines are shared, sanitizers slow


def eal(prefix, memory_mb=512):
    """Arguments of EAL: two lcores on whatever CPUs there are, nothing of the machine's."""
    cpus = sorted(os.sched_getaffinity(0))
    return ["--lcores", f"0@{cpus[0]},1@{cpus[-1]}", "-s", "0x2", "--no-huge", "-m", str(memory_mb),
            "--no-pci", "--no-shconf", "--no-telemetry", "--file-prefix", prefix]


def two_nodes(prefix, memory_mb=512):
    """As eal(), with a forwarding lcore and a collector's on each of two NUMA nodes (NODES)."""
    cpus = sorted(os.sched_getaffinity(0))
    lcores = ",".join(f"{lcore}@{cpus[lcore % len(cpus)]}" for lcore in range(4))
    one = eal(prefix, memory_mb)
    service = one.index("-s")
    return ["--lcores", lcores, *one[2:service], *one[service + 2:]]


# dstfwd's, with two_nodes(): lcores 0 and 1 forward, 2 and 3 collect, each pair of two nodes.
NODES = ["--lcore-nodes", "0@0,1@1,2@0,3@1"]


class Bench:
    """A folder of its own, for one or several runs. lcores: eal or two_nodes."""

    def __init__(self, lcores=eal):
        self.lcores = lcores
        self.folder = tempfile.mkdtemp(prefix="dstfwd-e2e.")
        self.runs = 0
        self.prompts = []

    def close(self):
        for prompt in self.prompts:
            prompt.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def empty_capture(self):
        pcap.write(self.path("empty.pcap"), [])
        return self.path("empty.pcap")

    def generate(self, name, flows, *arguments, packets=None):
        """A capture of generated flows, by default a packet each."""
        subprocess.run(["/usr/bin/python3", MAKE_CAPTURE, self.path(name), "--packets",
                        str(packets or flows), "--flows", str(flows), *arguments], check=True,
                       stdout=subprocess.DEVNULL)
        return self.path(name)

    def vdev(self, port, capture, endless=False, sink=False):
        """net_pcap as port number `port`, once through the capture or endlessly; what leaves goes to
        out<port>.pcap, or nowhere. A symbolic link gives the capture a name without comma."""
        link = self.path(f"in{port}.pcap")
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.path.realpath(capture), link)
        device = f"net_pcap{port},rx_pcap={link}"
        if not sink:
            device += f",tx_pcap={self.path(f'out{port}.pcap')}"
        return ["--vdev", device + ",infinite_rx=1" * endless]

    def command(self, *arguments, devices=(), memory_mb=512):
        self.runs += 1
        prefix = f"e2e{os.getpid()}x{self.runs}"
        return [PROGRAM, *self.lcores(prefix, memory_mb), *devices, "--", *arguments]

    def start(self, *arguments, devices=(), memory_mb=512, **kwargs):
        return subprocess.Popen(self.command(*arguments, devices=devices, memory_mb=memory_mb),
                                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                                   "stderr": subprocess.PIPE, "text": True, **kwargs})

    def prompt(self, commands, *arguments, devices=(), memory_mb=1024):
        """dstfwd at its prompt, forwarding: Prompt."""
        script = self.file("commands", "\n".join(commands) + "\n")
        stats = self.path("stats.json")
        process = self.start("--cmdline-file", script, "--stats-json", stats, "--promiscuous",
                             *arguments, "-i", devices=devices, memory_mb=memory_mb,
                             stdin=subprocess.PIPE)
        self.prompts.append(Prompt(process, stats))
        self.prompts[-1].ask("start")
        return self.prompts[-1]

    def run(self, *arguments, devices=(), memory_mb=512, stdin=""):
        """A run to its end: subprocess.CompletedProcess."""
        return subprocess.run(self.command(*arguments, devices=devices, memory_mb=memory_mb),
                              input=stdin, capture_output=True, text=True, timeout=PLENTY_S)

    def route(self, capture, commands, *arguments):
        """Routes a capture that arrives at port 0; port 1 receives nothing. Returns (statistics,
        frames out of port 0, frames out of port 1)."""
        stats = self.path("stats.json")
        devices = self.vdev(0, capture) + self.vdev(1, self.empty_capture())
        script = self.file("commands", "\n".join(commands) + "\n")
        result = self.run("--cmdline-file", script, "--stats-json", stats, "--idle-exit", "100",
                          "--flows", "65536", "--slow-path", "off", *arguments,
                          devices=devices)
        if result.returncode != 0:
            raise AssertionError(f"dstfwd ended with {result.returncode} on {capture}:\n"
                                 f"{result.stdout[-2000:]}{result.stderr[-6000:]}")
        with open(stats, encoding="utf-8") as f:
            return json.load(f), pcap.read(self.path("out0.pcap")), pcap.read(self.path("out1.pcap"))


def faults(stats):
    """Invariants 2 and 4 of docs/architecture.md, where statistics written at exit break them."""
    ends = stats["tx"] + sum(stats["drops"].values()) + stats["consumed"] + stats["held"]
    gc = stats["gc"]
    if stats["rx"] != ends:
        yield f"rx {stats['rx']} != tx + drops + consumed + held {ends}"
    if gc["created"] != gc["reclaimed"] or gc["retired"] != gc["reclaimed"]:
        yield f"created {gc['created']}, retired {gc['retired']}, reclaimed {gc['reclaimed']}"
    for what in ("intake", "busy", "double_retired"):
        if gc.get(what):
            yield f"gc.{what} is {gc[what]} at exit"
    if stats.get("mbufs_lost"):
        yield f"{stats['mbufs_lost']} mbufs lost"


class Prompt:
    """A dstfwd that takes commands. log: its lines on stderr so far."""

    def __init__(self, process, stats_file):
        self.process = process
        self.stats_file = stats_file
        self.log = []
        self.listener = threading.Thread(target=lambda: self.log.extend(process.stderr))
        self.listener.start()

    def line(self):
        """The next line on stdout."""
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"dstfwd ended with {self.process.wait()}: {self.log}")
        return line

    def ask(self, what):
        """The answer to a command; it ends where an unknown one is named as an error."""
        mark = f"mark-{time.monotonic_ns()}"
        self.process.stdin.write(f"{what}\n{mark}\n")
        self.process.stdin.flush()
        said = ""
        while mark not in (line := self.line()).replace(f"> {mark}", ""):
            said += line
        return said

    def json(self, what):
        return json.loads(re.search(r"\{.*\}", self.ask(what)).group(0))

    def said(self, what):
        """Whether a line of the log has it."""
        return any(what in line for line in self.log)

    def stats(self):
        """Statistics of now (docs/statistics.md)."""
        return self.json("show json")

    def until(self, what, happened):
        """Waits until happened() is true, which it returns; what: said of it when it never is."""
        deadline = time.monotonic() + PLENTY_S
        while not (result := happened()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: {self.stats()}\n{self.log}")
            time.sleep(0.05)
        return result

    def wait(self, what, condition):
        """The first statistics of which the condition is true."""
        def met():
            stats = self.stats()
            return stats if condition(stats) else None
        return self.until(what, met)

    def end(self):
        """Quits; statistics at exit, of which the invariants hold."""
        return self._ended(lambda: self.process.stdin.write("quit\n"))

    def interrupt(self, number=signal.SIGINT):
        """Ends it by a signal, as end() does."""
        return self._ended(lambda: self.process.send_signal(number))

    def _ended(self, stop):
        stop()
        self.process.stdin.flush()
        status = self.process.wait(PLENTY_S)
        out = self.process.stdout.read()
        self.kill()
        if status != 0:
            raise AssertionError(f"dstfwd ended with {status}: {out}{self.log}")
        with open(self.stats_file, encoding="utf-8") as f:
            stats = json.load(f)
        if found := list(faults(stats)):
            raise AssertionError(f"{found}: {self.log}")
        return stats

    def kill(self):
        """However it stands."""
        self.process.kill()
        self.process.wait()
        self.listener.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
