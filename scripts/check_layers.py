#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the tree keeps its layers.

Checks all C++ sources of a tree: who includes whom, that third parties stay in their rooms, that
public headers need the standard library only, that no file has a name that says nothing, and that
every source file is built. Files that have grown too long are warned about.

    scripts/check_layers.py [TREE]

Prints one line `file:line: what is wrong` for each violation; the exit code is 1 if there is any.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PUBLIC = "include"

# Each folder and the folders whose private headers ("folder/x.hpp") it may include beside its own.
# Public headers (<reprise/x.hpp>) may be included from everywhere. Arrows point down only.
ENGINES = {"base", "messages", "persistence"}
SHELL = ENGINES | {"consumers", "cluster", "sagas", "streams", "tracing"}
# Beside the shell: what users add to a node through public ports.
ADAPTERS = {"sqlite"}
LAYERS = {
    PUBLIC: set(),
    "base": set(),
    "tracing": {"base"},
    "messages": {"base"},
    "persistence": {"base", "messages"},
    "consumers": ENGINES,
    "sqlite": {"base"},
    "sagas": ENGINES | {"consumers"},
    "cluster": ENGINES,
    "streams": ENGINES,
    "actors": SHELL,
    # Nodes without threads and sockets, for tests of whoever writes aggregates.
    "simulation": SHELL | {"actors"},
    "cli": set(),
    "gateway": set(),
    "examples": set(),
    "tests": SHELL | ADAPTERS | {"actors", "simulation", "cli", "gateway", "examples"},
    "benchmarks": SHELL | {"actors", "examples"},
}

# Third parties, by the beginning of the header's name, and the folders that may see them. The tests
# of a folder (tests/FOLDER/) may see what the folder itself may see.
CONFINED = {
    "caf/": {"actors", "benchmarks"},
    "lmdb.h": {"persistence"},
    "sodium": {"persistence"},
    "raft.h": {"cluster"},
    "sqlite3.h": {"sqlite"},
    "capnp/": {"messages", "cluster"},
    "kj/": {"messages", "cluster"},
    "openssl/": {"cluster"},
    "spdlog/": {"base"},
    "fmt/": {"base"},
    "xxhash.h": {"base"},
    "CLI/": {"cli", "examples", "benchmarks"},
    "nlohmann/": {"persistence", "cli", "gateway", "examples", "tests", "benchmarks"},
    "catch2/": {"tests"},
}
# What generated code includes is installed, but is no header that a user writes against.
GENERATED_SUPPORT = "include/reprise/generated/"
# Headers that capnp and capnpc-reprise write. Those of capnp expose capnp itself.
CAPNP_HEADER = re.compile(r"\.capnp\.h$")
GENERATED_HEADER = re.compile(r"\.reprise\.hpp$")

BANNED_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
SOURCE_LINES_MAX = 600
HEADER_LINES_MAX = 250

SUFFIXES = {".cpp", ".hpp", ".h", ".c"}
SKIPPED_FOLDERS = {"build", "golden", "__pycache__"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD_HEADER = re.compile(r"^[a-z_0-9]+$")


@dataclass(frozen=True)
class Violation:
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def folder_of(file: str) -> str:
    return file.split("/", 1)[0]


def rooms_of(file: str) -> set[str]:
    folder, *inner = file.split("/")[:-1]
    return {folder, *inner[:1]} if folder == "tests" else {folder}


def third_party_of(header: str) -> str | None:
    return next((start for start in CONFINED if header.startswith(start)), None)


def check_third_party(file: str, header: str) -> str | None:
    """Says why `file` may not include `header`, if it is a confined one."""
    if file.startswith(GENERATED_SUPPORT) and header.startswith(("capnp/", "kj/")):
        return None
    start = "capnp/" if CAPNP_HEADER.search(header) else third_party_of(header)
    if start is None or rooms_of(file) & CONFINED[start]:
        return None
    return f"{header} belongs in {', '.join(sorted(CONFINED[start]))} only"


def check_include(file: str, quote: str, header: str) -> str | None:
    """Says why `file` may not include `header`, or nothing."""
    folder = folder_of(file)
    if complaint := check_third_party(file, header):
        return complaint
    if GENERATED_HEADER.search(header) or CAPNP_HEADER.search(header):
        return None
    target = folder_of(header)
    if quote == "<":
        if target in LAYERS:
            return f'a private header is written "{header}"'
        public = folder == PUBLIC and not file.startswith(GENERATED_SUPPORT)
        if public and target != "reprise" and not STANDARD_HEADER.match(header):
            return f"a public header may include the standard library and <reprise/...> only, not <{header}>"
        return None
    if target == "reprise":
        return f"a public header is written <{header}>"
    if folder == PUBLIC:
        return f'a public header may not include the private "{header}"'
    # A fixture beside the test that uses it.
    if folder == "tests" and "/" not in header:
        return None
    if target not in LAYERS:
        return f'"{header}" does not begin with a folder of the tree'
    if target != folder and target not in LAYERS[folder]:
        return f"{folder} may not include {target}"
    return None


def check_name(file: str) -> str | None:
    for part in file.split("/"):
        for word in re.split(r"[_.\-]", part.lower()):
            if word in BANNED_WORDS:
                return f"the name {part} says nothing ({word}); find the noun"
    return None


def is_built(tree: Path, file: str) -> bool:
    """True when a CMakeLists.txt in the file's folder, or in one above it, names the file."""
    path = tree / file
    for folder in path.parents:
        lists = folder / "CMakeLists.txt"
        if lists.exists():
            name = re.escape(path.relative_to(folder).as_posix())
            if re.search(rf"(?<![\w/]){name}(?!\w)", lists.read_text(encoding="utf-8")):
                return True
        if folder == tree:
            return False
    return False


def sources_of(tree: Path) -> list[str]:
    found = []
    for path in tree.rglob("*"):
        relative = path.relative_to(tree)
        skipped = any(p in SKIPPED_FOLDERS or p.startswith(".") for p in relative.parts[:-1])
        if path.suffix in SUFFIXES and path.is_file() and not skipped:
            found.append(relative.as_posix())
    return sorted(found)


def violations_of(tree: Path) -> list[Violation]:
    found = []
    for file in sources_of(tree):
        if folder_of(file) not in LAYERS:
            found.append(Violation(file, 1, f"the folder {folder_of(file)} has no layer"))
            continue
        if complaint := check_name(file):
            found.append(Violation(file, 1, complaint))
        if file.endswith((".cpp", ".c")) and not is_built(tree, file):
            found.append(Violation(file, 1, "no CMakeLists.txt names this file, so nothing builds it"))
        text = (tree / file).read_text(encoding="utf-8")
        # A consumer project stands outside of the tree, as its users do.
        if file.startswith("tests/project/consumer/"):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if match := INCLUDE.match(line):
                if complaint := check_include(file, match[1], match[2]):
                    found.append(Violation(file, number, complaint))
    return found


def warnings_of(tree: Path) -> list[str]:
    found = []
    for file in sources_of(tree):
        lines = (tree / file).read_text(encoding="utf-8").count("\n")
        most = SOURCE_LINES_MAX if file.endswith((".cpp", ".c")) else HEADER_LINES_MAX
        if lines > most:
            found.append(f"{file}: {lines} lines are many (more than {most}); can it be split?")
    return found


def main() -> int:
    tree = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    violations = violations_of(tree)
    for line in warnings_of(tree):
        print(f"warning: {line}")
    for violation in violations:
        print(violation)
    print(f"layers: {len(sources_of(tree))} files, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
