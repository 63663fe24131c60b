#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/check_headers.py: check_headers_test.py COMPILER."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_headers.py"
COMPILER = sys.argv.pop(1)


class CheckHeadersTest(unittest.TestCase):
    def run_script(self, headers: dict[str, str]) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in headers.items():
                path = Path(folder) / "reprise" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, SCRIPT, COMPILER, "--include", folder],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def refuses(self, headers: dict[str, str], what: str) -> None:
        code, output = self.run_script(headers)
        self.assertEqual(code, 1, output)
        self.assertIn(what, output)

    def test_headers_that_include_what_they_use_are_accepted(self):
        code, output = self.run_script({
            "a.hpp": "#pragma once\n#include <string>\nstruct a { std::string x; };\n",
            "b.hpp": "#pragma once\n#include <reprise/a.hpp>\nstruct b { a x; };\n",
            "generated/c.hpp": "#include <capnp/none.h>\n"})
        self.assertEqual(code, 0, output)

    def test_a_header_that_leans_on_another_is_refused(self):
        self.refuses({"a.hpp": "#pragma once\nstruct a { std::string x; };\n"},
                     "<reprise/a.hpp> does not compile alone")

    def test_a_header_without_a_guard_is_refused(self):
        self.refuses({"a.hpp": "struct a {};\n"}, "redefinition")

    def test_a_header_that_warns_is_refused(self):
        self.refuses({"a.hpp": "#pragma once\ninline int f(int unused) { return 1; }\n"}, "unused")

    def test_no_headers_at_all_are_refused(self):
        self.refuses({"a.txt": ""}, "0 headers")


if __name__ == "__main__":
    unittest.main()
