# SPDX-License-Identifier: BSD-3-Clause
"""What the checks look at (Tree), and what they need not look at again (Stamps)."""

import functools
import hashlib
import json
import os
import shlex
import subprocess

# Arguments of a compiler that no check wants, and how many words after each go with it. Meson writes
# "-fpch-preprocess -include NAME" for GCC's precompiled headers.
LEFT_OUT = {"-o": 1, "-MF": 1, "-MQ": 1, "-c": 1, "-MD": 0, "-fpch-preprocess": 2, "-include-pch": 1}

APART = ("tests/fuzz/", "tests/cmake_consumer/", "tests/meson_consumer/")


class Tree:
    """The files of a git work tree (tracked, and new ones that are not ignored), and its build."""

    def __init__(self, root, build, fix=False):
        self.root, self.build, self.fix = os.path.realpath(root), os.path.realpath(build), fix
        listed = self.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        if listed.returncode != 0:
            raise SystemExit(f"check: {listed.stderr.strip()}")
        self.files = sorted(p for p in set(listed.stdout.split("\0"))
                            if p and os.path.isfile(os.path.join(self.root, p)))
        self.cpp = [p for p in self.files if p.endswith((".cc", ".h"))]
        # Fuzzers need clang's libFuzzer and a build of their own (scripts/fuzz); consumers and
        # examples of the library are projects of their own.
        self.built = [p for p in self.cpp if not p.startswith(APART)]
        scripts = [p for p in self.files if "." not in os.path.basename(p) or p.endswith(".sh")]
        first = {p: self.text(p).split("\n", 1)[0] for p in scripts}
        self.shell = [p for p in scripts if p.endswith(".sh") or "sh" in first[p][:20].split("/")[-1]
                      and first[p].startswith("#!")]
        self.python = [p for p in self.files if p.endswith(".py") or
                       first.get(p, "").startswith("#!") and "python" in first[p]]

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as f:
            return f.read()

    def run(self, command):
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True,
                              errors="replace", stdin=subprocess.DEVNULL)

    @functools.lru_cache(maxsize=None)
    def cflags(self):
        """DPDK's headers are C: as system headers their warnings are not ours."""
        flags = self.run(["pkg-config", "--cflags", "libdpdk"]).stdout.split()
        system = [part for flag in flags if flag.startswith("-I") for part in ("-isystem", flag[2:])]
        return [*[f for f in flags if not f.startswith("-I")], *system, "-isystem",
                "/usr/include/dpdk"]

    def scratch(self, name):
        """A file of the check's own below the build directory."""
        path = os.path.join(self.build, "check", name.replace("/", "__"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def read_deps(self, path):
        """Files of this tree that a Makefile rule (-MD) names."""
        with open(path, encoding="utf-8") as f:
            words = f.read().replace("\\\n", " ").split()[1:]
        names = {os.path.relpath(os.path.join(self.root, word), self.root) for word in words}
        return sorted(name for name in names if not name.startswith("..") and
                      os.path.exists(os.path.join(self.root, name)))

    @functools.lru_cache(maxsize=None)
    def compile_commands(self):
        """{path: compiler's arguments, less the output} of the files that the build knows."""
        try:
            with open(os.path.join(self.build, "compile_commands.json"), encoding="utf-8") as f:
                entries = json.load(f)
        except FileNotFoundError:
            return {}
        return {os.path.relpath(os.path.join(e["directory"], e["file"]), self.root): e
                for e in entries}

    def directory_of(self, path):
        """Where the compiler of a source file runs."""
        return self.compile_commands()[path]["directory"]

    def arguments_of(self, path):
        """The compiler and its arguments, less what names the source file and its outputs, and less
        a precompiled header: who reads a source without one sees what it does not include."""
        words = iter(shlex.split(self.compile_commands()[path]["command"]))
        kept = []
        for word in words:
            if word not in LEFT_OUT:
                kept.append(word)
            for _ in range(LEFT_OUT.get(word, 0)):
                next(words, None)
        return kept

    def deps_of(self, path):
        """Files of this tree that a source file includes, itself too."""
        entry = self.compile_commands()[path]
        deps = self.scratch(path + ".mm")
        result = subprocess.run([*self.arguments_of(path), entry["file"], "-MM", "-MF", deps],
                                cwd=entry["directory"], capture_output=True, text=True)
        if result.returncode != 0:
            return []
        with open(deps, encoding="utf-8") as f:
            names = f.read().replace("\\\n", " ").split()[1:]
        full = {os.path.realpath(os.path.join(entry["directory"], name)) for name in names}
        return sorted(os.path.relpath(name, self.root) for name in full
                      if name.startswith(self.root + "/"))


class Stamps:
    """Remembers by content which files passed a check, with all that they include, so that only what
    changed is checked again. Kept in the repository's .git, which its work trees share."""

    KEPT = 16  # contents of a file that are remembered

    def __init__(self, tree, pool, anew):
        self.tree, self.pool, self.anew = tree, pool, anew
        common = tree.run(["git", "rev-parse", "--git-common-dir"]).stdout.strip()
        self.folder = os.path.join(tree.root, common, "dstfwd-check")
        os.makedirs(self.folder, exist_ok=True)

    def each(self, check, paths, work, version):
        """Runs work(path) -> (findings, files it depends on) in parallel on those that need it;
        yields the findings. `version` is what else the result depends on."""
        stale = self._stale(check, paths, version)
        for path, (findings, deps) in zip(stale, self.pool.map(work, stale)):
            yield from findings
            if not findings and deps:
                self._store(check, path, deps, version)

    def each_group(self, check, paths, group, work, deps_of, version):
        """The same for work that takes several paths, as group(paths that need it) puts them
        together, and returns [(path, findings)]."""
        for results in self.pool.map(work, group(self._stale(check, paths, version))):
            for path, findings in results:
                yield from findings
                if not findings:
                    self._store(check, path, deps_of(path), version)

    def _stale(self, check, paths, version):
        return [path for path in paths if self.anew or not self._passed(check, path, version)]

    def _file(self, check, path):
        return os.path.join(self.folder, f"{check}.{path}".replace("/", "__"))

    def _digest(self, deps, version):
        digest = hashlib.sha256(version.encode())
        for name in deps:
            try:
                digest.update(name.encode() + b"\0" + self.tree.text(name).encode())
            except FileNotFoundError:
                return None
        return digest.hexdigest()

    def _load(self, check, path):
        try:
            with open(self._file(check, path), encoding="utf-8") as f:
                return json.load(f)
        except (FileNotFoundError, json.JSONDecodeError):
            return []

    def _passed(self, check, path, version):
        return any(stored["digest"] == self._digest(stored["deps"], version)
                   for stored in self._load(check, path))

    def _store(self, check, path, deps, version):
        passed = [{"deps": deps, "digest": self._digest(deps, version)}, *self._load(check, path)]
        scratch = f"{self._file(check, path)}.{os.getpid()}"
        with open(scratch, "w", encoding="utf-8") as f:
            json.dump(passed[:self.KEPT], f)
        os.replace(scratch, self._file(check, path))
