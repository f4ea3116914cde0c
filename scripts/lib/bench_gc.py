# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bench gc: the collector against what one would use instead."""

import argparse
import os

from bench_figures import Figures, google_benchmark, machine, write_json

SIZES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
PEERS = ("burst32", "single", "qsbr_dq", "call_rcu", "spinlock_list", "lock_free_stack")
WALKS = {(f"{which}/{n}", "ns"): f"{figure.format(size)}" for size, n in SIZES.items()
         for which, figure in (("walk_ours", "walk_{}_ns"),
                               ("walk_linked_list", "walk_{}_linked_list_ns"))}
HANDOFFS = {(f"handoff_{peer}", "cycles"): f"handoff_{peer}_cycles" for peer in PEERS}
RECLAIMS = {("reclaim", "entries_s"): "reclaim_entries_s", ("reclaim", "spilled"): "reclaim_spilled",
            ("retire_to_reclaim", "p50_us"): "retire_to_reclaim_p50_us",
            ("retire_to_reclaim", "p999_us"): "retire_to_reclaim_p999_us"}
STEPS = {("step", "budget_us"): "step_budget_us", ("step", "max_us"): "step_max_us",
         ("step", "max_wall_us"): "step_max_wall_us", ("step", "floor_max_us"): "step_floor_max_us"}


def measure(program, rounds, figures):
    """A round has everything once, ours and its peer next to each other, so that drift of the
    machine is in both."""
    for _ in range(rounds):
        for size, n in SIZES.items():
            google_benchmark(program, f"^walk_.*/{n}/", figures, WALKS, 120)
        for pattern, names in (("^handoff_", HANDOFFS), ("^(reclaim|retire)", RECLAIMS),
                               ("^step/", STEPS)):
            google_benchmark(program, pattern, figures, names, 120)


def show(figures):
    print("Walk over dead entries that are all referenced, random order, a walk's time by entry")
    for size in SIZES:
        figures.line(f"walk_{size}_ns", "ns", f"{size}: dstgc")
        figures.line(f"walk_{size}_linked_list_ns", "ns", f"{size}: linked list (Linux)")
        ratio = figures.ratio(f"walk_{size}_linked_list_ns", f"walk_{size}_ns")
        print(f"  {size + ': linked list / dstgc':<44} {ratio:>12,.1f}")
    print("Hand-off of a dead entry, the producer's cost in TSC cycles")
    for peer in PEERS:
        text = {"burst32": "dstgc, bursts of 32", "single": "dstgc, one by one"}.get(peer, peer)
        figures.line(f"handoff_{peer}_cycles", "cycles", text)
    print("Reclamation, one producer and the collector on a CPU each")
    figures.line("reclaim_entries_s", "entries/s", "sustained")
    figures.line("reclaim_spilled", "entries", "spilled")
    figures.line("retire_to_reclaim_p50_us", "us", "retire to reclaim, p50, at 1 M/s")
    figures.line("retire_to_reclaim_p999_us", "us", "retire to reclaim, p99.9, at 1 M/s")
    print("Longest single step of a walk over 10 M busy entries")
    figures.line("step_budget_us", "us", "budget")
    figures.line("step_max_us", "us", "longest, CPU time")
    figures.line("step_floor_max_us", "us", "a loop that waits out the same budget, CPU time")
    figures.line("step_max_wall_us", "us", "longest, by the clock (with the machine's own gaps)")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench gc")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="flat JSON object; - is stdout")
    parser.add_argument("--quick", action="store_true", help="one round: within 50 s")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, default 5")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    figures = Figures()
    print(machine(), flush=True)
    measure(os.path.join(arguments.build, "tests", "bench", "gc_bench"),
            1 if arguments.quick else arguments.rounds, figures)
    show(figures)
    write_json(arguments.json, figures.flat())


if __name__ == "__main__":
    main()
