#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/check_docs.py: a document that speaks of what does not exist must be told so."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_docs.py"


class CheckDocsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tree = Path(self.folder.name)
        self.given("CMakePresets.json", '{"configurePresets": [{"name": "dev"}, {"name": "base", "hidden": true}]}')
        self.given("CMakeLists.txt", "option(REPRISE_TESTS)\nadd_executable(hello examples/hello.cpp)\n")
        self.given("examples/hello.cpp",
                   "int main() {\n  // snippet: all\n  if (true) {\n    return 0;\n  }\n  // snippet end\n}\n")
        self.given("scripts/lint", "case $1 in --all) ;; esac\n")
        self.given("tests/a_test.cpp", 'TEST_CASE("a long name "\n          "goes on") {}\n')

    def given(self, file: str, text: str) -> None:
        path = self.tree / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_script(self, *options: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, SCRIPT, *options, self.tree], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def accepts(self, text: str, document: str = "README.md") -> None:
        self.given(document, text)
        code, output = self.run_script()
        self.assertEqual(code, 0, output)

    def refuses(self, text: str, what: str, document: str = "README.md") -> None:
        self.given(document, text)
        code, output = self.run_script()
        self.assertEqual(code, 1, output)
        self.assertIn(what, output)

    def test_paths_that_exist_are_accepted(self):
        self.accepts("See `scripts/lint`, `examples/`, `examples/*.cpp`, `build/dev/bin/`, `CMakeLists.txt`.")

    def test_what_is_no_path_is_left_alone(self):
        self.accepts("`result<T>`, `a/b`, `std::string`, `--data ./data`, `*.capnp`, `append()`")

    def test_paths_that_do_not_exist_are_refused(self):
        for path in ("scripts/gone", "gone.md", "gone/", "examples/gone.cpp", "examples/*.hpp"):
            with self.subTest(path=path):
                self.refuses(f"first\nsee `{path}`\n", f"README.md:2: there is no {path}")

    def test_an_example_s_own_readme_is_read_as_well(self):
        self.refuses("see `gone.md`\n", "examples/one/README.md:1: there is no gone.md", "examples/one/README.md")

    def test_links_must_lead_somewhere(self):
        self.given("docs/a.md", "# One heading, here\n")
        self.accepts("[a](docs/a.md) [b](docs/a.md#one-heading-here) [c](https://example.org/x)")
        self.refuses("[a](docs/b.md)", "the link docs/b.md leads nowhere")
        self.refuses("[a](docs/a.md#two)", "a.md has no heading #two")

    def test_names_of_options_presets_and_scripts_must_exist(self):
        self.accepts("Set `REPRISE_TESTS`; `cmake --preset dev`; `scripts/lint --all`")
        self.refuses("Set `REPRISE_SPEED`", "nothing in the tree is called REPRISE_SPEED")
        self.refuses("`cmake --preset fast`", "there is no preset fast")
        self.refuses("`cmake --preset base`", "there is no preset base")
        self.refuses("```\nscripts/gone  # in a block\n```", "README.md:2: there is no scripts/gone")
        self.refuses("Run `scripts/lint-most`", "there is no scripts/lint-most")
        self.refuses("`scripts/lint --most`", "scripts/lint has no option --most")

    def test_a_cited_test_must_be_a_case(self):
        self.accepts('proved by `tests/a_test.cpp`: "a long name goes on"')
        self.refuses('proved by `tests/a_test.cpp`: "another name"', 'has no case "another name"')

    def test_a_snippet_must_be_what_its_source_says(self):
        marker = "<!-- snippet: examples/hello.cpp#all -->\n"
        self.accepts(marker + "```cpp\nif (true) {\n  return 0;\n}\n```\n")
        self.refuses(marker + "```cpp\nif (true) {\n  return 1;\n}\n```\n", "differs from examples/hello.cpp#all")

    def test_a_block_of_the_readme_needs_a_source(self):
        self.refuses("```cpp\nint x;\n```\n", "README.md:1: a block of code without a snippet marker")
        self.accepts("nothing")
        self.accepts("```cpp\nint x;\n```\n", document="docs/a.md")

    def test_a_snippet_from_a_file_that_is_not_compiled_is_refused(self):
        self.given("examples/other.cpp", "// snippet: x\nint x;\n// snippet end\n")
        self.refuses("<!-- snippet: examples/other.cpp#x -->\n```cpp\nint x;\n```\n", "is not compiled")

    def test_a_snippet_of_a_schema_is_marked_with_its_own_comments(self):
        self.given("CMakeLists.txt", "reprise_generate(hello SCHEMAS examples/hello.capnp)\n")
        self.given("examples/hello.capnp", "# snippet: s\nstruct S {}\n# snippet end\n")
        self.accepts("<!-- snippet: examples/hello.capnp#s -->\n```capnp\nstruct S {}\n```\n")

    def test_a_snippet_that_is_not_there_is_refused(self):
        self.refuses("<!-- snippet: examples/hello.cpp#none -->\n```cpp\n```\n", "has no snippet none")

    def test_fix_writes_snippets_anew_and_nothing_else(self):
        before = "# Title\n\n<!-- snippet: examples/hello.cpp#all -->\n```cpp\nold\n```\n\nend\n"
        self.given("README.md", before)
        self.assertEqual(self.run_script("--fix")[0], 0)
        after = (self.tree / "README.md").read_text(encoding="utf-8")
        self.assertEqual(after, before.replace("old\n", "if (true) {\n  return 0;\n}\n"))


if __name__ == "__main__":
    unittest.main()
