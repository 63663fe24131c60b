// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of a process that appends, over and over on the same store: whatever was acknowledged is
// there, nothing is there in part, and what was saved beside the log is what the log adds up to.
// How often is told by the environment variable REPRISE_CRASH_ROUNDS.

#include "base/random.hpp"
#include "persistence/read_only_store.hpp"
#include "tests/environment.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t rounds_usual = 40;

void note(const std::string& line, acknowledged& last) {
  // The last line may have been cut off by the kill; then it was not told.
  if (!note_acknowledged(line, last)) FAIL("the child said: " << line);
}

}  // namespace

TEST_CASE("J-149 whatever was acknowledged before a kill is there, and nothing in part") {
  const temporary_folder folder;
  const std::string directory = folder.path() / "store";
  acknowledged last{};
  base::random random(2026);
  const std::uint64_t rounds = test::number_from("REPRISE_CRASH_ROUNDS", rounds_usual);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    child_process child({"load", directory, std::to_string(round + 1)});
    // At least one, so that the child is under way.
    const std::uint64_t lines = random.below(600) + 1;
    for (std::uint64_t i = 0; i < lines; ++i) {
      const auto line = child.read_line();
      REQUIRE(line.has_value());
      note(*line, last);
    }
    child.kill();
    for (const std::string& line : child.rest()) note(line, last);

    const auto store = look(directory);
    REQUIRE(fault_in_events(*store, last) == "");
    REQUIRE(fault_in_positions(*store) == "");
    const auto report = store->verify({});
    REQUIRE(report.has_value());
    for (const damage_report& d : report->damages) UNSCOPED_INFO(d.what);
    CHECK(report->damages.empty());
  }
}

}  // namespace reprise::persistence
