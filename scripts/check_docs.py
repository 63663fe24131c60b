#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the documents speak of things that exist.

    scripts/check_docs.py [--fix] [TREE]

Checks README.md, CONTRIBUTING.md, CHANGELOG.md, docs/**/*.md and examples/*/README.md:
  * every path in backticks exists, and so does every local link with its #heading;
  * every `REPRISE_*` name, every `--preset` and every option of a script that is shown exists;
  * every test that is cited as `tests/a_test.cpp` "name of the case" is a case of that file;
  * every block of C++ or schema in the README, and every other one that is marked, is what its
    source says:

        <!-- snippet: examples/hello/hello.cpp#aggregate -->
        ```cpp
        ...the lines between `// snippet: aggregate` and `// snippet end` of that file; in a
        schema the comments begin with `#`...
        ```

    and that source is named in a CMakeLists.txt, so that it is compiled.
`--fix` writes the snippets anew instead of comparing them.
Prints one line `file:line: what is wrong` for each; the exit code is 1 if there is any.
"""

import json
import re
import sys
import textwrap
from pathlib import Path

QUOTED_LANGUAGES = ("```cpp", "```capnp")
PATH = re.compile(r"^[\w.*\-]+(/[\w.*\-]+)*/?$")
PATH_SUFFIXES = (".md", ".cpp", ".hpp", ".py", ".cmake", ".capnp", ".json", ".txt", ".supp")
# What a build makes, and what names a kind of file instead of a file.
NOT_IN_THE_TREE = ("build/", "*.")
BACKTICKS = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CITED_TEST = re.compile(r'`(tests/[\w/]+_(?:test|cases)\.(?:cpp|py))`:? "([^"]+)"')
SNIPPET = re.compile(r"^<!-- snippet: (\S+)#([\w-]+) -->$")
OPTION_NAME = re.compile(r"\bREPRISE_[A-Z_]+\b")
PRESET = re.compile(r"--preset[ =](\w+)")
SCRIPT = re.compile(r"(?<![\w/])(?:scripts|\.ci)/\w[\w-]*(?:\.py)?")
SCRIPT_CALL = re.compile(r"\b((?:scripts|\.ci)/\w[\w-]*(?:\.py)?)((?: --?[\w-]+)+)")


class Checker:
    def __init__(self, tree: Path, fix: bool):
        self.tree = tree
        self.fix = fix
        self.complaints: list[str] = []
        presets = json.loads((tree / "CMakePresets.json").read_text(encoding="utf-8"))
        self.presets = {p["name"] for p in presets["configurePresets"] if not p.get("hidden")}
        self.names = self.names_in_the_tree()

    def names_in_the_tree(self) -> set[str]:
        found: set[str] = set()
        for pattern in ("CMakeLists.txt", "*.cmake", "*.hpp", "*.cpp", "*.py", "*.json"):
            for path in self.tree.rglob(pattern):
                if "build" not in path.relative_to(self.tree).parts:
                    found |= set(OPTION_NAME.findall(path.read_text(encoding="utf-8")))
        return found

    def documents(self) -> list[Path]:
        top = [self.tree / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
        inner = [*(self.tree / "docs").rglob("*.md"), *self.tree.glob("examples/*/README.md")]
        return [p for p in top if p.exists()] + sorted(inner)

    def complain(self, document: Path, line: int, what: str) -> None:
        self.complaints.append(f"{document.relative_to(self.tree)}:{line}: {what}")

    def check(self, document: Path) -> None:
        lines = document.read_text(encoding="utf-8").splitlines()
        in_block = False
        for number, line in enumerate(lines, start=1):
            if line.startswith("```"):
                in_block = not in_block
            elif not in_block:
                self.check_paths(document, number, line)
                self.check_links(document, number, line)
            self.check_names(document, number, line)
        self.check_cited_tests(document, lines)
        self.check_snippets(document, lines)

    # Paths and links

    def looks_like_a_path(self, text: str) -> bool:
        if not PATH.match(text) or text.startswith(NOT_IN_THE_TREE):
            return False
        first = text.split("/", 1)[0]
        known_folder = "/" in text and (self.tree / first).is_dir()
        return known_folder or text.endswith(PATH_SUFFIXES) or text.endswith("/")

    def check_paths(self, document: Path, number: int, line: str) -> None:
        for text in BACKTICKS.findall(line):
            if not self.looks_like_a_path(text):
                continue
            places = (self.tree, document.parent)
            if not any(any(place.glob(text.rstrip("/"))) for place in places):
                self.complain(document, number, f"there is no {text}")

    def check_links(self, document: Path, number: int, line: str) -> None:
        for target in LINK.findall(line):
            if re.match(r"^[a-z]+:", target):
                continue
            path, _, heading = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            if not file.exists():
                self.complain(document, number, f"the link {target} leads nowhere")
            elif heading and heading not in headings_of(file):
                self.complain(document, number, f"{file.name} has no heading #{heading}")

    # Names, options, tests

    def check_names(self, document: Path, number: int, line: str) -> None:
        for name in OPTION_NAME.findall(line):
            if name not in self.names:
                self.complain(document, number, f"nothing in the tree is called {name}")
        for preset in PRESET.findall(line):
            if preset not in self.presets:
                self.complain(document, number, f"there is no preset {preset}")
        for script in SCRIPT.findall(line):
            if not (self.tree / script).exists():
                self.complain(document, number, f"there is no {script}")
        for script, options in SCRIPT_CALL.findall(line):
            path = self.tree / script
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            for option in options.split():
                if option not in text:
                    self.complain(document, number, f"{script} has no option {option}")

    def check_cited_tests(self, document: Path, lines: list[str]) -> None:
        for number, line in enumerate(lines, start=1):
            for file, case in CITED_TEST.findall(line):
                path = self.tree / file
                if path.exists() and case not in cases_of(path):
                    self.complain(document, number, f'{file} has no case "{case}"')

    # Snippets

    def check_snippets(self, document: Path, lines: list[str]) -> None:
        marker = None
        changed = False
        number = 0
        while number < len(lines):
            line = lines[number]
            if match := SNIPPET.match(line):
                marker = match
            elif line.startswith("```"):
                end = next((i for i in range(number + 1, len(lines)) if lines[i] == "```"), None)
                if end is None:
                    self.complain(document, number + 1, "a block is not closed")
                    return
                quoted = line in QUOTED_LANGUAGES
                if quoted and (fresh := self.fresh_snippet(document, number + 1, marker)):
                    if self.fix and lines[number + 1 : end] != fresh:
                        lines[number + 1 : end] = fresh
                        end = number + 1 + len(fresh)
                        changed = True
                    elif lines[number + 1 : end] != fresh:
                        self.complain(document, number + 1, f"differs from {marker[1]}#{marker[2]}")
                marker = None
                number = end
            elif line.strip():
                marker = None
            number += 1
        if changed:
            document.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def fresh_snippet(self, document: Path, number: int, marker: re.Match | None) -> list[str] | None:
        if marker is None:
            if document.name == "README.md":
                self.complain(document, number, "a block of code without a snippet marker")
            return None
        source = self.tree / marker[1]
        if not source.exists():
            self.complain(document, number, f"there is no {marker[1]}")
            return None
        if not is_named_in_cmake(self.tree, source):
            self.complain(document, number, f"{marker[1]} is not compiled: no CMakeLists.txt names it")
        fresh = snippet_of(source, marker[2])
        if fresh is None:
            self.complain(document, number, f"{marker[1]} has no snippet {marker[2]}")
        return fresh


def headings_of(file: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub forms them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def cases_of(file: Path) -> str:
    """The test file's text with literals that are split over lines put together."""
    return re.sub(r'"\s*\n\s*"', "", file.read_text(encoding="utf-8"))


def is_named_in_cmake(tree: Path, source: Path) -> bool:
    for folder in source.parents:
        lists = folder / "CMakeLists.txt"
        if lists.exists() and source.relative_to(folder).as_posix() in lists.read_text(encoding="utf-8"):
            return True
        if folder == tree:
            return False
    return False


def snippet_of(source: Path, name: str) -> list[str] | None:
    lines = source.read_text(encoding="utf-8").splitlines()
    comment = "#" if source.suffix == ".capnp" else "//"
    begins = [i for i, line in enumerate(lines) if line.strip() == f"{comment} snippet: {name}"]
    if len(begins) != 1:
        return None
    end = f"{comment} snippet end"
    ends = [i for i, line in enumerate(lines) if line.strip() == end and i > begins[0]]
    if not ends:
        return None
    return textwrap.dedent("\n".join(lines[begins[0] + 1 : ends[0]])).splitlines()


def main() -> int:
    arguments = sys.argv[1:]
    fix = "--fix" in arguments
    places = [a for a in arguments if a != "--fix"]
    tree = Path(places[0] if places else Path(__file__).parent.parent).resolve()
    checker = Checker(tree, fix)
    for document in checker.documents():
        checker.check(document)
    for complaint in checker.complaints:
        print(complaint)
    print(f"docs: {len(checker.documents())} documents, {len(checker.complaints)} complaints")
    return 1 if checker.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
