# SPDX-License-Identifier: BSD-3-Clause
"""From the runs of the latency experiment to its figures: medians of laps, and ratios of laps that were
one after the other. A mode that runs alone has one lap a run."""

import math

from bench_figures import Figures
from latency_run import FLOOR, size_name

# Of a histogram: what report.json has of it, as MODE_SIZE_<histogram>_<figure>.
QUANTILES = ("p50_ns", "p90_ns", "p99_ns", "p999_ns", "p9999_ns")
BY_LAP = ("gap", "residence", "latency")
BY_RUN = ("walk_gap", "rest_gap")
# Gaps that begin in the collector's walks over those between them, of one run: the machine's drift
# from run to run is not in it. A quantile needs so many gaps in walks.
WITHIN = {"p99_ns": 10_000, "p999_ns": 100_000}
# Ratios of service to off, which have an aim.
AIMED = ("gap_p99_ns", "gap_p999_ns", "residence_p99_ns", "residence_p999_ns")
AIM = 1.05
SLICE_BUDGET_NS = 20_000  # kInlineStep_s of app/dataplane.h


def gather(runs):
    """runs: [(round, size, mode, record)]. Figures by name, one value a lap; what is of the whole
    window, one a run."""
    figures = Figures()
    for _, size, mode, record in runs:
        prefix = f"{mode}_{size_name(size)}"
        gather_laps(figures, prefix, record)
        if mode == FLOOR:
            gather_laps(figures, FLOOR, record)
            continue
        for name in BY_RUN:
            if name in record:
                histogram(figures, f"{prefix}_{name}", record[name])
        if "walk_gap" in record:
            figures.add(f"{prefix}_walk_gap_count", record["walk_gap"]["count"])
        figures.add(f"{prefix}_lost_ratio", record["lost"] / max(record["offered"], 1))
        figures.add(f"{prefix}_reclaimed", record["reclaimed"])
        figures.add(f"{prefix}_walked", record["walked"])
        figures.add(f"{prefix}_passes", len(record["passes"]))
        if "slices" in record:
            histogram(figures, f"{prefix}_slice", record["slices"])
            figures.add(f"{prefix}_slices_over_budget_per_s",
                        record["slices"]["over_budget"] / record["window_s"])
    return figures


def gather_laps(figures, prefix, record):
    for lap in record["laps"]:
        for name in BY_LAP:
            if name in lap:
                histogram(figures, f"{prefix}_{name}", lap[name])
        figures.add(f"{prefix}_gaps_over_1ms", lap["gap"]["over_1ms"])
        if "mpps" in lap:
            figures.add(f"{prefix}_mpps", lap["mpps"])
    for name in BY_LAP:
        if name in record:
            figures.add(f"{prefix}_{name}_max_ns", record[name]["max_ns"])
    figures.add(f"{prefix}_gaps_over_budget_per_s",
                record["gap"]["over_budget"] / record["window_s"])


def histogram(figures, prefix, values):
    for name in QUANTILES:
        figures.add(f"{prefix}_{name}", values[name])


def laps_with_long_gaps(figures, prefix):
    """(laps that had a gap over 1 ms, laps)."""
    counts = figures.values[f"{prefix}_gaps_over_1ms"]
    return sum(count > 0 for count in counts), len(counts)


def no_more_than(some, others):
    """Is the share of laps no larger, but for chance? The pooled test of two proportions, one-sided:
    two standard errors."""
    (hits, laps), (other_hits, other_laps) = some, others
    share = (hits + other_hits) / (laps + other_laps)
    error = math.sqrt(share * (1 - share) * (1 / laps + 1 / other_laps))
    return hits / laps <= other_hits / other_laps + 2 * error


def ratios(figures, sizes):
    """service to off, of laps one after the other: name -> median."""
    out = {}
    for size in map(size_name, sizes):
        for name in (*AIMED, "latency_p99_ns", "latency_p999_ns", "mpps"):
            pair = [f"{mode}_{size}_{name}" for mode in ("service", "off")]
            if all(figures.has(one) for one in pair):
                out[f"service_over_off_{size}_{name.removesuffix('_ns')}"] = figures.ratio(*pair)
    return out


def within(figures, sizes):
    """Gaps in walks over gaps between them, service: name -> median."""
    out = {}
    for prefix in (f"service_{size_name(size)}" for size in sizes):
        for name, least in WITHIN.items():
            pair = [f"{prefix}_{part}_gap_{name}" for part in ("walk", "rest")]
            if figures.has(pair[0]) and figures.median(f"{prefix}_walk_gap_count") >= least:
                out[f"{prefix}_walk_over_rest_gap_{name.removesuffix('_ns')}"] = figures.ratio(*pair)
    return out


def flat(figures, sizes, extra):
    """What report.json holds."""
    out = figures.flat()
    for some in (ratios(figures, sizes), within(figures, sizes)):
        out.update({name: round(value, 4) for name, value in some.items()})
    out.update(extra)
    return out


def median_curve(records, name):
    """[[1 / (1 - quantile), ns]...] of the repetitions' curves: the median at each place that all
    have, and the end, where a curve shows its maximum."""
    curves = [record[name]["curve"] for record in records if record.get(name, {}).get("curve")]
    if not curves:
        return []
    length = min(map(len, curves))
    return [[middle(curve[at][0] for curve in curves), middle(curve[at][1] for curve in curves)]
            for at in range(length - 1)] + [[middle(curve[-1][0] for curve in curves),
                                             middle(curve[-1][1] for curve in curves)]]


def middle(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def aims(figures, sizes):
    """[(what, value as text, aim as text, met)] by size."""
    rows = []
    ratio, inside = ratios(figures, sizes), within(figures, sizes)
    for size in map(size_name, sizes):
        for name in AIMED:
            key = f"service_over_off_{size}_{name.removesuffix('_ns')}"
            if key in ratio:
                what = name.removesuffix("_ns").replace("_", " ").replace("gap", "poll gap")
                rows.append((f"{size}: {spell(what)}, service / off", f"{ratio[key]:.3f}",
                             f"at most {AIM}", ratio[key] <= AIM))
        for name in (quantile.removesuffix("_ns") for quantile in WITHIN):
            key = f"service_{size}_walk_over_rest_gap_{name}"
            if key in inside:
                rows.append((f"{size}: poll gap {spell(name)}, in walks / between them",
                             f"{inside[key]:.3f}", f"at most {AIM}", inside[key] <= AIM))
        rows += long_gap_aims(figures, size)
        if figures.has(f"inline_{size}_slice_p9999_ns"):
            rows.append(slice_aim(figures, size))
    if 10_000_000 in sizes:
        longest = figures.median("legacy_10m_gap_max_ns")
        rows.append(("10m: longest gap, legacy", f"{longest / 1e9:.2f} s", "seconds",
                     longest >= 1e9))
    return rows


def long_gap_aims(figures, size):
    """Medians of laps against the floor, one for all sizes, that of the machine; and, since a median
    says nothing of what is rare, how many laps had such gaps against off: a loop that forwards meets
    more of the machine's own than the floor's, whoever collects."""
    many, floor = (figures.median(f"{prefix}_gaps_over_1ms") for prefix in (f"service_{size}", FLOOR))
    laps, off_laps, floor_laps = (laps_with_long_gaps(figures, prefix) for prefix in
                                  (f"service_{size}", f"off_{size}", FLOOR))
    return [(f"{size}: gaps over 1 ms a lap, service", f"{many:g}", f"at most the floor's {floor:g}",
             many <= floor),
            (f"{size}: laps with a gap over 1 ms, service (floor: "
             f"{'{} of {}'.format(*floor_laps)})", "{} of {}".format(*laps),
             "off's {} of {}, but for chance".format(*off_laps), no_more_than(laps, off_laps))]


def spell(text):
    return text.replace("p999", "p99.9")


def slice_aim(figures, size):
    """The longest slices have the machine's own gaps in them. Those are what the same loop has when
    nobody collects: interrupts take longer there than in the floor's loop, which leaves them all of
    the caches."""
    over = figures.median(f"inline_{size}_slices_over_budget_per_s")
    machine = figures.median(f"off_{size}_gaps_over_budget_per_s")
    return (f"{size}: inline, slices a second over the budget of {SLICE_BUDGET_NS // 1000} us",
            f"{over:.0f}", f"at most the gaps of off, {machine:.0f}", over <= machine)
