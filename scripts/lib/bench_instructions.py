# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bench instructions: what a packet costs in instructions, counted by callgrind on a fixed
input, which repeats exactly on one machine, whatever else runs there; and whether another commit's
cost is another."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

from bench_figures import write_json

KINDS = {"hit": "a packet of a cached IPv4 flow", "hit6": "of a cached IPv6 flow",
         "sampled": "of a cached IPv4 flow, residence of one in 64 measured",
         "miss": "of a new flow: FIB, entry made, later swept and reclaimed",
         "flood": "of a new flow that gets no entry",
         "fib": "without a cache: FIB only"}
FEW, MORE = 3200, 9600  # packets of the two runs whose difference counts
PROGRAM = os.path.join("tests", "bench", "instructions_bench")


def program(build, kind, packets):
    return [os.path.join(build, PROGRAM), "--lcores", "0@0", "--no-huge", "-m", "256", "--no-pci",
            "--no-shconf", "--no-telemetry", "--log-level", "lib.*:error", "--file-prefix",
            f"instructions{os.getpid()}", "--vdev", "net_ring0", "--vdev", "net_ring1", "--", kind,
            str(packets)]


def instructions(build, kind, packets):
    with tempfile.TemporaryDirectory(prefix="dstfwd-instructions.") as folder:
        out = os.path.join(folder, "callgrind.out")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--quiet",
                   *program(build, kind, packets)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench: {PROGRAM} {kind} ended with {done.returncode}: "
                             f"{done.stderr[-500:]}")
        with open(out, encoding="utf-8", errors="replace") as f:
            found = re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M)
        if not found:
            raise SystemExit("bench: callgrind wrote no total")
        return int(found.group(1))


def knows(build, kind):
    """An older program may not have a kind, and says so by exit status 2."""
    done = subprocess.run(program(build, kind, 0), capture_output=True, timeout=60, check=False)
    return done.returncode != 2


def measure(build):
    """{figure: instructions a packet}."""
    return {f"{kind}_instructions":
            (instructions(build, kind, MORE) - instructions(build, kind, FEW)) / (MORE - FEW)
            for kind in KINDS if knows(build, kind)}


class Checkout:
    """Another commit's program, built in a work tree of its own that goes at the end."""

    def __init__(self, top, commit):
        self.top, self.commit = top, commit
        self.folder = tempfile.mkdtemp(prefix="dstfwd-base.")
        self.tree = os.path.join(self.folder, "tree")

    def call(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench: {' '.join(command)}: "
                             f"{(done.stderr or done.stdout).strip()[-800:]}")

    def __enter__(self):
        try:
            self.call("git", "-C", self.top, "worktree", "add", "--detach", self.tree, self.commit)
            if not os.path.exists(os.path.join(self.tree, "tests/bench/fwd/instructions_main.cc")):
                raise SystemExit(f"bench: {self.commit} has no {PROGRAM}: too old to compare")
            build = os.path.join(self.tree, "build")
            self.call("meson", "setup", build, self.tree)
            self.call("ninja", "-C", build, PROGRAM)
            return build
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        subprocess.run(["git", "-C", self.top, "worktree", "remove", "--force", self.tree],
                       capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench instructions")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="flat JSON object; - is stdout")
    parser.add_argument("--quick", action="store_true", help="the same: it is quick")
    parser.add_argument("--base", metavar="COMMIT", help="compare with that commit, built for it")
    parser.add_argument("--threshold", type=float, default=2.0, metavar="PERCENT",
                        help="with --base: exit status 1 when a packet costs so much more, "
                        "default 2")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        raise SystemExit("bench: no valgrind (Debian's package valgrind)")
    top = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
    flat = measure(arguments.build)
    base = {}
    if arguments.base:
        with Checkout(top, arguments.base) as build:
            base = measure(build)
    worse = []
    print("instructions a packet" + (f", and at {arguments.base}" if base else ""))
    for kind, text in KINDS.items():
        name = f"{kind}_instructions"
        line = f"  {kind:<7}{flat[name]:>9.1f}"
        if name in base:
            change = 100 * (flat[name] / base[name] - 1)
            line += f"{base[name]:>10.1f}  {change:+6.2f} %"
            flat[f"{kind}_base_instructions"] = base[name]
            if change > arguments.threshold:
                worse.append(f"{kind} {change:+.2f} %")
        print(f"{line}  {text}")
    write_json(arguments.json, flat)
    if worse:
        print(f"bench: more than {arguments.threshold} % worse: {', '.join(worse)}",
              file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
