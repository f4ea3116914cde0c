# SPDX-License-Identifier: BSD-3-Clause
"""The checks behind scripts/check. Each is a function that takes a Tree and yields findings,
"FILE:LINE: what is wrong"."""

import argparse
import ast
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from check_tidy import groups, tidy_group
from check_tools import Stamps, Tree

FILE_LINES = 400
FUNCTION_LINES = 70
TITLE_CHARACTERS = 60
LAYERS = {"gc": ("gc",), "fwd": ("gc", "fwd"), "app": ("gc", "fwd", "app")}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
TITLE = re.compile(r"^[a-z0-9_./ ,-]+: [^A-Z\s]\S*( |$)")


def layers(tree):
    """gc <- fwd <- app, by #include. dstgc/... is gc's public name."""
    for path in tree.cpp:
        layer = path.split("/")[0]
        if layer not in LAYERS:
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            other = found.group(1).split("/")[0].replace("dstgc", "gc")
            if found.group(1).startswith(".."):
                yield f"{path}:{number}: include by its path from the top, not {found.group(1)}"
            elif other in (*LAYERS, "tests") and other not in LAYERS[layer]:
                yield f"{path}:{number}: {layer}/ must not include {other}/ (gc <- fwd <- app)"


def includes(tree):
    """No file includes another twice."""
    for path in tree.cpp:
        seen = set()
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*(["<][^">]+[">])', line)
            if found and found.group(1) in seen:
                yield f"{path}:{number}: includes {found.group(1)} a second time"
            elif found:
                seen.add(found.group(1))


def sizes(tree):
    """Lines of files; of C++ functions clang-tidy says it (readability-function-size)."""
    for path in tree.cpp + tree.python + tree.shell:
        lines = tree.text(path).count("\n")
        if lines > FILE_LINES:
            yield f"{path}:1: {lines} lines, {FILE_LINES} at most"


def python(tree):
    """Python that parses, and sizes of its functions."""
    for path in tree.python:
        try:
            parsed = ast.parse(tree.text(path), path)
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"
            continue
        for node in ast.walk(parsed):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield (f"{path}:{node.lineno}: function {node.name} has {lines} lines, "
                           f"{FUNCTION_LINES} at most")


def shell(tree):
    if tree.shell:
        command = ["shellcheck", "-x", "-S", "warning", "-e", "SC1091,SC2100", "-f",
                   "gcc", "--", *tree.shell]
        yield from tree.run(command).stdout.splitlines()


def formatting(tree):
    if not tree.cpp:
        return
    if tree.fix:
        tree.run(["clang-format", "-i", *tree.cpp])
        tree.text.cache_clear()
    wrong = {}
    for line in tree.run(["clang-format", "--dry-run", *tree.cpp]).stderr.splitlines():
        found = re.match(r"(.+?):(\d+):\d+: (?:warning|error): code should be", line)
        if found:
            wrong.setdefault(found.group(1), found.group(2))
    for path, line in wrong.items():
        yield f"{path}:{line}: not as clang-format writes it (scripts/check --fix)"


def header_alone(tree, path):
    """Compiles one header as the only one of a program; returns findings and what it includes."""
    deps = tree.scratch(path + ".d")
    command = ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", *tree.cflags(),
               "-I.", "-Igc/include", "-MD", "-MF", deps, "-x", "c++", "-include", path, "/dev/null"]
    result = tree.run(command)
    if result.returncode == 0:
        return [], tree.read_deps(deps)
    why = next((line for line in result.stderr.splitlines() if "error" in line), "does not compile")
    return [f"{path}:1: does not compile alone: {why}"], []


def included_first(tree, path):
    """Does a source file of the build begin with this header? Then the build has shown it."""
    source = path[:-2] + ".cc"
    if source not in tree.built:  # a public header's source lies without its include/ folder
        source = source.replace("gc/include/dstgc/", "gc/")
    if source not in tree.built:
        return False
    first = next(filter(None, map(INCLUDE.match, tree.text(source).splitlines())), None)
    return first is not None and path.endswith(first.group(1))


def headers(tree, stamps):
    yield from stamps.each("headers", [p for p in tree.built
                                       if p.endswith(".h") and not included_first(tree, p)],
                           lambda path: header_alone(tree, path), "g++ 1")


def tidy(tree, stamps):
    known = tree.compile_commands()
    paths = [p for p in tree.built if p.endswith(".cc")]
    # Of the layers; tests have the compiler's warnings (they would take twice the time).
    looked_at = [p for p in paths if p.split("/")[0] in LAYERS]
    for path in paths:
        if path not in known:
            yield f"{path}:1: in no meson.build"
    configs = "".join(tree.text(p) for p in tree.files if os.path.basename(p) == ".clang-tidy")
    yield from stamps.each_group("clang-tidy", [p for p in looked_at if p in known],
                                 lambda stale: groups(tree, stale),
                                 lambda paths: tidy_group(tree, paths), tree.deps_of, configs)


def commits(tree, commit_range):
    log = tree.run(["git", "log", "--no-merges", "--format=%h %s", commit_range])
    if log.returncode != 0:
        yield f"--commits {commit_range}: {log.stderr.strip().splitlines()[0]}"
    for line in log.stdout.splitlines():
        commit, title = line.split(" ", 1)
        if len(title) > TITLE_CHARACTERS:
            yield f"{commit}: title of {len(title)} characters, {TITLE_CHARACTERS} at most: {title}"
        if not TITLE.match(title):
            yield f"{commit}: title is not \"area: imperative lower case\": {title}"


def run_all(tree, stamps, commit_range):
    """Every check; returns the number of different findings."""
    checks = [("layers", lambda: layers(tree)),
              ("includes", lambda: includes(tree)), ("sizes", lambda: sizes(tree)),
              ("python", lambda: python(tree)), ("shell", lambda: shell(tree)),
              ("format", lambda: formatting(tree)), ("headers", lambda: headers(tree, stamps)),
              ("clang-tidy", lambda: tidy(tree, stamps))]
    if commit_range:
        checks.append(("commits", lambda: commits(tree, commit_range)))
    seen = set()
    for name, check in checks:
        start, before = time.monotonic(), len(seen)
        for finding in check():
            if finding not in seen:  # a header's finding comes once a file that includes it
                print(f"{finding} [{name}]" if not finding.endswith("]") else finding, flush=True)
                seen.add(finding)
        took = time.monotonic() - start
        print(f"check: {name}: {len(seen) - before or 'no'} findings, {took:.1f} s", file=sys.stderr)
    return len(seen)


def main():
    parser = argparse.ArgumentParser(prog="scripts/check")
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--all", action="store_true", help="also what passed before")
    parser.add_argument("--fix", action="store_true", help="format the files")
    parser.add_argument("--commits", metavar="RANGE", help="check titles, such as main..HEAD")
    arguments = parser.parse_args()
    tree = Tree(arguments.root, arguments.build, arguments.fix)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        stamps = Stamps(tree, pool, anew=arguments.all)
        return 1 if run_all(tree, stamps, arguments.commits) else 0


if __name__ == "__main__":
    sys.exit(main())
