# SPDX-License-Identifier: BSD-3-Clause
"""clang-tidy over source files, several at a time: most of its time goes to what they include, so
files that are compiled alike are joined into one, and what is found in that is told of the file it
came from. Files that do not compile together (they use a name for two things) are halved until
they do."""

import json
import os
import re
import shlex

FOUND = re.compile(r"(.+?):(\d+):\d+: (?:warning|error): (.*)")
TOGETHER = 8
# The analyzer's steps a function: of its own 225000 most go to functions that call much, and take
# two thirds of all the time.
ANALYZER = [word for part in ("-analyzer-config", "max-nodes=30000")
            for word in ("--extra-arg=-Xclang", "--extra-arg=" + part)]


def arguments_of(tree, path):
    # The target's own folder of objects: nothing is included from there.
    return tuple(word for word in tree.arguments_of(path) if not re.match(r"-I.*\.p$", word))


def groups(tree, paths):
    """Lists of at most TOGETHER paths that are compiled alike. Neighbours in the order of names,
    which are often siblings that use the same names, come to different ones."""
    alike = {}
    for path in paths:
        alike.setdefault((tree.directory_of(path), arguments_of(tree, path)), []).append(path)
    found = []
    for members in alike.values():
        count = -(-len(members) // TOGETHER)
        found += [members[first::count] for first in range(count)]
    return found


class Joined:
    """The files of a group as one source file, with a compilation database for it."""

    def __init__(self, tree, paths):
        self.folder = tree.scratch("tidy." + paths[0])
        os.makedirs(self.folder, exist_ok=True)
        self.path = os.path.join(self.folder, "joined.cc")
        self.begins = []  # (first line, path)
        text, line = [], 1
        for path in paths:
            self.begins.append((line, path))
            text.append(tree.text(path).rstrip("\n") + "\n")
            line += text[-1].count("\n")
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("".join(text))
        words = [*arguments_of(tree, paths[0]), "-c", self.path]
        with open(os.path.join(self.folder, "compile_commands.json"), "w", encoding="utf-8") as f:
            json.dump([{"directory": tree.directory_of(paths[0]), "file": self.path,
                        "command": shlex.join(words)}], f)

    def place(self, line):
        """(path, line in it) of a line of the joined file."""
        first, path = max(one for one in self.begins if one[0] <= line)
        return path, line - first + 1


def run(tree, source, like, database):
    """clang-tidy's result over `source`, which is compiled as the file `like`, and what it found:
    [(real path, line, text)]."""
    config = os.path.join(tree.root, ".clang-tidy")
    result = tree.run(["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option", *ANALYZER,
                       *([f"--config-file={config}"] if os.path.exists(config) else []),
                       "-p", database, source])
    # It runs where the compiler does, and names files as seen from there.
    folder = tree.directory_of(like)
    found = [(os.path.realpath(os.path.join(folder, match[1])), int(match[2]), match[3])
             for match in filter(None, map(FOUND.match, result.stdout.splitlines()))]
    return result, found


def tidy_one(tree, path):
    """Findings in a file and in the headers that it includes."""
    result, found = run(tree, path, path, tree.build)
    findings = [f"{os.path.relpath(full, tree.root)}:{line}: {text}" for full, line, text in found]
    if result.returncode != 0 and not findings:
        findings = [f"{path}:1: clang-tidy failed: {(result.stdout + result.stderr)[-300:]!r}"]
    return findings


def tidy_group(tree, paths):
    """[(path, findings in it and, of the first, in headers)]."""
    if len(paths) == 1:
        return [(paths[0], tidy_one(tree, paths[0]))]
    joined = Joined(tree, paths)
    result, found = run(tree, joined.path, paths[0], joined.folder)
    if result.returncode != 0 and (not found or "clang-diagnostic-error" in result.stdout):
        half = len(paths) // 2
        return tidy_group(tree, paths[:half]) + tidy_group(tree, paths[half:])
    findings = {path: [] for path in paths}
    for full, line, text in found:
        owner, path = paths[0], os.path.relpath(full, tree.root)
        if full == os.path.realpath(joined.path):
            path, line = joined.place(line)
            owner = path
        findings[owner].append(f"{path}:{line}: {text}")
    return list(findings.items())
