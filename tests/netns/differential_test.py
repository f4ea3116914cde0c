#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same packets through Linux and through the router under test; what comes out is compared
packet by packet. A difference must be explained by a rule of differential/rules.py, each of which
is a section of docs/differences-from-linux.md. With --subject linux the test judges itself, and with
--subject sabotaged, a Linux with a wrong MTU, it must fail.

Exit code: 0 alike, 1 different, 77 skipped."""

import argparse
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import sandbox  # noqa: E402
from lib.packets import View  # noqa: E402
from lib.world import World  # noqa: E402
from differential import captures, compare, ipv4, ipv6, link, mutants, rules, setting  # noqa: E402
from differential.case import Case  # noqa: E402

# Verdicts that no packet of the generated set can have, and what tests them.
ELSEWHERE = {"held": "neighbour_test.py", "no_neighbour": "neighbour_test.py",
             "hold_full": "neighbour_test.py", "port_down": "tests/fwd/tx_buffers_test.cc",
             "tx_full": "tests/fwd/tx_buffers_test.cc", "no_memory": "tests/fwd/rewrite_test.cc",
             "tunnel": "there are no tunnels"}
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                        "differences-from-linux.md")


class Judge:
    """Two worlds under one plan; counts what is alike, explained and unexplained."""

    def __init__(self, subject, plan, hosts, verbose, arguments=(), exact=False):
        crooked = setting.sabotaged(plan) if subject == "sabotaged" else plan
        self.linux = World("linux", plan, hosts, "judge")
        # A packet at a time, whose answer this script waits for: idle lcores leave it their CPU.
        kwargs = ({"arguments": [*arguments, "--power", "adaptive"], "nice": 10}
                  if subject == "dstfwd" else {})
        self.subject = World("dstfwd" if subject == "dstfwd" else "linux", crooked, hosts, "subject",
                             **kwargs)
        self.masks = [compare.Normalizer(plan), compare.Normalizer(plan)]
        self.verbose, self.exact = verbose, exact
        self.alike, self.explained, self.failed = 0, collections.Counter(), []
        self.kinds, self.verdicts = collections.Counter(), collections.Counter()
        self.before = None  # the case before ended with these, and nothing came since

    def _both(self, port, frames):
        return [mask.outputs(world.exchange(port, frames))
                for mask, world in zip(self.masks, (self.linux, self.subject))]

    def judge(self, case):
        before = self.before or self.subject.verdicts()
        linux, subject = self._both(case.port, [case.frame])
        self.check_verdict(case, before)
        self.kinds.update(compare.kinds(linux))
        if self.verbose:
            print(f"{case.name} (port {case.port}): {View(case.frame)}\n{compare.show(linux)}")
        if linux == subject:
            self.alike += 1
            return
        name = rules.explain(View(case.frame), linux, subject, self.masks[0].own)
        if name:
            self.explained[name] += 1
        else:
            self.failed.append((case, linux, subject))

    def check_verdict(self, case, before):
        """Of dstfwd: the packet had one verdict, which is the case's where that names one. In other
        settings than the generated set's, cases end otherwise, and the kernel keeps some."""
        if before is None:
            return
        self.before = self.subject.verdicts()
        ended = collections.Counter(self.before)
        ended.subtract(before)
        ended.subtract(self.subject.marker_verdicts())
        if ended["held"] < 0:  # an earlier case's packets have waited long enough
            ended["no_neighbour"] += ended["held"]
        ended = +ended
        self.verdicts.update(ended)
        one = [{verdict: 1} for verdict in before]
        wanted = {"unseen": [{}], None: one}.get(case.verdict, [{case.verdict: 1}])
        if not self.exact:
            wanted = [{}, *one]
        if ended not in wanted:
            self.failed.append((case, [], []))
            print(f"VERDICT of {case.name} (port {case.port}): {dict(ended)}, should be "
                  f"{case.verdict or 'one'}")

    def never_ended_as(self):
        """Verdicts of dstfwd that no packet had and that no other test has."""
        return sorted(set(self.verdicts_known()) - set(self.verdicts) - set(ELSEWHERE))

    def verdicts_known(self):
        return self.subject.verdicts() or ()

    def judge_all(self, cases, batch):
        """Batches first; where a batch differs its packets are judged one by one."""
        for start in range(0, len(cases), batch):
            part = cases[start:start + batch]
            if batch > 1:
                linux, subject = self._both(part[0].port, [case.frame for case in part])
                self.before = None
                if linux == subject:
                    self.kinds.update(compare.kinds(linux))
                    self.alike += len(part)
                    continue
            for case in part:
                self.judge(case)

    def report(self, limit):
        for case, linux, subject in self.failed[:limit]:
            print(f"DIFFERENT {case.name} (port {case.port}): {View(case.frame)}\n"
                  f"  linux:\n{compare.show(linux)}\n  subject:\n{compare.show(subject)}")
        if len(self.failed) > limit:
            names = collections.Counter(case.name for case, _, _ in self.failed[limit:])
            print("and " + "; ".join(f"{name} ({n})" for name, n in list(names.items())[:200]))
        print("Linux sent " + ", ".join(f"{kind} {n}" for kind, n in sorted(self.kinds.items())))
        for name, count in sorted(self.explained.items()):
            print(f"explained by {name}: {count}")
        print(f"{self.alike} alike, {sum(self.explained.values())} explained, "
              f"{len(self.failed)} different")


def load(arguments):
    """(plan, hosts, cases, batch size) of the chosen set."""
    all_cases = ipv4.cases() + ipv6.cases() + link.cases()
    if arguments.set == "generated":
        return setting.generated(), setting.HOSTS, all_cases, 1
    if arguments.set == "tagged":
        inside = [Case(case.name + ", by VLAN", case.frame, case.verdict, 3) for case in all_cases
                  if case.port == 0 and not View(case.frame).tags]
        plan, hosts = setting.tagged()
        # The judge's sub-interfaces are links of their own: a frame with their tag is not for them.
        ours = {port.vlan[1] for port in plan.ports if port.vlan}
        outside = [case for case in all_cases
                   if not any(tag & 0xfff in ours for _, tag in View(case.frame).tags)]
        return plan, hosts, outside + inside, 1
    if arguments.set == "mutants":
        return (setting.generated(), setting.HOSTS,
                mutants.cases(arguments.seed, arguments.count), 1)
    return setting.captured(), setting.HOSTS, captures.cases(arguments.captures), 32


def undocumented():
    """Rules without a section in the document, and sections without a rule."""
    with open(DOCUMENT, encoding="utf-8") as f:
        headings = {line[3:].split(":")[0].strip() for line in f if line.startswith("## ")}
    return sorted(headings ^ set(rules.RULES))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", choices=("linux", "dstfwd", "sabotaged"),
                        default="dstfwd")
    parser.add_argument("--set", choices=("generated", "tagged", "mutants", "captures"),
                        default="generated")
    parser.add_argument("--captures", default=os.environ.get("DSTFWD_CAPTURES", "../shared/pcaps/real"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--only", help="judge only cases whose name contains this")
    parser.add_argument("--verbose", action="store_true", help="what Linux makes of each case")
    parser.add_argument("--show", type=int, default=20, help="differences to print in full")
    parser.add_argument("--argument", action="append", default=[], help="for dstfwd")
    arguments = parser.parse_args()
    sandbox.need_tools("ethtool")
    if arguments.set == "captures" and not os.path.isdir(arguments.captures):
        sandbox.skip(f"no captures in {arguments.captures}")
    sandbox.enter()
    plan, hosts, cases, batch = load(arguments)
    if arguments.only:
        cases, batch = [case for case in cases if arguments.only in case.name], 1
    judge = Judge(arguments.subject, plan, hosts, arguments.verbose, arguments.argument,
                  exact=arguments.set == "generated")
    judge.judge_all(cases, batch)
    judge.report(arguments.show)
    missing = undocumented()
    if missing:
        print("in only one of docs/differences-from-linux.md and rules.py: " + ", ".join(missing))
    never = judge.never_ended_as() if arguments.set == "generated" and not arguments.only else ()
    if judge.verdicts:
        print("dstfwd's verdicts: " + ", ".join(f"{v} {n}" for v, n in judge.verdicts.most_common()))
    if never:
        print("no packet ended as " + ", ".join(never) + ": the set does not cover each verdict")
    judge.linux.stop()
    judge.subject.stop()
    unseen = compare.EXPECTED[arguments.set] - set(judge.kinds) if not arguments.only else ()
    if unseen:
        print("Linux never sent " + ", ".join(sorted(unseen)) + ": the test does not test them")
    return 1 if judge.failed or missing or unseen or never or not judge.alike else 0


if __name__ == "__main__":
    sys.exit(main())
