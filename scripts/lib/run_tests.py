# SPDX-License-Identifier: BSD-3-Clause
"""usage: run_tests.py BUILD-DIR [NAME...]

Runs Meson's tests whose "suite/name" contains one of the NAMEs (all without), and ends with a line
"N passed, N failed[, N skipped]". Exit status 1 when a test failed or nothing matched."""

import json
import os
import subprocess
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def matching(build, names):
    """Names of the tests to run; None stands for all."""
    if not names:
        return None
    shown = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                           capture_output=True, text=True).stdout
    found = []
    for test in json.loads(shown):
        suites = [suite.split(":")[-1] for suite in test["suite"]]
        full = " ".join(f"{suite}/{test['name']}" for suite in suites) + " " + test["name"]
        if any(name in full for name in names):
            found.append(test["name"])
    return found


def count(log):
    """(passed, failed, skipped, names of the failed) of Meson's log, a JSON object a line."""
    passed, skipped, failed = 0, 0, []
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            test = json.loads(line)
            if test["result"] in PASSED:
                passed += 1
            elif test["result"] in SKIPPED:
                skipped += 1
            else:
                failed.append(f"{test['name']} ({test['result']})")
    return passed, failed, skipped


def main():
    build, names = sys.argv[1], sys.argv[2:]
    tests = matching(build, names)
    if tests == []:
        print(f"no test is named like {' '.join(names)}")
        return 1
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    command = ["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs"]
    status = subprocess.run(command + (tests or [])).returncode
    if not os.path.exists(log):
        return status or 1
    passed, failed, skipped = count(log)
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or status else 0


if __name__ == "__main__":
    sys.exit(main())
