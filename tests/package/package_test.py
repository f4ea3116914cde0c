#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: package_test.py BUILD-DIR

Installs dstgc from BUILD-DIR into a scratch DESTDIR, then builds projects of an embedder against
that tree alone (CMake's find_package, Meson's dependency, a bare compiler with pkg-config), shared
and static, and runs them."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "..", ".."))
EXAMPLE = os.path.join(TOP, "gc", "example", "connection_table.cc")
BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else os.path.join(TOP, "build")


def find(root, name):
    """The directory below root that has the file."""
    for directory, _, files in os.walk(root):
        if name in files:
            return directory
    raise AssertionError(f"{name} is not below {root}")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        root = os.path.join(cls.scratch.name, "root")
        cls.run_quietly("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root,
                        "--tags", "devel,runtime")
        cls.include = os.path.dirname(find(root, "collector.h"))
        cls.libs = find(root, "libdstgc.so")
        cls.pkgconfig = find(root, "dstgc.pc")
        cls.cmake = find(root, "dstgcConfig.cmake")
        cls.environment = dict(os.environ, PKG_CONFIG_PATH=cls.pkgconfig)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def run_quietly(cls, *command, env=None):
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=500,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def run_example(self, program):
        """Runs it, and says which libdstgc it was linked with."""
        env = dict(self.environment, LD_LIBRARY_PATH=self.libs)
        prefix = f"dstgc-{os.getpid()}-{os.path.basename(program)}"
        out = self.run_quietly(program, "--no-huge", "--no-pci", "--no-shconf", "--file-prefix",
                               prefix, "-m", "64", "-l", "0", env=env)
        self.assertRegex(out, r"1280000 packets, \d+ of them in \d+ connections")
        linked = self.run_quietly("ldd", program, env=env)
        return "shared" if "libdstgc.so" in linked else "static"

    def directory(self, name):
        path = os.path.join(self.scratch.name, name)
        os.makedirs(path, exist_ok=True)
        return path

    def test_cmake_finds_both_libraries(self):
        build = self.directory("cmake")
        self.run_quietly("cmake", "-S", os.path.join(TOP, "tests", "cmake_consumer"), "-B", build,
                         f"-Ddstgc_DIR={self.cmake}", "-DCMAKE_BUILD_TYPE=Release",
                         f"-DEXAMPLE={EXAMPLE}", env=self.environment)
        self.run_quietly("cmake", "--build", build, env=self.environment)
        for kind in ("shared", "static"):
            self.assertEqual(self.run_example(os.path.join(build, kind)), kind)

    def test_meson_finds_both_libraries(self):
        source = self.directory("meson")
        shutil.copy(os.path.join(TOP, "tests", "meson_consumer", "meson.build"), source)
        shutil.copy(EXAMPLE, source)
        build = os.path.join(source, "build")
        self.run_quietly("meson", "setup", build, source, "--buildtype=release",
                         env=self.environment)
        self.run_quietly("meson", "compile", "-C", build, env=self.environment)
        for kind in ("shared", "static"):
            self.assertEqual(self.run_example(os.path.join(build, kind)), kind)

    def test_pkg_config_alone_is_enough(self):
        flags = self.run_quietly("pkg-config", "--cflags", "--libs", "dstgc", env=self.environment)
        program = os.path.join(self.directory("bare"), "bare")
        self.run_quietly("g++", "-O1", EXAMPLE, "-o", program, *flags.split())
        self.assertEqual(self.run_example(program), "shared")

    def test_each_header_compiles_alone(self):
        flags = self.run_quietly("pkg-config", "--cflags", "dstgc", env=self.environment).split()
        for name in sorted(os.listdir(os.path.join(self.include, "dstgc"))):
            with self.subTest(name):
                self.run_quietly("g++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                                 *[flag.replace("-I/", "-isystem/") for flag in flags],
                                 "-include", f"dstgc/{name}", "-x", "c++", os.devnull)

    def test_cmake_refuses_another_series(self):
        source, build = self.directory("series"), self.directory("series-build")
        with open(os.path.join(source, "CMakeLists.txt"), "w", encoding="utf-8") as lists:
            lists.write("cmake_minimum_required(VERSION 3.25)\nproject(p CXX)\n"
                        "find_package(dstgc 99.0 REQUIRED)\n")
        with self.assertRaisesRegex(AssertionError, "version"):
            self.run_quietly("cmake", "-S", source, "-B", build, f"-Ddstgc_DIR={self.cmake}",
                             env=self.environment)


if __name__ == "__main__":
    unittest.main()
