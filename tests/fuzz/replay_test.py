#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: replay_test.py PROGRAM TARGET [MUTANTS]
Runs a fuzz target on its seeds, made here, on mutants of each, and on what it once stumbled over
(regressions/TARGET)."""

import os
import subprocess
import sys
import tempfile

import make_corpus

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    program, target = sys.argv[1:3]
    mutants = sys.argv[3] if len(sys.argv) > 3 else "20"
    with tempfile.TemporaryDirectory() as folder:
        make_corpus.make(folder, only=target)
        inputs = [os.path.join(folder, target)]
        known = os.path.join(HERE, "regressions", target)
        if os.path.isdir(known):
            inputs.append(known)
        return subprocess.run([program, mutants, *inputs], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
