# SPDX-License-Identifier: BSD-3-Clause
"""Figures of repeated measurements: medians, spread, the flat JSON object, the machine."""

import json
import os
import re
import statistics
import subprocess
import sys


class Figures:
    """name -> the values of its repetitions."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        self.values.setdefault(name, []).append(float(value))

    def median(self, name):
        return statistics.median(self.values[name])

    def spread(self, name):
        """(max - min) / median of the repetitions."""
        values = self.values[name]
        middle = statistics.median(values)
        return (max(values) - min(values)) / middle if middle else 0.0

    def has(self, name):
        return name in self.values

    def ratio(self, over, under):
        """The median of the ratios of values taken in the same round."""
        pairs = zip(self.values[over], self.values[under])
        return statistics.median(a / b for a, b in pairs if b)

    def flat(self):
        out = {name: round(self.median(name), 4) for name in self.values}
        out.update({f"{name}_spread": round(self.spread(name), 4) for name in self.values
                    if len(self.values[name]) > 1})
        return out

    def line(self, name, unit, text=None):
        repeats = len(self.values[name])
        spread = f"  (spread {self.spread(name) * 100:.0f} % of {repeats})" if repeats > 1 else ""
        print(f"  {text or name:<44} {self.median(name):>12,.2f} {unit}{spread}", flush=True)


def write_json(path, flat):
    if not path:
        return
    text = json.dumps(flat, indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    except OSError as error:
        raise SystemExit(f"bench: --json: {path}: {error.strerror}") from None


def machine():
    """One line: CPU, how many of them, kernel, DPDK."""
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    dpdk = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True,
                          check=False).stdout.strip()
    return (f"{model.group(1) if model else 'unknown CPU'}, {os.cpu_count()} CPUs, Linux "
            f"{os.uname().release}, DPDK {dpdk}")


def thread_cpu_ns(pid, name):
    """CPU time of the process's thread whose name begins so; None: it has none."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="ascii") as f:
            if not f.read().startswith(name):
                continue
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
            return int(f.read().split()[0])
    return None


def google_benchmark(program, pattern, figures, names, timeout_s):
    """Runs a Google Benchmark program once; `names` maps (benchmark, counter) to figures."""
    done = subprocess.run([program, f"--benchmark_filter={pattern}", "--benchmark_format=json"],
                          capture_output=True, text=True, timeout=timeout_s, check=False)
    start = done.stdout.find("{")
    if done.returncode != 0 or start < 0:
        raise SystemExit(f"bench: {program} ended with {done.returncode}: {done.stderr[-500:]}")
    for result in json.loads(done.stdout[start:])["benchmarks"]:
        name = result["name"].split("/iterations")[0]
        for (benchmark, counter), figure in names.items():
            if benchmark == name:
                figures.add(figure, result[counter])
