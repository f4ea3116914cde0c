# SPDX-License-Identifier: BSD-3-Clause
"""Programs that take turns: all but one are stopped (SIGSTOP) at any time, so that a machine that is slower
for some seconds is so for all of them. These stop themselves before each turn (tests/bench/turns.h)."""

import contextlib
import os
import signal
import subprocess
import time

PATIENCE_S = 300  # for a program to be set up, or to end


def order(turn, names):
    """Forwards, backwards, in turns, so that what drifts hits all alike."""
    return names if turn % 2 == 0 else names[::-1]


class Program:
    """One that stops itself before each of its turns."""

    def __init__(self, command):
        self.command = command
        # A session of its own: a program may change its session's priority.
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def await_stop(self):
        """Until it waits for its turn, or has ended."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            found = os.waitid(os.P_PID, self.process.pid,
                              os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                time.sleep(0.002)
                continue
            if found.si_code == os.CLD_STOPPED:
                os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
            return
        raise SystemExit(f"{' '.join(self.command)} has not ended within {PATIENCE_S} s")

    def proceed(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def finish(self, forgiven=None):
        """What it wrote, and None: it ended well; else what it complained of, where that is
        `forgiven`."""
        out, complaint = self.process.communicate(timeout=PATIENCE_S)
        if self.process.returncode == 0:
            return out, None
        if forgiven and forgiven in complaint:
            return out, complaint.strip().splitlines()[-1]
        raise SystemExit(f"{' '.join(self.command)} ended with {self.process.returncode}:\n"
                         f"{(out + complaint)[-1500:]}")


def take_turns(commands, turns, forgiven=None):
    """By name what each program wrote, and its complaint. commands: by name, in the order of the first
    turns; 0 turns: they do not stop."""
    with contextlib.ExitStack() as stack:
        programs = {}
        for name, command in commands.items():
            programs[name] = stack.enter_context(Program(command))
            if turns:
                programs[name].await_stop()  # it is set up
        for turn in range(turns):
            for name in order(turn, tuple(commands)):
                programs[name].proceed()
                programs[name].await_stop()
        return {name: program.finish(forgiven) for name, program in programs.items()}
