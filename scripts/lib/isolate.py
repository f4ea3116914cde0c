# SPDX-License-Identifier: BSD-3-Clause
"""A CPU for what is measured: the machine's other tasks, interrupts and work queues leave it for as
long as it lasts, as far as the kernel lets them, and may return afterwards. What isolcpus and tuned's
profile cpu-partitioning do for a forwarding core, without a boot."""

import glob
import os

WORKQUEUES = "/sys/devices/virtual/workqueue/cpumask"


def tasks():
    """IDs of all threads, of the kernel too."""
    return [int(path.rsplit("/", 1)[1]) for path in glob.glob("/proc/[0-9]*/task/[0-9]*")]


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read().strip()


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class Isolated:
    """with Isolated(cpu): only who asks for it runs there. Without the right to it, or with one CPU,
    nothing changes; nor does what cannot move (a kernel thread of that CPU)."""

    def __init__(self, cpu):
        self.cpu = cpu
        self.tasks = {}  # id -> where it may run
        self.files = {}  # path -> its text before

    def __enter__(self):
        rest = os.sched_getaffinity(0) - {self.cpu}
        if not rest:
            return self
        own = set(map(int, os.listdir("/proc/self/task")))
        for task in set(tasks()) - own:
            self.move(task)
        for path in glob.glob("/proc/irq/[0-9]*/smp_affinity_list"):
            self.change(path, ",".join(map(str, sorted(rest))))
        self.change(WORKQUEUES, f"{sum(1 << cpu for cpu in rest):x}")
        return self

    def move(self, task):
        try:
            allowed = os.sched_getaffinity(task)
            if self.cpu in allowed and len(allowed) > 1:
                os.sched_setaffinity(task, allowed - {self.cpu})
                self.tasks[task] = allowed
        except OSError:
            pass  # gone, or bound to its CPU, or not ours to move

    def change(self, path, text):
        try:
            before = read(path)
            write(path, text)
            self.files[path] = before
        except OSError:
            pass

    def __exit__(self, *_):
        for task, allowed in self.tasks.items():
            try:
                if os.sched_getaffinity(task) == allowed - {self.cpu}:  # else it chose anew
                    os.sched_setaffinity(task, allowed)
            except OSError:
                pass  # gone
        for path, text in self.files.items():
            try:
                write(path, text)
            except OSError:
                pass
