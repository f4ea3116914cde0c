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
# In files that are joined it is bound to fire; check.py looks for it by itself.
NOT_JOINED = "-readability-duplicate-include"


def arguments_of(tree, path):
    """The compiler's arguments, less what names the file and its outputs."""
    words = iter(shlex.split(tree.compile_commands()[path]["command"]))
    kept = []
    for word in words:
        if word in ("-o", "-MF", "-MQ", "-c"):
            next(words, None)
        elif word != "-MD":
            kept.append(word)
    # The target's own folder of objects: nothing is included from there.
    return tuple(word for word in kept if not re.match(r"-I.*\.p$", word))


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


def run(tree, source, database, *options):
    config = os.path.join(tree.root, ".clang-tidy")
    return tree.run(["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option",
                     *([f"--config-file={config}"] if os.path.exists(config) else []),
                     *options, "-p", database, source])


def tidy_one(tree, path):
    """Findings in a file and in the headers that it includes."""
    result = run(tree, path, tree.build)
    findings = []
    for match in filter(None, map(FOUND.match, result.stdout.splitlines())):
        # clang-tidy runs in the build directory, and names files as seen from there.
        full = os.path.realpath(os.path.join(tree.directory_of(path), match.group(1)))
        findings.append(f"{os.path.relpath(full, tree.root)}:{match.group(2)}: {match.group(3)}")
    if result.returncode != 0 and not findings:
        findings = [f"{path}:1: clang-tidy failed: {(result.stdout + result.stderr)[-300:]!r}"]
    return findings


def tidy_group(tree, paths):
    """[(path, findings in it and, of the first, in headers)]."""
    if len(paths) == 1:
        return [(paths[0], tidy_one(tree, paths[0]))]
    joined = Joined(tree, paths)
    result = run(tree, joined.path, joined.folder, f"--checks={NOT_JOINED}")
    found = [match for match in map(FOUND.match, result.stdout.splitlines()) if match]
    if result.returncode != 0 and (not found or "clang-diagnostic-error" in result.stdout):
        half = len(paths) // 2
        return tidy_group(tree, paths[:half]) + tidy_group(tree, paths[half:])
    findings = {path: [] for path in paths}
    for match in found:
        full = os.path.realpath(os.path.join(tree.directory_of(paths[0]), match.group(1)))
        path, line = os.path.relpath(full, tree.root), int(match.group(2))
        owner = paths[0]
        if full == os.path.realpath(joined.path):
            path, line = joined.place(line)
            owner = path
        findings[owner].append(f"{path}:{line}: {match.group(3)}")
    return list(findings.items())
