#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/check finds each kind of mistake in a tree made for it, and none in a good one."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
CHECK = os.path.join(TOP, "scripts", "lib", "check.py")

GOOD = """// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace dstgc {

constexpr uint32_t twice(uint32_t value) noexcept {
  return value * 2;
}

}  // namespace dstgc
"""
SOURCE = """#include "gc/good.h"

int main() {
  return static_cast<int>(dstgc::twice(0));
}
"""


def long_function(lines):
    body = "".join(f"  total += {i};\n" for i in range(lines))
    return f'#include "gc/good.h"\n\nint sum();\nint sum() {{\n  int total = 0;\n{body}' \
           "  return total;\n}\n"


class BadTree(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = scratch.name
        for name in (".clang-format", ".clang-tidy"):
            with open(os.path.join(TOP, name), encoding="utf-8") as f:
                self.write(name, f.read())
        self.git("init", "-q")
        self.write("gc/good.h", GOOD)
        self.write("app/good.cc", SOURCE)

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@y", *arguments], check=True,
                       cwd=self.root, stdout=subprocess.DEVNULL)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def check(self, *arguments, listed=True):
        """(exit status, findings)"""
        build = os.path.join(self.root, "build")
        os.makedirs(build, exist_ok=True)
        sources = [os.path.relpath(os.path.join(folder, name), self.root)
                   for folder, _, names in os.walk(self.root) for name in names
                   if name.endswith(".cc")]
        commands = [{"directory": self.root, "file": name,
                     "command": f"c++ -std=c++20 -I{self.root} -c {name} -o {name}.o"}
                    for name in sources if listed]
        with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as f:
            json.dump(commands, f)
        result = subprocess.run(["/usr/bin/python3", CHECK, "--root", self.root, "--build", build,
                                 *arguments], capture_output=True, text=True)
        return result.returncode, result.stdout

    def assert_found(self, finding, *arguments, **kwargs):
        status, findings = self.check(*arguments, **kwargs)
        self.assertIn(finding, findings)
        self.assertEqual(status, 1)

    def test_a_good_tree_has_no_finding(self):
        self.assertEqual(self.check(), (0, ""))

    def test_an_arrow_to_the_right_is_found(self):
        self.write("fwd/packet.h", "#pragma once\n")
        self.write("gc/wrong.h", '#pragma once\n#include "fwd/packet.h"\n')
        self.assert_found("gc/wrong.h:2: gc/ must not include fwd/")

    def test_an_include_by_a_relative_path_is_found(self):
        self.write("gc/wrong.h", '#pragma once\n#include "../gc/good.h"\n')
        self.assert_found("gc/wrong.h:2: include by its path from the top")

    def test_a_header_that_needs_another_is_found(self):
        self.write("fwd/needy.h", "#pragma once\n\ninline std::size_t size() { return 1; }\n")
        self.assert_found("fwd/needy.h:1: does not compile alone")

    def test_a_file_that_clang_format_would_change_is_found(self):
        self.write("gc/ugly.h", "#pragma once\n\ninline int  f( ) {return 1;}\n")
        self.assert_found("gc/ugly.h:3: not as clang-format writes it")

    def test_fix_formats(self):
        self.write("gc/ugly.h", "#pragma once\n\ninline int  f( ) {return 1;}\n")
        self.assertEqual(self.check("--fix"), (0, ""))
        with open(os.path.join(self.root, "gc/ugly.h"), encoding="utf-8") as f:
            self.assertIn("inline int f() {\n  return 1;\n}", f.read())

    def test_a_long_file_is_found(self):
        self.write("gc/long.h", "#pragma once\n" + "// line\n" * 400)
        self.assert_found("gc/long.h:1: 401 lines, 400 at most")

    def test_a_long_function_is_found(self):
        self.write("app/long.cc", long_function(80))
        self.assert_found("app/long.cc:4: function 'sum' exceeds recommended size/complexity")

    def test_a_function_of_seventy_lines_is_not_found(self):
        self.write("app/fits.cc", long_function(66))
        self.assertEqual(self.check(), (0, ""))

    def test_a_long_python_function_is_found(self):
        self.write("tests/long.py", "def f():\n" + "    print(1)\n" * 71)
        self.assert_found("tests/long.py:1: function f has 72 lines")

    def test_python_that_does_not_parse_is_found(self):
        self.write("tests/broken.py", "def f(:\n")
        self.assert_found("tests/broken.py:1: invalid syntax")

    def test_a_mistake_in_a_shell_script_is_found(self):
        self.write("scripts/broken", "#!/bin/bash\nif true; then\n")
        self.assert_found("scripts/broken:2")

    def test_a_use_after_move_is_found_in_a_header(self):
        self.write("gc/moved.h", """#pragma once

#include <string>
#include <utility>

inline std::string::size_type moved(std::string a) {
  const std::string b = std::move(a);
  return a.size() + b.size();
}
""")
        self.write("app/moved.cc", '#include "gc/moved.h"\n\nint main() { return moved("") != 0; }\n')
        self.assert_found("gc/moved.h:8: 'a' used after it was moved")

    def test_a_name_in_the_wrong_case_is_found(self):
        self.write("app/names.cc", "int wrongCase();\nint wrongCase() { return 1; }\n")
        self.assert_found("app/names.cc:1: invalid case style for function 'wrongCase'")

    def test_files_that_use_one_name_for_two_things_are_checked_each(self):
        for name in ("one", "two", "three"):
            self.write(f"app/{name}.cc", "namespace {\nint number() { return 1; }\n}  // namespace\n"
                       f"int {name};\nint wrong{name.title()}() {{ return number(); }}\n")
        _, findings = self.check()
        for name in ("one", "two", "three"):
            self.assertIn(f"app/{name}.cc:5: invalid case style for function 'wrong{name.title()}'",
                          findings)

    def test_a_second_include_of_a_file_is_found(self):
        self.write("app/twice.cc", '#include "gc/good.h"\n#include <vector>\n#include "gc/good.h"\n')
        self.assert_found('app/twice.cc:3: includes "gc/good.h" a second time')

    def test_a_source_that_is_not_built_is_found(self):
        self.assert_found("app/good.cc:1: in no meson.build", listed=False)

    def test_what_passed_is_checked_again_when_a_header_of_it_changes(self):
        self.assertEqual(self.check(), (0, ""))
        self.write("gc/good.h", GOOD.replace("value * 2", "value / 0"))
        self.assert_found("Division by zero")

    def test_titles_of_commits(self):
        self.git("add", "-A")
        for title in ("gc: add a good title", "Added things",
                      "gc: a title that goes on and on until nobody wants to read it any more"):
            self.git("commit", "-q", "--allow-empty", "-m", title)
        _, findings = self.check("--commits", "HEAD")
        self.assertEqual(len(findings.splitlines()), 2, findings)
        self.assertIn('title is not "area: imperative lower case": Added things', findings)
        self.assertIn("title of 70 characters, 60 at most", findings)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
