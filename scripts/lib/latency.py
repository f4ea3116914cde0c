# SPDX-License-Identifier: BSD-3-Clause
"""scripts/latency: what forwarding feels of the collector, mode by mode."""

import argparse
import contextlib
import datetime
import json
import os
import shlex
import signal
import sys
import time

from bench_figures import machine, write_json
from hugepages import Hugepages
from isolate import Isolated
from latency_figures import AIM, aims, flat, gather
from latency_report import duration, write_report
from latency_run import ALONE, COMPARED, FLOOR, Runner, hugepages_for, parse_size, size_name

LIMIT_S, QUICK_LIMIT_S = 585, 40
ROUNDS, QUICK_ROUNDS = 5, 1
WHOLE = 3  # rounds that have inline and legacy: ratios need more than a stall of seconds does
LAPS, QUICK_LAPS = 20, 22
SOME_PPS = 50_000_000  # more than a core carries


def arguments_of(words):
    parser = argparse.ArgumentParser(prog="scripts/latency")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="1m only, short: within 50 s")
    parser.add_argument("--output", metavar="DIR", default="out/latency",
                        help="where the report goes, default out/latency")
    parser.add_argument("--json", metavar="FILE", help="report.json once more; - is stdout")
    parser.add_argument("--sizes", metavar="LIST", help="dead entries, default 100k,1m,10m")
    parser.add_argument("--laps", type=int,
                        help="of off, service and the floor in a repetition, by turns, default 20")
    parser.add_argument("--lap-seconds", type=float, default=0.25, help="of one, default 0.25")
    parser.add_argument("--seconds", type=float, help="window of inline and legacy, default 2")
    parser.add_argument("--held", type=float, default=0.75,
                        help="share of the dead entries that stays referenced, default 0.75")
    parser.add_argument("--rounds", type=int,
                        help="repetitions at most, default 5; of inline and legacy 3")
    parser.add_argument("--rate", type=float,
                        help="packets a second, default a third of what the core carries, "
                             "measured before")
    parser.add_argument("--train", type=int, default=16,
                        help="packets that arrive together, default 16")
    parser.add_argument("--flows", type=int, default=65536,
                        help="established flows, default 65536")
    parser.add_argument("--new-flows", type=int, default=10000,
                        help="flows that begin a second, default 10000")
    parser.add_argument("--sample", type=int, default=8,
                        help="residence is taken of one packet in N, default 8")
    parser.add_argument("--limit", type=float, metavar="S",
                        help="begins no repetition that would end later, default 585 s")
    parser.add_argument("--no-huge", action="store_true", help="leave hugepages to others")
    parser.add_argument("--no-isolation", action="store_true",
                        help="leave the machine's other tasks on the forwarding CPU")
    parser.add_argument("--verify", action="store_true",
                        help="after each run reclaim all entries, and count them")
    options = parser.parse_args(words)
    quick = options.quick
    options.seconds = options.seconds if options.seconds is not None else (1.5 if quick else 2.0)
    rounds, laps = (QUICK_ROUNDS, QUICK_LAPS) if quick else (ROUNDS, LAPS)
    options.rounds = options.rounds if options.rounds is not None else rounds
    options.laps = options.laps if options.laps is not None else laps
    options.limit = options.limit or (QUICK_LIMIT_S if quick else LIMIT_S)
    try:
        names = options.sizes or ("1m" if quick else "100k,1m,10m")
        options.sizes = sorted({parse_size(name) for name in names.split(",")})
    except ValueError as error:
        parser.error(f"--sizes: {error}")
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not 2 <= options.laps <= 10_000:
        parser.error("--laps must be from 2 to 10000")
    if not 0.02 <= options.lap_seconds <= 60:
        parser.error("--lap-seconds must be from 0.02 to 60")
    if not 0 <= options.held <= 1:
        parser.error("--held must be from 0 to 1")
    if options.rate is not None and not options.new_flows <= options.rate <= SOME_PPS:
        parser.error(f"--rate must be from --new-flows to {SOME_PPS}")
    if not 0.05 <= options.seconds <= 600:
        parser.error("--seconds must be from 0.05 to 600")
    return options


def run_all(runner, options, began_s):
    """[(round, size, mode, record)]: whole repetitions, at least one, as far as the limit lets."""
    runs, round_began_s = [], time.monotonic()
    for number in range(options.rounds):
        now_s = time.monotonic()
        longest_s = now_s - round_began_s
        if number and now_s + longest_s * 1.05 > began_s + options.limit:
            print(f"  time for {number} repetitions of {options.rounds}", flush=True)
            break
        round_began_s = now_s
        for size in options.sizes:
            for mode, record in one_size(runner, options, size, number):
                runs.append((number, size, mode, record))
    return runs


def one_size(runner, options, size, number):
    """(mode, record) of one round."""
    window_s = options.laps * options.lap_seconds
    records = runner.run_laps(COMPARED, size, number, options.laps, seconds=window_s)
    for mode in COMPARED:
        show_run(number, options.rounds, size, mode, records[mode])
        yield mode, records[mode]
    for mode in ALONE if number < WHOLE else ():
        record = runner.run(mode, size, number)
        show_run(number, options.rounds, size, mode, record)
        yield mode, record


def usual_load(runner, options):
    """Packets a second: a third of what the core carries, of two runs the lower."""
    carried = min(runner.carried_pps(options.sizes[0], SOME_PPS) for _ in range(2))
    return max(int(carried / 3e5) * 100_000, 100_000, options.new_flows)


def show_run(number, rounds, size, mode, record):
    gap = record["gap"]
    text = f"  {number + 1}/{rounds} {size_name(size):>5} {mode:<8} gap p99 " \
           f"{duration(gap['p99_ns']):>8}, p99.9 {duration(gap['p999_ns']):>8}, longest " \
           f"{duration(gap['max_ns']):>8}, {gap['over_1ms']:>4} over 1 ms"
    if mode != FLOOR:
        text += f"; {record['mpps']:.3f} Mpps, {record['reclaimed']:,} reclaimed"
    print(text, flush=True)


def settings_of(options, runner, rounds, words):
    return {"seconds": options.seconds, "laps": options.laps, "lap_seconds": options.lap_seconds,
            "held": options.held, "rate": options.rate, "train": options.train,
            "flows": options.flows, "new-flows": options.new_flows, "sample": options.sample,
            "idle-timeout": runner.settings["idle-timeout"], "rounds": rounds,
            "whole": min(rounds, WHOLE),
            "machine": machine(), "command": shlex.join(["scripts/latency", *words]),
            "when": datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            "forwarding_cpu": runner.forwarding_cpu, "other_cpu": runner.other_cpu,
            "pages": "2 MB pages" if runner.huge else "without reserved hugepages"}


def show_aims(figures, sizes):
    print(f"Aims (service / off at most {AIM}, medians)")
    for what, value, aim, met in aims(figures, sizes):
        print(f"  {what:<52} {value:>9}  {aim:<24} {'met' if met else 'missed'}")


def main(words):
    options = arguments_of(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was changed comes back
    began_s = time.monotonic()
    folder = os.path.join(options.output, "runs")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise SystemExit(f"latency: --output: {options.output}: {error.strerror}") from None
    settings = {"held": options.held, "seconds": options.seconds, "train": options.train,
                "flows": options.flows, "new-flows": options.new_flows, "sample": options.sample,
                "idle-timeout": 4, "verify": int(options.verify)}
    print(machine(), flush=True)
    with Hugepages(0 if options.no_huge else hugepages_for(options.sizes)) as there:
        runner = Runner(options.build, folder, there and not options.no_huge, settings)
        if runner.forwarding_cpu == runner.other_cpu:
            print("latency: there is one CPU only: forwarding shares it with all else, and every "
                  "figure shows that", file=sys.stderr)
        with contextlib.nullcontext() if options.no_isolation else Isolated(runner.forwarding_cpu):
            if options.rate is None:
                options.rate = usual_load(runner, options)
            runner.settings["rate"] = int(options.rate)
            print(f"{options.rate / 1e6:g} M packets a second", flush=True)
            runs = run_all(runner, options, began_s)
    figures = gather(runs)
    told = settings_of(options, runner, runs[-1][0] + 1, [w for w in words if w != "--build"
                                                         and w != options.build])
    out = flat(figures, options.sizes, {"repetitions": told["rounds"], "held": options.held,
                                        "laps": options.laps, "lap_seconds": options.lap_seconds,
                                        "seconds": options.seconds, "rate_pps": options.rate})
    with open(os.path.join(options.output, "report.json"), "w", encoding="utf-8") as f:
        f.write(json.dumps(out, indent=2) + "\n")
    write_report(os.path.join(options.output, "report.html"), runs, figures, options.sizes, told)
    show_aims(figures, options.sizes)
    for name in ("report.html", "report.json", "runs/*.hgrm"):
        print(os.path.join(options.output, name))
    if options.json:
        write_json(options.json, out)


if __name__ == "__main__":
    main(sys.argv[1:])
