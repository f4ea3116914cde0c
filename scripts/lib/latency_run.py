# SPDX-License-Identifier: BSD-3-Clause
"""Runs of the latency experiment: one program run is one mode with one number of dead entries."""

import json
import os
import re
import subprocess

MODES = ("off", "service", "inline", "legacy")
FLOOR = "floor"
COMPARED = (FLOOR, "off", "service")  # what ratios are of: each round has them
EAL_MB = 1024
TRIES = 3  # of a run in which the forwarding lcore got no CPU time at all


def parse_size(text):
    """"10m" -> 10000000. Raises ValueError with a line for the user."""
    found = re.fullmatch(r"(\d+)([km]?)", text.strip().lower())
    number = int(found[1]) * {"": 1, "k": 1000, "m": 1_000_000}[found[2]] if found else 0
    if not 100 <= number <= 40_000_000:
        raise ValueError(f'"{text}" is not a number of entries from 100 to 40m, such as 100k')
    return number


def size_name(number):
    for unit, name in ((1_000_000, "m"), (1000, "k")):
        if number % unit == 0:
            return f"{number // unit}{name}"
    return str(number)


def order(turn, modes=(FLOOR, *MODES)):
    """The modes of one size: forwards, backwards, in turns, so that what drifts hits all alike. Off
    is next to the two that it is compared with."""
    return modes if turn % 2 == 0 else modes[::-1]


def schedule(sizes, rounds, whole):
    """(round, size, mode) of every run: a round has each once, the modes of one size next to each
    other. After `whole` rounds with all modes come those with what is compared: a ratio needs more
    repetitions than a stall of seconds does."""
    return [(number, size, mode) for number in range(rounds) for at, size in enumerate(sizes)
            for mode in order(number + at, (FLOOR, *MODES) if number < whole else COMPARED)]


def hugepages_for(sizes):
    """2 MB pages that the largest run takes, EAL's memory among them."""
    capacity = max(sizes) * 5 // 4 + 524_288
    table = 1 << (capacity * 16 - 1).bit_length()
    return (capacity * 96 + table) // (2 << 20) + EAL_MB // 2 + 32


class Runner:
    """settings: KEY=VALUE of latency_bench, but mode, dead and out."""

    def __init__(self, build, folder, huge, settings):
        self.program = os.path.join(build, "tests", "bench", "latency_bench")
        self.folder, self.huge, self.settings, self.runs = folder, huge, settings, 0
        cpus = sorted(os.sched_getaffinity(0))
        # CPU 0 has most of the machine's interrupts.
        self.forwarding_cpu, self.other_cpu = cpus[-1], cpus[0]

    def command(self, mode, dead, prefix, instead):
        self.runs += 1
        memory = ["--in-memory"] if self.huge else ["--no-huge", "--no-shconf"]
        words = {**self.settings, **instead, "mode": mode, "dead": dead, "out": prefix}
        return [self.program, "--lcores", f"0@{self.forwarding_cpu},1@{self.other_cpu}", *memory,
                "-m", str(EAL_MB), "--no-pci", "--no-telemetry", "--log-level", "lib.*:error",
                "--log-level", "user1:error", "--file-prefix", f"latency{os.getpid()}x{self.runs}",
                "--vdev", "net_null0,no-rx=1", "--vdev", "net_null1,no-rx=1", "--",
                *(f"{key}={value}" for key, value in words.items())]

    def carried_pps(self, dead, offered_pps):
        """Packets a second that the core forwards where more are offered."""
        return self.run("off", dead, 0, rate=offered_pps, seconds=0.3, verify=0)["mpps"] * 1e6

    def run(self, mode, dead, number, **instead):
        """What was measured (latency_bench's JSON). instead: of the settings of that name."""
        prefix = os.path.join(self.folder, f"{mode}_{size_name(dead)}_{number + 1}")
        for _ in range(TRIES):
            command = self.command(mode, dead, prefix, instead)
            # A session of its own: claim_cpu() in the program changes that session's priority.
            done = subprocess.run(command, capture_output=True, text=True, timeout=600,
                                  check=False, start_new_session=True)
            if "did not poll" not in done.stderr:
                break
            print(f"  {done.stderr.strip().splitlines()[-1]}: once more", flush=True)
        if done.returncode != 0:
            raise SystemExit(f"latency: {' '.join(command)} ended with {done.returncode}:\n"
                             f"{(done.stdout + done.stderr)[-1500:]}")
        with open(prefix + ".json", encoding="utf-8") as f:
            return json.load(f)
