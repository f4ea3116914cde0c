# SPDX-License-Identifier: BSD-3-Clause
"""usage: mutate.py [--list] [NAME...]    see scripts/mutate

--list only checks that each mistake can still be made, and prints them."""

import os
import shutil
import subprocess
import sys
import tempfile

from mutants import MUTANTS

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
TSAN_ARGS = ["-Dcpp_args=-g1 -DRTE_USE_C11_MEM_MODEL", "-Db_sanitize=thread", "-Db_lundef=false"]


def stale(mutants):
    """Of those that cannot be made any more, why."""
    for name, path, right, _, _ in mutants:
        with open(os.path.join(TOP, path), encoding="utf-8") as source:
            count = source.read().count(right)
        if count != 1:
            yield f"{name}: {path} has {count} times: {right.strip()}"


class Copy:
    """A copy of the sources, with builds of its own."""

    def __init__(self, directory):
        self.root = directory
        names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others",
                                "--exclude-standard"], cwd=TOP, check=True,
                               capture_output=True, text=True).stdout.split("\0")
        for name in filter(None, names):
            if os.path.isfile(os.path.join(TOP, name)):
                target = os.path.join(self.root, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if not os.path.exists(target) or self.differs(name, target):
                    shutil.copyfile(os.path.join(TOP, name), target)
                    shutil.copymode(os.path.join(TOP, name), target)

    @staticmethod
    def differs(name, target):
        with open(os.path.join(TOP, name), "rb") as one, open(target, "rb") as other:
            return one.read() != other.read()

    def build_directory(self, sanitized):
        build = os.path.join(self.root, "build-tsan" if sanitized else "build")
        if not os.path.exists(os.path.join(build, "build.ninja")):
            subprocess.run(["meson", "setup", build, self.root, "-Doptimization=1", "-Ddebug=false",
                            "-Dbenchmarks=false", "-Dwerror=false",
                            *(TSAN_ARGS if sanitized else [])], check=True, capture_output=True)
        return build

    def caught_by(self, test):
        """How the test fails; empty: it passes."""
        sanitized = test.startswith("tsan:")
        name = test.removeprefix("tsan:") + "_test"
        build = self.build_directory(sanitized)
        target = f"tests/gc/{name}"
        built = subprocess.run(["ninja", "-C", build, target], capture_output=True, text=True)
        if built.returncode != 0:
            raise RuntimeError("does not compile:\n" + built.stdout[-1500:])
        command = [os.path.join(build, target)]
        if name == "torture_test":
            command += ["--seconds", "4"]
        env = dict(os.environ, TSAN_OPTIONS="halt_on_error=1:exitcode=99")
        try:
            done = subprocess.run(command, capture_output=True, timeout=60, env=env,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return "hangs"
        return "" if done.returncode == 0 else "fails"

    def try_out(self, mutant):
        """(test, how it fails), or None when the mistake survives."""
        _, path, right, wrong, tests = mutant
        target = os.path.join(self.root, path)
        with open(target, encoding="utf-8") as source:
            original = source.read()
        with open(target, "w", encoding="utf-8") as source:
            source.write(original.replace(right, wrong))
        try:
            for test in tests:
                how = self.caught_by(test)
                if how:
                    return test, how
        finally:
            with open(target, "w", encoding="utf-8") as source:
                source.write(original)
        return None


def main():
    arguments = sys.argv[1:]
    only_list = "--list" in arguments
    names = [argument for argument in arguments if argument != "--list"]
    mutants = [m for m in MUTANTS if not names or any(name in m[0] for name in names)]
    gone = list(stale(mutants))
    for line in gone:
        print(line)
    if gone or not mutants:
        return print("" if gone else "no mutant is named so") or 1
    if only_list:
        for name, path, *_ in mutants:
            print(f"{path:30} {name}")
        return 0
    kept = os.environ.get("MUTATE_DIR")
    directory = kept or tempfile.mkdtemp(prefix="mutate.")
    survivors = 0
    try:
        copy = Copy(directory)
        for test in sorted({test for mutant in mutants for test in mutant[4]}):
            if copy.caught_by(test):
                return print(f"{test} fails without any mistake") or 1
        for mutant in mutants:
            caught = copy.try_out(mutant)
            survivors += caught is None
            print(f"{'caught  ' if caught else 'SURVIVES'}  {mutant[0]:45} "
                  f"{' '.join(caught) if caught else ''}", flush=True)
    finally:
        if not kept:
            shutil.rmtree(directory, ignore_errors=True)
    print(f"{len(mutants) - survivors} caught, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
