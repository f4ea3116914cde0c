# SPDX-License-Identifier: BSD-3-Clause
"""dstfwd and testpmd as programs that take turns (turns.py) and rest by SIGSTOP from outside."""

import json
import re
import signal
import statistics
import subprocess
import time

from bench_figures import thread_cpu_ns
from turns import order

WARMUP_S = 0.05  # of a lap, in which what the others have left in the caches goes


class Rested:
    """A program that forwards in laps and rests between them, stopped. Its `name` is for complaints,
    `process` is what forwards."""

    def rest(self):
        self.process.send_signal(signal.SIGSTOP)

    def proceed(self):
        self.process.send_signal(signal.SIGCONT)

    def forward(self, seconds):
        """(CPU time of the forwarding thread in ns, packets) of so many seconds."""
        raise NotImplementedError

    def lap_ns(self, seconds):
        """Nanoseconds of CPU time a packet, receive to transmit; what shares the CPU is not in it."""
        self.proceed()
        self.forward(WARMUP_S)
        spent_ns, packets = self.forward(seconds)
        self.rest()
        if packets == 0:
            raise SystemExit(f"bench: {self.name} forwarded nothing")
        return spent_ns / packets


class Forwarder(Rested):
    """One that forwards on one lcore from "start" to "stop"."""

    def __init__(self, command, **kwargs):
        self.command = command
        self.name = " ".join(command)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, **kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """By its own command, after which no hugepages are left behind."""
        self.proceed()
        try:
            self.process.communicate("quit\n", timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def say(self, lines):
        self.process.stdin.write(lines + "\n")
        self.process.stdin.flush()

    def answer(self, is_last):
        """Its lines up to the one for which is_last(line)."""
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                more = self.process.stderr.read() if self.process.stderr else ""
                raise SystemExit(f"bench: {self.name} ended:\n{(''.join(lines) + more)[-1500:]}")
            lines.append(line)
            if is_last(line):
                return lines


class Dstfwd(Forwarder):
    def __init__(self, command):
        super().__init__(command, stderr=subprocess.PIPE)
        self.seen = self.ask("show json")

    def ask(self, lines):
        self.say(lines)
        return json.loads(self.answer(lambda line: line.startswith("{"))[-1])

    def settle(self, packets):
        """Forwards until that many were seen: entries are made, their memory is there."""
        self.say("start")
        while self.ask("show json")["rx"] < packets:
            time.sleep(0.1)
        self.seen = self.ask("stop\nshow json")

    def forward(self, seconds):
        before = self.seen
        self.say("start")
        time.sleep(seconds)
        self.seen = self.ask("stop\nshow json")
        if self.seen["tx"] < self.seen["rx"] * 0.999:
            raise SystemExit(f"bench: dstfwd dropped packets: {self.seen['drops']}")
        spent_s = self.seen["lcores"][0]["cpu_seconds"] - before["lcores"][0]["cpu_seconds"]
        return spent_s * 1e9, self.seen["rx"] - before["rx"]


class Testpmd(Forwarder):
    """The floor: io forwarding of the same port's packets to the same port."""

    def __init__(self, command):
        # By lines, where it would keep some KB for itself.
        super().__init__(["stdbuf", "-oL", *command], stderr=subprocess.STDOUT)
        self.start_stop(0)  # it is up then, its lcore there

    def cpu_ns(self):
        """CPU time of its one forwarding lcore."""
        cpu_ns = thread_cpu_ns(self.process.pid, "rte-worker")
        if cpu_ns is None:
            raise SystemExit("bench: testpmd has no lcore that forwards")
        return cpu_ns

    def start_stop(self, seconds):
        self.say("start")
        self.answer(lambda line: "io packet forwarding" in line)
        time.sleep(seconds)
        self.say("stop")
        return "".join(self.answer(lambda line: line.startswith("Done.")))

    def forward(self, seconds):
        began_ns = self.cpu_ns()
        told = self.start_stop(seconds)
        spent_ns = self.cpu_ns() - began_ns
        found = re.search(r"Accumulated forward statistics.*?RX-packets:\s*(\d+)", told, re.S)
        return spent_ns, int(found.group(1)) if found else 0


def race(figures, forwarders, laps, seconds, ratio):
    """forwarders: two, at rest, by the names of their figures. Each gets the median of its laps, and
    the figure `ratio` the median of the first's over the second's, of laps one after the other."""
    times = {name: [] for name in forwarders}
    for turn in range(laps):
        for name in order(turn, tuple(forwarders)):
            times[name].append(forwarders[name].lap_ns(seconds))
    for name, values in times.items():
        figures.add(name, statistics.median(values))
    first, second = times
    figures.add(ratio, statistics.median(a / b for a, b in zip(times[first], times[second])))
