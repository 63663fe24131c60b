#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/check_layers.py: a tree that breaks a rule must be told so, with file and line."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_layers.py"


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tree = Path(self.folder.name)

    def given(self, file: str, text: str = "") -> None:
        """Writes a file, and names it in its folder's CMakeLists.txt if it is a source."""
        path = self.tree / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".cpp":
            with (path.parent / "CMakeLists.txt").open("a", encoding="utf-8") as lists:
                lists.write(f"add_library(x {path.name})\n")

    def run_script(self) -> tuple[int, list[str]]:
        done = subprocess.run([sys.executable, SCRIPT, self.tree], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def accepts(self, file: str, text: str) -> None:
        self.given(file, text)
        code, lines = self.run_script()
        self.assertEqual(code, 0, lines)

    def refuses(self, file: str, text: str, line: int, what: str) -> None:
        self.given(file, text)
        code, lines = self.run_script()
        self.assertEqual(code, 1, lines)
        self.assertTrue(any(l.startswith(f"{file}:{line}: ") and what in l for l in lines), lines)

    def test_a_tree_that_keeps_its_layers_is_accepted(self):
        self.given("include/reprise/ids.hpp", "#include <vector>\n#include <reprise/result.hpp>\n")
        self.given("include/reprise/generated/payload.hpp", "#include <capnp/message.h>\n")
        self.given("base/log.cpp", '#include "base/log.hpp"\n#include <spdlog/spdlog.h>\n')
        self.given("persistence/store.cpp", '#include "base/log.hpp"\n#include <lmdb.h>\n')
        self.given("actors/cell.cpp", '#include "persistence/journal.hpp"\n#include <caf/all.hpp>\n')
        self.given("examples/trip/main.cpp", '#include "examples/trip/trip.reprise.hpp"\n'
                   '#include <CLI/CLI.hpp>\n#include <reprise/node.hpp>\n#include <unistd.h>\n')
        self.given("tests/persistence/a_test.cpp", "#include <lmdb.h>\n#include <catch2/x.hpp>\n")
        self.accepts("messages/codec.cpp", '#include "trip.capnp.h"\n#include <kj/io.h>\n')

    def test_an_arrow_that_points_up_is_refused(self):
        self.refuses("base/log.cpp", '\n#include "actors/cell.hpp"\n', 2, "base may not include actors")

    def test_consumers_stand_between_storage_and_actors(self):
        self.given("actors/cell.hpp", '#include "consumers/follower.hpp"\n')
        self.accepts("consumers/follower.hpp", '#include "persistence/journal.hpp"\n')

    def test_storage_must_not_hear_of_consumers(self):
        self.refuses("persistence/store.cpp", '#include "consumers/follower.hpp"\n', 1,
                     "persistence may not include consumers")

    def test_consumers_must_not_hear_of_actors(self):
        self.refuses("consumers/a.cpp", '#include "actors/node.hpp"\n', 1,
                     "consumers may not include actors")

    def test_storage_must_not_hear_of_clusters(self):
        self.refuses("persistence/store.cpp", '#include "cluster/raft.hpp"\n', 1,
                     "persistence may not include cluster")

    def test_engines_do_not_include_each_other(self):
        self.refuses("cluster/a.cpp", '#include "streams/window.hpp"\n', 1, "cluster may not include streams")

    def test_programs_see_the_public_headers_only(self):
        self.refuses("cli/main.cpp", '#include "persistence/journal.hpp"\n', 1,
                     "cli may not include persistence")

    def test_third_parties_stay_in_their_rooms(self):
        for header, folder in (("caf/actor.hpp", "persistence"), ("lmdb.h", "actors"),
                               ("raft.h", "actors"), ("capnp/schema.h", "persistence"),
                               ("kj/async.h", "actors"), ("CLI/CLI.hpp", "base"),
                               ("nlohmann/json.hpp", "messages"), ("spdlog/spdlog.h", "actors"),
                               ("catch2/catch_all.hpp", "base")):
            with self.subTest(header=header):
                self.refuses(f"{folder}/x.cpp", f"#include <{header}>\n", 1, f"{header} belongs in")

    def test_a_third_party_in_quotes_is_found_too(self):
        self.refuses("actors/x.cpp", '#  include "lmdb.h"\n', 1, "lmdb.h belongs in")

    def test_the_tests_of_one_folder_do_not_see_the_third_parties_of_another(self):
        self.refuses("tests/actors/x_test.cpp", "#include <lmdb.h>\n", 1, "lmdb.h belongs in")

    def test_headers_that_capnp_writes_expose_capnp(self):
        self.refuses("actors/x.cpp", '#include "trip.capnp.h"\n', 1, "trip.capnp.h belongs in")

    def test_a_public_header_needs_the_standard_library_only(self):
        for text in ('#include "base/log.hpp"', "#include <unistd.h>", "#include <spdlog/fmt/fmt.h>",
                     "#include <boost/asio.hpp>", '#include "reprise/ids.hpp"', "#include <capnp/any.h>"):
            with self.subTest(text=text):
                self.refuses("include/reprise/x.hpp", text + "\n", 1, "")

    def test_the_spelling_tells_public_from_private(self):
        self.refuses("actors/a.cpp", "#include <base/log.hpp>\n", 1, 'is written "base/log.hpp"')
        self.refuses("actors/b.cpp", '#include "reprise/ids.hpp"\n', 1, "is written <reprise/ids.hpp>")

    def test_a_header_is_named_with_its_folder(self):
        self.refuses("actors/a.cpp", '#include "cell.hpp"\n', 1, "does not begin with a folder")

    def test_a_test_may_name_the_fixture_beside_it_alone(self):
        self.accepts("tests/actors/a_test.cpp", '#include "world.hpp"\n')

    def test_names_that_say_nothing_are_refused(self):
        for file in ("base/string_util.hpp", "base/helpers/x.hpp", "actors/common.hpp",
                     "actors/partition_manager.hpp", "tests/misc.hpp"):
            with self.subTest(file=file):
                self.refuses(file, "", 1, "says nothing")

    def test_a_word_within_a_word_is_no_bad_name(self):
        self.accepts("base/commonality.hpp", "")

    def test_a_source_that_nothing_builds_is_refused(self):
        self.given("tests/base/a_test.cpp")
        (self.tree / "tests/base/CMakeLists.txt").write_text("add_tests(ba_test.cpp)\n", encoding="utf-8")
        self.refuses("tests/base/b_test.hpp", "#include <lmdb.h>\n", 1, "lmdb.h")
        _, lines = self.run_script()
        self.assertIn("tests/base/a_test.cpp:1: no CMakeLists.txt names this file, so nothing builds it",
                      lines)

    def test_a_folder_without_a_layer_is_refused(self):
        self.refuses("extras/x.hpp", "", 1, "the folder extras has no layer")

    def test_golden_files_and_builds_are_not_looked_at(self):
        self.given("tests/messages/golden/trip.capnp.hpp", '#include "anything.hpp"\n')
        self.accepts("build/dev/x.hpp", '#include "anything.hpp"\n')

    def test_a_file_that_has_grown_too_long_is_warned_about_only(self):
        self.accepts("base/long.hpp", "// line\n" * 251)
        _, lines = self.run_script()
        self.assertTrue(lines[0].startswith("warning: base/long.hpp: 251 lines"), lines)


if __name__ == "__main__":
    unittest.main()
