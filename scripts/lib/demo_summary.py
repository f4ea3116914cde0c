# SPDX-License-Identifier: BSD-3-Clause
"""usage: demo_summary.py IN0 IN1 OUT-DIR    what dstfwd's statistics say, for people.

Exit status 1 when the books do not balance (invariants 2 and 4 of docs/architecture.md)."""

import json
import os
import sys


def show(title, rows):
    """Names left, numbers right; rows of zero are left out."""
    rows = [(name, value) for name, value in rows if value]
    print(title)
    for name, value in rows or [("nothing", 0)]:
        print(f"  {name:<28}{value:>12,}" if isinstance(value, int) else f"  {name:<28}{value:>12}")


def words(name):
    return name.replace("_", " ")


def unbalanced(stats):
    ends = stats["tx"] + sum(stats["drops"].values()) + stats["consumed"] + stats["held"]
    if stats["rx"] != ends:
        yield f"rx {stats['rx']} is not tx + drops + consumed + held = {ends}"
    gc = stats["gc"]
    if gc["created"] != gc["reclaimed"]:
        yield f"created {gc['created']} entries, reclaimed {gc['reclaimed']}"


def main():
    inputs, out = sys.argv[1:3], sys.argv[3]
    with open(os.path.join(out, "stats.json"), encoding="utf-8") as f:
        stats = json.load(f)
    cache, gc = stats["cache"], stats["gc"]
    show("Packets", [("in", stats["rx"]), ("out", stats["tx"]), ("consumed by the router",
         stats["consumed"]), ("held for a neighbour", stats["held"]),
         ("dropped", sum(stats["drops"].values()))])
    show("Verdicts", [("forwarded", stats["tx"]),
         *[(words(name), count) for name, count in stats.get("consumed_by", {}).items()],
         *[(words(name), count) for name, count in stats["drops"].items()]])
    lookups = cache["hits"] + cache["misses"]
    share = f"{100 * cache['hits'] / lookups:.1f} %" if lookups else "-"
    show("Cache", [("hits", cache["hits"]), ("misses", cache["misses"]), ("hit ratio", share),
         *[(words(n), cache[n]) for n in ("inserted", "bypassed", "revalidated", "expired",
                                          "flushed")]])
    show(f"Collector ({gc['mode']})", [("entries created", gc["created"]),
         ("retired", gc["retired"]), ("reclaimed", gc["reclaimed"]), ("passes", gc["passes"]),
         ("entries walked", gc["walk_entries"])])
    print("Captures")
    for port, source in enumerate(inputs):
        print(f"  port {port}  in  {source}\n          out {os.path.join(out, f'port{port}.pcap')}")
    print(f"Statistics in {os.path.join(out, 'stats.json')}, log in {os.path.join(out, 'dstfwd.log')}")
    wrong = list(unbalanced(stats))
    for line in wrong:
        print(f"scripts/demo: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
