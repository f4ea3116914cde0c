# SPDX-License-Identifier: BSD-3-Clause
"""2 MB hugepages for the time of a measurement."""

import os
import subprocess

COUNT = "/proc/sys/vm/nr_hugepages"


class Hugepages:
    """with Hugepages(n) as there: `there` tells whether n pages could be had. What was set before
    comes back at the end. Programs see it by the variable HUGEPAGES."""

    def __init__(self, pages):
        self.pages, self.before, self.mounted = pages, None, False

    def __enter__(self):
        try:
            with open(COUNT, encoding="ascii") as f:
                self.before = int(f.read())
            if self.before < self.pages:
                with open(COUNT, "w", encoding="ascii") as f:
                    f.write(str(self.pages))
            with open(COUNT, encoding="ascii") as f:
                there = int(f.read()) >= self.pages
        except OSError:
            return False
        if there and not os.path.ismount("/dev/hugepages"):
            os.makedirs("/dev/hugepages", exist_ok=True)
            self.mounted = subprocess.run(["mount", "-t", "hugetlbfs", "nodev", "/dev/hugepages"],
                                          check=False).returncode == 0
            there = self.mounted
        if there:
            os.environ["HUGEPAGES"] = "1"
        return there

    def __exit__(self, *_):
        os.environ.pop("HUGEPAGES", None)
        if self.mounted:
            subprocess.run(["umount", "/dev/hugepages"], check=False)
        if self.before is not None and self.before < self.pages:
            with open(COUNT, "w", encoding="ascii") as f:
                f.write(str(self.before))
