# SPDX-License-Identifier: BSD-3-Clause
"""Runs of the latency experiment: one run of latency_bench is one mode with one number of dead entries.
Those that are compared run at once, in turns: only one of them is not stopped at any time."""

import json
import os
import re

from turns import take_turns

MODES = ("off", "service", "inline", "legacy")
FLOOR = "floor"
# What ratios are of: each round has them, in laps, off next to the two that it is compared with.
COMPARED = (FLOOR, "off", "service")
ALONE = ("inline", "legacy")  # the others: in one lap
EAL_MB = 1024
TRIES = 3  # of a run in which the forwarding lcore got no CPU time at all
STARVED = "did not poll"


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


def hugepages_for(sizes):
    """2 MB pages that the compared modes of the largest size take at once."""
    capacity = max(sizes) * 5 // 4 + 524_288
    table = 1 << (capacity * 16 - 1).bit_length()
    router = (capacity * 96 + table) // (2 << 20) + 32
    return 2 * router + len(COMPARED) * EAL_MB // 2


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
        """What was measured (latency_bench's JSON) in one lap. instead: of the settings of that
        name."""
        return self.run_laps((mode,), dead, number, 1, **instead)[mode]

    def run_laps(self, modes, dead, number, laps, **instead):
        """The same by mode, of programs that take turns, one lap at a time."""
        prefixes = {mode: os.path.join(self.folder, f"{mode}_{size_name(dead)}_{number + 1}")
                    for mode in modes}
        for _ in range(TRIES):
            commands = {mode: self.command(mode, dead, prefix, {**instead, "laps": laps})
                        for mode, prefix in prefixes.items()}
            complaints = self.race(commands, laps if laps > 1 else 0)
            if not any(complaints):
                break
            print(f"  {next(filter(None, complaints))}: once more", flush=True)
        else:
            raise SystemExit(f"latency: {next(filter(None, complaints))}, {TRIES} times")
        return {mode: read_json(prefix + ".json") for mode, prefix in prefixes.items()}

    @staticmethod
    def race(commands, turns):
        """Their complaints. commands: by mode, in the order of the first laps."""
        return [complaint for _, complaint in take_turns(commands, turns, STARVED).values()]


def read_json(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
