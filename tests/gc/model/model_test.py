#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: model_test.py [MODEL]

Debian's spin over the models of the collector's protocol: each is searched exhaustively and holds,
and in each variant that is broken on purpose the checker finds the property that it breaks.
Skipped where spin is not installed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
SKIPPED = 77

# model: {mistake: a piece of the assertion that must fail}
MODELS = {
    "reclaim": {
        "NO_GRACE": "using",
        "NO_COUNT": "holds",
        "NO_DEAD_MARK": "freed",
        "BLIND_UNLINK": "",
        "EARLY_TOKEN": "using",
        "BUSY_FORGOTTEN": "destroyed",
    },
    "intake": {
        "DROP_SPILL": "reclaimed",
        "NEXT_LATE": "",
        "NO_MARK": "",
        "FLUSH_BLIND": "reclaimed",
    },
    "kick": {"CLEAR_LATE": "served", "KICK_FIRST": "served"},
    "port": {"NO_FIRST_GRACE": "drained|names", "NO_LAST_GRACE": "reads|drained"},
}


def search(model, mistake, directory):
    """spin's report: (errors, violated assertion, states, all searched)."""
    define = [f"-D{mistake}"] if mistake else []
    subprocess.run(["spin", *define, "-a", os.path.join(HERE, model + ".pml")], cwd=directory,
                   check=True, capture_output=True, text=True)
    subprocess.run(["cc", "-O1", "-w", "-DSAFETY", "-DMEMLIM=1024", "-o", "pan", "pan.c"],
                   cwd=directory, check=True, capture_output=True)
    out = subprocess.run(["./pan", "-m200000"], cwd=directory, check=False, capture_output=True,
                         text=True, timeout=300).stdout
    errors = re.search(r"errors: (\d+)", out)
    states = re.search(r"(\d+) states, stored", out)
    if not errors or not states:
        sys.exit(f"model {model}: pan said\n{out[-2000:]}")
    violated = re.search(r"pan:\d+: (.+)", out)
    complete = not re.search(r"not completed|max search depth too small|out of memory", out, re.I)
    return int(errors[1]), violated[1] if violated else "", int(states[1]), complete


def main():
    if not shutil.which("spin") or not shutil.which("cc"):
        print("spin or a C compiler is not installed: models are not checked")
        return SKIPPED
    wrong = 0
    for model, mistakes in MODELS.items():
        if len(sys.argv) > 1 and model not in sys.argv[1:]:
            continue
        for mistake, expected in [(None, None), *mistakes.items()]:
            with tempfile.TemporaryDirectory() as directory:
                errors, violated, states, complete = search(model, mistake, directory)
            if mistake:
                good = errors > 0 and bool(re.search(expected, violated))
            else:
                good = errors == 0 and complete and states > 10
            wrong += not good
            print(f"{'ok  ' if good else 'FAIL'} {model:8} {mistake or 'as it is':15} "
                  f"{states:8} states  {violated or 'no error, all searched'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
