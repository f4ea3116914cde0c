# SPDX-License-Identifier: BSD-3-Clause
"""From the runs of the latency experiment to its figures: medians of repetitions, and ratios."""

from bench_figures import Figures
from latency_run import FLOOR, size_name

# Of a histogram: what report.json has of it, as MODE_SIZE_<histogram>_<figure>.
QUANTILES = ("p50_ns", "p90_ns", "p99_ns", "p999_ns", "p9999_ns", "max_ns")
HISTOGRAMS = ("gap", "residence", "latency", "walk_gap", "rest_gap")
# Gaps that begin in the collector's walks over those between them, of one run: the machine's drift
# from run to run is not in it. A quantile needs so many gaps in walks.
WITHIN = {"p99_ns": 10_000, "p999_ns": 100_000}
# Ratios of service to off, which have an aim.
AIMED = ("gap_p99_ns", "gap_p999_ns", "residence_p99_ns", "residence_p999_ns")
AIM = 1.05
SLICE_BUDGET_NS = 20_000  # kInlineStep_s of app/dataplane.h


def gather(runs):
    """runs: [(round, size, mode, record)]. Figures by name, one value a round."""
    figures = Figures()
    for _, size, mode, record in runs:
        prefix = f"{mode}_{size_name(size)}"
        for name in HISTOGRAMS:
            if name in record:
                histogram(figures, f"{prefix}_{name}", record[name])
        if "walk_gap" in record:
            figures.add(f"{prefix}_walk_gap_count", record["walk_gap"]["count"])
        figures.add(f"{prefix}_gaps_over_1ms", record["gap"]["over_1ms"])
        figures.add(f"{prefix}_gaps_over_budget", record["gap"]["over_budget"])
        if mode == FLOOR:
            histogram(figures, "floor_gap", record["gap"])
            figures.add("floor_gaps_over_1ms", record["gap"]["over_1ms"])
            continue
        figures.add(f"{prefix}_mpps", record["mpps"])
        figures.add(f"{prefix}_lost_ratio", record["lost"] / max(record["offered"], 1))
        figures.add(f"{prefix}_reclaimed", record["reclaimed"])
        figures.add(f"{prefix}_walked", record["walked"])
        figures.add(f"{prefix}_passes", len(record["passes"]))
        if "slices" in record:
            histogram(figures, f"{prefix}_slice", record["slices"])
            figures.add(f"{prefix}_slices_over_budget", record["slices"]["over_budget"])
    return figures


def histogram(figures, prefix, values):
    for name in QUANTILES:
        figures.add(f"{prefix}_{name}", values[name])


def ratios(figures, sizes):
    """service to off, of runs of one round: name -> median."""
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
        long_gaps = figures.median(f"service_{size}_gaps_over_1ms")
        floor = figures.median(f"floor_{size}_gaps_over_1ms")
        rows.append((f"{size}: gaps over 1 ms, service", f"{long_gaps:g}",
                     f"at most the floor's {floor:g}", long_gaps <= floor))
        if figures.has(f"inline_{size}_slice_p9999_ns"):
            rows.append(slice_aim(figures, size))
    if 10_000_000 in sizes:
        longest = figures.median("legacy_10m_gap_max_ns")
        rows.append(("10m: longest gap, legacy", f"{longest / 1e9:.2f} s", "seconds",
                     longest >= 1e9))
    return rows


def spell(text):
    return text.replace("p999", "p99.9")


def slice_aim(figures, size):
    """The longest slices have the machine's own gaps in them. Those are what the same loop has when
    nobody collects: interrupts take longer there than in the floor's loop, which leaves them all of
    the caches."""
    over = figures.median(f"inline_{size}_slices_over_budget")
    machine = figures.median(f"off_{size}_gaps_over_budget")
    return (f"{size}: inline, slices over the budget of {SLICE_BUDGET_NS // 1000} us", f"{over:g}",
            f"at most the gaps of off, {machine:g}", over <= machine)
