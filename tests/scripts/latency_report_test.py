#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/latency: from the runs' records to report.json and report.html. No run is made here."""

import html.parser
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "scripts", "lib"))

import latency_figures  # noqa: E402
import latency_report  # noqa: E402
import latency_run  # noqa: E402
import turns  # noqa: E402

SIZES = [100_000, 10_000_000]


def histogram(scale):
    return {"count": 1000, "over_1ms": 0, "over_budget": 2, "p50_ns": 10 * scale,
            "p90_ns": 20 * scale, "p99_ns": 30 * scale, "p999_ns": 40 * scale,
            "p9999_ns": 50 * scale, "p99999_ns": 55 * scale, "max_ns": 60 * scale, "mean_ns": 11.0,
            "curve": [[1.0, 5 * scale], [10.0, 20 * scale], [1000.0, 60 * scale]]}


def record(mode, scale):
    out = {"mode": mode, "window_s": 2.0, "gap": histogram(scale),
           "laps": [{"gap": histogram(scale)}],
           "timeline": {"part_s": 0.5, "longest_ns": [100, 200, 100, 50], "gaps": []}}
    if mode == latency_run.FLOOR:
        return out
    out.update({"residence": histogram(scale), "latency": histogram(scale), "mpps": 1.0,
                "offered": 1000, "lost": 10, "reclaimed": 500, "walked": 900,
                "passes": [[0.5, 1000, 100, 900]]})
    out["laps"][0].update({"residence": histogram(scale), "latency": histogram(scale), "mpps": 1.0})
    if mode == "service":
        out["walk_gap"], out["rest_gap"] = {**histogram(scale), "count": 20_000}, histogram(2 * scale)
    if mode == "inline":
        out["slices"] = histogram(scale)
    return out


def runs_of(scales):
    """scales: mode -> a number a round."""
    return [(number, size, mode, record(mode, scale)) for size in SIZES
            for mode, values in scales.items() for number, scale in enumerate(values)]


FLAT = {"floor": [1, 1, 1], "off": [10, 20, 30], "service": [10, 40, 33], "inline": [20, 20, 20],
        "legacy": [10 ** 8] * 3}


class Sizes(unittest.TestCase):
    def test_sizes_are_read_and_named(self):
        for text, number in (("100k", 100_000), ("1m", 1_000_000), ("10M", 10_000_000),
                             ("1500", 1500)):
            self.assertEqual(latency_run.parse_size(text), number)
            self.assertEqual(latency_run.parse_size(latency_run.size_name(number)), number)
        self.assertEqual(latency_run.size_name(10_000_000), "10m")

    def test_what_is_no_size_is_named(self):
        for text in ("", "ten", "1g", "-5k", "1", "100m"):
            with self.assertRaisesRegex(ValueError, f'^"{text}" is not a number of entries'):
                latency_run.parse_size(text)


class Turns(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.log = os.path.join(scratch.name, "log")

    def program(self, name, laps):
        script = f"for i in $(seq {laps}); do kill -STOP $$; echo {name} >>{self.log}; sleep 0.02; done"
        return ["bash", "-c", script]

    def test_off_is_next_to_what_it_is_compared_with(self):
        for turn in range(4):
            modes = turns.order(turn, latency_run.COMPARED)
            at = modes.index("off")
            self.assertEqual({modes[at - 1], modes[at + 1]}, {latency_run.FLOOR, "service"})

    def test_programs_have_their_laps_one_at_a_time_and_their_order_turns(self):
        commands = {name: self.program(name, 3) for name in ("a", "b", "c")}
        self.assertEqual(latency_run.Runner.race(commands, 3), [None, None, None])
        with open(self.log, encoding="ascii") as f:
            self.assertEqual(f.read().split(), list("abccbaabc"))

    def test_a_program_that_fails_is_named_and_the_stopped_ones_are_ended(self):
        commands = {"bad": ["bash", "-c", "echo no memory >&2; exit 3"], "good": self.program("g", 9)}
        with self.assertRaisesRegex(SystemExit, "ended with 3:\nno memory"):
            latency_run.Runner.race(commands, 2)
        left = subprocess.run(["pgrep", "-f", self.log], capture_output=True, text=True, check=False)
        self.assertEqual(left.stdout, "")

    def test_an_lcore_without_cpu_time_is_told_and_not_fatal(self):
        starved = ["bash", "-c", "echo the lcore did not poll during a lap >&2; exit 1"]
        self.assertEqual(latency_run.Runner.race({"off": starved}, 0),
                         ["the lcore did not poll during a lap"])


class FlatObject(unittest.TestCase):
    def setUp(self):
        self.figures = latency_figures.gather(runs_of(FLAT))
        self.flat = latency_figures.flat(self.figures, SIZES, {"held": 0.5})

    def test_it_has_every_figure_that_is_promised(self):
        for mode in latency_run.MODES:
            for size in ("100k", "10m"):
                for name in ("gap_p99_ns", "gap_p999_ns", "gap_max_ns", "gaps_over_1ms",
                             "residence_p999_ns", "mpps"):
                    self.assertIn(f"{mode}_{size}_{name}", self.flat)
        for name in ("floor_gap_p999_ns", "floor_gaps_over_1ms", "held"):
            self.assertIn(name, self.flat)

    def test_it_is_flat_and_of_numbers(self):
        self.assertEqual([v for v in self.flat.values() if not isinstance(v, (int, float))], [])

    def test_figures_are_medians_of_the_laps(self):
        self.assertEqual(self.flat["off_100k_gap_p99_ns"], 600)
        self.assertEqual(self.flat["service_100k_gap_p99_ns"], 990)

    def test_ratios_are_medians_of_the_laps_ratios(self):
        # 10/10, 40/20, 33/30: not 33/20.
        self.assertAlmostEqual(self.flat["service_over_off_100k_gap_p99"], 1.1)

    def test_gaps_in_walks_are_held_against_the_others_of_the_same_run(self):
        self.assertAlmostEqual(self.flat["service_10m_walk_over_rest_gap_p99"], 0.5)
        met = {what: ok for what, _, _, ok in latency_figures.aims(self.figures, SIZES)}
        self.assertTrue(met["10m: poll gap p99, in walks / between them"])

    def test_a_quantile_of_too_few_gaps_in_walks_is_left_out(self):
        self.assertNotIn("service_10m_walk_over_rest_gap_p999", self.flat)

    def test_aims_are_held_against_the_figures(self):
        met = {what: ok for what, _, _, ok in latency_figures.aims(self.figures, SIZES)}
        self.assertFalse(met["10m: poll gap p99, service / off"])
        self.assertTrue(met["10m: gaps over 1 ms a lap, service"])
        self.assertTrue(met["10m: laps with a gap over 1 ms, service (floor: 0 of 6)"])
        self.assertTrue(met["10m: longest gap, legacy"])
        self.assertTrue(met["10m: inline, slices a second over the budget of 20 us"])

    def long_gaps_met(self, counts):
        """counts: gaps over 1 ms a lap, by mode. Are the aims of 100k met, against floor and off?"""
        runs = [one for _ in range(10) for one in runs_of(FLAT)]
        for _, _, mode, one in runs:
            one["laps"][0]["gap"]["over_1ms"] = counts.get(mode, 0)
        met = latency_figures.aims(latency_figures.gather(runs), SIZES)
        return [ok for what, _, _, ok in met if what.startswith("100k") and "over 1 ms" in what]

    def test_service_may_have_the_long_gaps_that_floor_and_off_have(self):
        self.assertEqual(self.long_gaps_met({"service": 1}), [False, False])
        self.assertEqual(self.long_gaps_met({"service": 1, "floor": 1}), [True, False])
        self.assertEqual(self.long_gaps_met({"service": 1, "off": 1}), [False, True])
        self.assertEqual(self.long_gaps_met({"service": 1, "off": 1, "floor": 1}), [True, True])

    def test_shares_of_laps_are_compared_but_for_chance(self):
        for some, others, met in (((3, 100), (1, 100), True), ((12, 100), (1, 100), False),
                                  ((0, 10), (0, 30), True), ((30, 100), (90, 300), True),
                                  ((45, 100), (90, 300), False)):
            self.assertEqual(latency_figures.no_more_than(some, others), met, (some, others))


class Curves(unittest.TestCase):
    def test_a_curve_is_the_median_at_each_place_and_of_the_ends(self):
        records = [{"gap": {"curve": [[1, 5], [10, 7], [100, 50]]}},
                   {"gap": {"curve": [[1, 6], [10, 9], [120, 10]]}},
                   {"gap": {"curve": [[1, 7], [10, 8], [100, 20], [200, 90]]}}]
        self.assertEqual(latency_figures.median_curve(records, "gap"), [[1, 6], [10, 8], [120, 50]])
        self.assertEqual(latency_figures.median_curve(records, "residence"), [])


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br", "link", "img"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.loads, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


class Html(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        path = os.path.join(scratch.name, "report.html")
        runs = runs_of(FLAT)
        settings = {"seconds": 2, "laps": 30, "lap_seconds": 0.25, "held": 0.5, "rate": 1e6, "train": 16, "flows": 65536, "new-flows": 1000,
                    "sample": 64, "idle-timeout": 1, "rounds": 3, "whole": 3, "machine": "<a> & b",
                    "command": "scripts/latency", "when": "today", "forwarding_cpu": 1,
                    "other_cpu": 0, "pages": "2 MB pages"}
        latency_report.write_report(path, runs, latency_figures.gather(runs), SIZES, settings)
        with open(path, encoding="utf-8") as f:
            self.source = f.read()
        self.page = Page()
        self.page.feed(self.source)

    def test_it_is_well_formed(self):
        self.assertEqual((self.page.wrong, self.page.open), ([], []))

    def test_it_loads_nothing(self):
        self.assertEqual(self.page.loads, [])
        self.assertEqual(re.findall(r"https?://(?!www\.w3\.org/2000/svg)", self.source), [])
        self.assertNotIn("@import", self.source)

    def test_no_placeholder_is_left(self):
        self.assertEqual(re.findall(r"\$(?:body|data|script)\b", self.source), [])

    def test_it_has_a_plot_a_size_and_panel(self):
        for size in ("100k", "10m"):
            for panel in ("gap", "residence", "latency"):
                self.assertIn(f'data-curves="{panel}_{size}"', self.source)
            self.assertIn(f'data-timeline="{size}"', self.source)

    def test_text_is_escaped(self):
        self.assertIn("<a> & b", "".join(self.page.text))

    def test_durations_are_in_the_unit_that_reads_best(self):
        for ns, text in ((19, "19 ns"), (1234, "1.23 µs"), (24_000_000, "24 ms"),
                         (1_780_000_000, "1.78 s"), (999_900, "1 ms")):
            self.assertEqual(latency_report.duration(ns), text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
