// SPDX-License-Identifier: BSD-3-Clause
// Draws the report's plots as SVG at the width that there is, and again when it changes.
"use strict";
const SVG = "http://www.w3.org/2000/svg";
const UNITS = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]];
// service lies on off where nothing stalls: off is the wide line beneath it.
const STYLE = { floor: [1.5, "3 3"], off: [5, ""], service: [2, ""], inline: [1.8, "7 3"], legacy: [2, ""] };
const OPACITY = { off: 0.45 };

function duration(ns, digits = 3) {
  if (!ns) return "0";
  let [scale, unit] = UNITS.filter(([s]) => ns >= s * 0.9995).pop() || UNITS[0];
  return Number((ns / scale).toPrecision(digits)) + " " + unit;
}
function make(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}
const color = (mode) => `var(--${mode})`;

// A plot's frame: powers of ten from low to high on the left, with a margin for their names.
function frame(host, width, height, low, high, margin) {
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img" }, host);
  const box = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
  const y = (ns) => box.bottom - (Math.log10(Math.max(ns, low)) - Math.log10(low)) /
      (Math.log10(high) - Math.log10(low)) * (box.bottom - box.top);
  const room = (box.bottom - box.top) / Math.log10(high / low);
  const every = room < 9 ? 3 : room < 17 ? 2 : 1;
  for (let power = Math.ceil(Math.log10(low)), i = 0; 10 ** power <= high * 1.001; ++power, ++i) {
    const at = y(10 ** power);
    make("line", { x1: box.left, x2: box.right, y1: at, y2: at, stroke: "var(--grid)" }, svg);
    if (i % every === 0)
      make("text", { x: box.left - 6, y: at + 4, "text-anchor": "end" }, svg, duration(10 ** power));
  }
  return { svg, box, y };
}
const tens = (values) => [10 ** Math.floor(Math.log10(Math.max(1, Math.min(...values)))),
                          10 ** Math.ceil(Math.log10(Math.max(10, ...values)) - 1e-9)];
const percent = (power) => power === 0 ? "0" : power === 1 ? "90 %" : power === 2 ? "99 %" :
    "99." + "9".repeat(power - 2) + " %";

// Percentile curves on HdrHistogram's scale.
function curves(host, set) {
  host.replaceChildren();
  const width = Math.max(host.clientWidth, 260), height = Math.round(Math.min(360, Math.max(250, width * 0.68)));
  const all = Object.values(set).flat();
  if (!all.length) return;
  const [low, high] = tens(all.map((p) => p[1]));
  const margin = { left: 54, right: 12, top: 8, bottom: 42 };
  const { svg, box, y } = frame(host, width, height, low, high, margin);
  const last = Math.max(...all.map((p) => p[0]));
  const x = (inverse) => box.left + Math.log10(inverse) / Math.log10(last) * (box.right - box.left);
  const step = (box.right - box.left) / Math.log10(last);
  for (let power = 0, free = -1; 10 ** power <= last; ++power) {
    const at = x(10 ** power), name = percent(power), half = name.length * 3.1;
    make("line", { x1: at, x2: at, y1: box.top, y2: box.bottom, stroke: "var(--grid)" }, svg);
    const skip = at - half < free || at + half > width + 6;
    if (skip) continue;
    make("text", { x: at, y: box.bottom + 16, "text-anchor": "middle" }, svg, name);
    free = at + half + Math.min(8, step / 4);
  }
  make("text", { x: (box.left + box.right) / 2, y: box.bottom + 34, "text-anchor": "middle" }, svg,
       "percentile, by 1 / (1 − percentile)");
  for (const [mode, points] of Object.entries(set)) {
    if (!points.length) continue;
    const path = points.map(([inverse, ns], i) => `${i ? "L" : "M"}${x(inverse).toFixed(1)} ${y(ns).toFixed(1)}`);
    const [thick, dash] = STYLE[mode];
    make("path", { d: path.join(""), fill: "none", stroke: color(mode), "stroke-width": thick,
                   "stroke-dasharray": dash, "stroke-opacity": OPACITY[mode] || 1, "stroke-linejoin": "round" }, svg);
  }
  tip(host, svg, box, (px) => {
    const inverse = Math.min(10 ** ((px - box.left) / (box.right - box.left) * Math.log10(last)), last);
    const lines = Object.entries(set).filter(([, points]) => points.length).map(([mode, points]) => {
      const known = points[points.length - 1][0] >= inverse * 0.97;
      const near = points.reduce((a, b) => Math.abs(Math.log(b[0] / inverse)) < Math.abs(Math.log(a[0] / inverse)) ? b : a);
      return [mode, known ? duration(near[1]) : "–"];
    });
    const q = 100 * (1 - 1 / inverse);
    return [`${q.toFixed(Math.min(7, Math.max(0, Math.ceil(Math.log10(inverse)))))} %`, lines];
  });
}

// What is under the pointer: a line, and a box with the values.
function tip(host, svg, box, values) {
  const line = make("line", { y1: box.top, y2: box.bottom, stroke: "var(--soft)", visibility: "hidden" }, svg);
  const label = document.createElement("div");
  label.className = "tip";
  host.append(label);
  svg.addEventListener("pointermove", (event) => {
    const px = event.clientX - svg.getBoundingClientRect().left;
    const inside = px >= box.left && px <= box.right;
    line.setAttribute("visibility", inside ? "visible" : "hidden");
    label.style.display = inside ? "block" : "none";
    if (!inside) return;
    line.setAttribute("x1", px);
    line.setAttribute("x2", px);
    const [title, lines] = values(px);
    label.replaceChildren(Object.assign(document.createElement("b"), { textContent: title }));
    for (const [mode, text] of lines) {
      const row = document.createElement("div");
      row.append(Object.assign(document.createElement("span"), { textContent: mode, style: `color: ${color(mode)}` }),
                 Object.assign(document.createElement("span"), { textContent: text }));
      label.append(row);
    }
    label.style.left = `${px > box.right / 2 ? px - label.offsetWidth - 12 : px + 12}px`;
    label.style.top = `${box.top + 6}px`;
  });
  svg.addEventListener("pointerleave", () => {
    line.setAttribute("visibility", "hidden");
    label.style.display = "none";
  });
}

// The window of one run a row: the longest gap of each part, and the passes of the collector.
function timeline(host, rows) {
  host.replaceChildren();
  const width = Math.max(host.clientWidth, 260), each = 92;
  const values = rows.flatMap((row) => row.longest_ns.concat(row.gaps.map((gap) => gap[1]))).filter((ns) => ns > 0);
  if (!values.length) return;
  const [low, high] = tens(values);
  const seconds = Math.max(...rows.map((row) => row.window_s));
  rows.forEach((row, i) => {
    const final = i === rows.length - 1;
    const margin = { left: 54, right: 12, top: 20, bottom: final ? 36 : 4 };
    const { svg, box, y } = frame(host, width, each + (final ? 32 : 0), low, high, margin);
    const part = row.part_s;
    const x = (s) => box.left + Math.min(Math.max(s, 0), seconds) / seconds * (box.right - box.left);
    make("text", { x: box.left, y: 13, style: `fill: ${color(row.mode)}; font-weight: 600` }, svg, row.mode);
    if (row.passes.length)
      make("text", { x: box.right, y: 13, "text-anchor": "end" }, svg, `${row.passes.length} pass${row.passes.length === 1 ? "" : "es"}`);
    for (const [end_s, elapsed_us] of row.passes) {
      const from = x(end_s - elapsed_us / 1e6), to = x(end_s);
      make("rect", { x: from, y: box.top, width: Math.max(to - from, 1.5), height: box.bottom - box.top,
                     fill: color(row.mode), opacity: 0.16 }, svg);
      make("rect", { x: from, y: box.top - 4, width: Math.max(to - from, 1.5), height: 4, fill: color(row.mode) }, svg);
    }
    // One bar a pixel: what several parts have is their longest.
    const bars = new Map();
    row.longest_ns.forEach((ns, k) => {
      const at = Math.round(x((k + 0.5) * part));
      if (ns > (bars.get(at) || 0)) bars.set(at, ns);
    });
    let path = "";
    for (const [at, ns] of bars) path += `M${at} ${box.bottom}V${y(ns).toFixed(1)}`;
    make("path", { d: path, stroke: color(row.mode), "stroke-width": 1.1, fill: "none" }, svg);
    for (const [from_s, ns] of row.gaps) {
      const wide = x(from_s + ns / 1e9) - x(from_s);
      if (wide > 1.5)
        make("rect", { x: x(from_s), y: y(ns), width: wide, height: box.bottom - y(ns), fill: color(row.mode),
                       opacity: 0.75 }, svg);
    }
    make("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, stroke: "var(--line)" }, svg);
    tip(host, svg, box, (px) => {
      const s = (px - box.left) / (box.right - box.left) * seconds;
      return [`${s.toFixed(2)} s`, [[row.mode, "longest gap " +
          duration(bars.get(Math.round(px)) || row.longest_ns[Math.min(row.longest_ns.length - 1, Math.floor(s / part))])]]];
    });
    if (final) seconds_axis(svg, box, x, seconds);
  });
}

function seconds_axis(svg, box, x, seconds) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300].find((s) => seconds / s <= 8) || 600;
  for (let s = 0; s <= seconds * 1.0001; s += step)
    make("text", { x: x(s), y: box.bottom + 15, "text-anchor": "middle" }, svg, Number(s.toFixed(2)));
  make("text", { x: (box.left + box.right) / 2, y: box.bottom + 31, "text-anchor": "middle" }, svg,
       "seconds since the window began");
}

function draw() {
  for (const host of document.querySelectorAll("[data-curves]")) curves(host, DATA.curves[host.dataset.curves]);
  for (const host of document.querySelectorAll("[data-timeline]")) timeline(host, DATA.timelines[host.dataset.timeline]);
}
let drawn = 0;
addEventListener("resize", () => {
  if (innerWidth === drawn) return;
  drawn = innerWidth;
  draw();
});
drawn = innerWidth;
draw();
