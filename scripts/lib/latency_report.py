# SPDX-License-Identifier: BSD-3-Clause
"""report.html: one file that needs nothing else."""

import html
import json
import os
import string

from latency_figures import aims, median_curve, ratios
from latency_run import FLOOR, MODES, size_name

PANELS = (("gap", "Poll gap", "from one turn of the forwarding loop to the next"),
          ("residence", "Residence", "receive to transmit, one packet in {sample}"),
          ("latency", "Arrival to transmit", "every packet, waiting in the queue included"))
WORDS = {FLOOR: "an idle polling loop: the machine itself", "off": "nothing is collected",
         "service": "the collector on a core of its own", "inline": "bounded steps between bursts",
         "legacy": "the whole list under a lock, on the forwarding core: Linux before 2007"}


def duration(ns):
    """1234 -> "1.23 us"."""
    for scale, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= scale * 0.9995:
            return f"{ns / scale:.3g} {unit}" if ns < scale * 999.5 else f"{ns / scale:.0f} {unit}"
    return f"{ns:.0f} ns"


def of(runs, size, mode):
    return [record for _, s, m, record in runs if s == size and m == mode]


def chart_data(runs, sizes):
    curves, timelines = {}, {}
    for size in sizes:
        name = size_name(size)
        for panel, *_ in PANELS:
            curves[f"{panel}_{name}"] = {
                mode: [[round(x, 3), round(y, 1)] for x, y in
                       median_curve(of(runs, size, mode), panel)] for mode in (FLOOR, *MODES)}
        timelines[name] = [{"mode": mode, "window_s": record["window_s"],
                            "passes": [p[:2] for p in record.get("passes", [])],
                            **record["timeline"]}
                           for mode in (FLOOR, *MODES) for record in of(runs, size, mode)[:1]]
    return {"curves": curves, "timelines": timelines}


def tile(value, text):
    return f"<div class=\"tile\"><b>{html.escape(value)}</b><span>{html.escape(text)}</span></div>"


def tiles(figures, sizes):
    """The largest size in four figures."""
    size = size_name(max(sizes))
    ratio = ratios(figures, sizes)
    worst = [value for name, value in ratio.items() if f"_{size}_" in name and
             ("_gap_" in name or "_residence_" in name)]
    out = [tile(duration(figures.median(f"legacy_{size}_gap_max_ns")),
                f"longest poll gap, legacy, {size} dead entries"),
           tile(duration(figures.median(f"service_{size}_gap_p9999_ns")),
                f"p99.99 of the poll gap, service, the same entries (off: "
                f"{duration(figures.median(f'off_{size}_gap_p9999_ns'))})"),
           tile(f"{max(worst):.3f}" if worst else "-",
                f"service / off, the worst of p99 and p99.9 of poll gap and residence, {size}"),
           tile(f"{figures.median(f'service_{size}_reclaimed') / 1e6:.2f} M",
                f"entries reclaimed in service's window, {size}")]
    return f"<div class=\"tiles\">{''.join(out)}</div>"


def legend():
    rows = (f"<span><i style=\"border-color: var(--{mode})\"></i><b>{mode}</b> "
            f"<span class=\"soft\">{html.escape(text)}</span></span>"
            for mode, text in WORDS.items())
    return f"<div class=\"legend\">{''.join(rows)}</div>"


def panels(runs, size, settings):
    name = size_name(size)
    out = [f"<h2>{name} dead entries</h2>", legend(), "<div class=\"charts\">"]
    for panel, title, text in PANELS:
        if not any(panel in record for record in of(runs, size, "service")):
            continue
        out.append(f"<figure><h3>{title}</h3><figcaption>"
                   f"{html.escape(text.format(**settings))}; median of repetitions, the end of a "
                   f"curve is its maximum</figcaption><div class=\"plot\" "
                   f"data-curves=\"{panel}_{name}\"></div></figure>")
    out.append("</div><figure class=\"wide\"><h3>Gaps over time</h3><figcaption>the longest poll gap "
               "of each part of the window, first repetition; shaded, with a bar on top: the "
               f"collector's passes</figcaption><div class=\"plot\" data-timeline=\"{name}\"></div>"
               "</figure>")
    return "".join(out)


COLUMNS = (("gap p99", "gap_p99_ns"), ("gap p99.9", "gap_p999_ns"), ("gap p99.99", "gap_p9999_ns"),
           ("gap max", "gap_max_ns"), ("gaps > 1 ms", "gaps_over_1ms"),
           ("residence p99", "residence_p99_ns"), ("residence p99.9", "residence_p999_ns"),
           ("arrival to tx p99.9", "latency_p999_ns"), ("Mpps", "mpps"), ("lost", "lost_ratio"),
           ("passes", "passes"), ("reclaimed", "reclaimed"))


def cell(figures, name):
    if not figures.has(name):
        return "–"
    value = figures.median(name)
    if name.endswith("_ns"):
        return duration(value)
    if name.endswith("_ratio"):
        return "0" if value == 0 else f"{value * 100:.3g} %"
    if name.endswith("_mpps"):
        return f"{value:.3f}"
    return f"{value:,.0f}"


def figures_table(figures, sizes):
    head = "".join(f"<th>{html.escape(title)}</th>" for title, _ in COLUMNS)
    rows = []
    for size in map(size_name, sizes):
        for mode in (FLOOR, *MODES):
            first = " class=\"first\"" if mode == FLOOR else ""
            cells = "".join(f"<td>{cell(figures, f'{mode}_{size}_{key}')}</td>"
                            for _, key in COLUMNS)
            rows.append(f"<tr{first}><td>{size}</td><td class=\"left\" style=\"color: "
                        f"var(--{mode})\"><b>{mode}</b></td>{cells}</tr>")
    return ("<div class=\"table\"><table><thead><tr><th>entries</th><th class=\"left\">mode</th>"
            f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>")


def aims_table(figures, sizes):
    rows = "".join(f"<tr><td>{html.escape(what)}</td><td>{html.escape(value)}</td>"
                   f"<td>{html.escape(aim)}</td><td class=\"{'good' if met else 'bad'}\">"
                   f"{'met' if met else 'missed'}</td></tr>"
                   for what, value, aim, met in aims(figures, sizes))
    return ("<div class=\"table\"><table><thead><tr><th>figure</th><th>value</th><th>aim</th><th></th>"
            f"</tr></thead><tbody>{rows}</tbody></table></div>")


def method(settings):
    return f"""<h2>Method</h2>
<p>One run is one mode with one number of entries: the whole router in a process of its own. Before its
window that many flows are cached, referenced by a holder, and killed in random order, so all are dead
and none can be freed. Over the window the holder lets go of
{(1 - settings['held']) * 100:.0f} % of them at an even pace; {settings['held'] * 100:.0f} % stay
referenced throughout. Meanwhile {settings['rate'] / 1e6:g} M packets a second arrive in trains of
{settings['train']} at equal distances (open loop, a queue of 1024 descriptors) for {settings['flows']:,} established flows, and
{settings['new-flows']:,} new flows a second begin and age out after {settings['idle-timeout']} s idle.</p>
<p>The forwarding core does nothing else; the load is made in its port's receive callback, so no other
thread's pace is in the figures. The other core is busy in every mode: with the collector, or with a loop
that only polls its clock. Floor, off and service run in turns, {settings['laps']} laps of
{settings['lap_seconds']} s each in each of {settings['rounds']} repetitions, while the other two programs are stopped, so that drift
of the machine hits all alike; each lap has a warm-up. Inline and legacy run alone, {settings['whole']} repetitions of
{settings['seconds']} s. Figures are medians of laps (inline and legacy: of repetitions), ratios medians of the
ratios of laps one after the other; maxima, passes and counts are of a repetition's whole window. A gap
over 1 ms is the machine's unless the floor has fewer: a virtual machine's host takes its time from
every mode alike.</p>
"""


def write_report(path, runs, figures, sizes, settings):
    """settings: what the runs were told, `rounds`, `machine`, `when` and `command`."""
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "latency_report.html"), encoding="utf-8") as f:
        page = string.Template(f.read())
    with open(os.path.join(folder, "latency_charts.js"), encoding="utf-8") as f:
        script = f.read()
    body = "\n".join((
        "<h1>Latency while dead entries are collected</h1>",
        f"<p class=\"soft\">dstfwd, <code>{html.escape(settings['command'])}</code>, "
        f"{html.escape(settings['when'])}. {html.escape(settings['machine'])}; forwarding on CPU "
        f"{settings['forwarding_cpu']}, all else on CPU {settings['other_cpu']}; "
        f"{html.escape(settings['pages'])}.</p>",
        tiles(figures, sizes), "".join(panels(runs, size, settings) for size in sizes),
        "<h2>Figures</h2>", figures_table(figures, sizes),
        "<h2>Aims</h2>", aims_table(figures, sizes), method(settings)))
    # "<" so that no text in the data can end the script.
    data = json.dumps(chart_data(runs, sizes), separators=(",", ":")).replace("<", "\\u003c")
    with open(path, "w", encoding="utf-8") as f:
        f.write(page.substitute(body=body, data=data, script=script))
