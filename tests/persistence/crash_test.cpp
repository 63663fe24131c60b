// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of a process that appends, over and over on the same store: whatever was acknowledged is
// there, nothing is there in part, and what was saved beside the log is what the log adds up to.
// How often is told by the environment variable REPRISE_CRASH_ROUNDS.

#include "base/random.hpp"
#include "persistence/read_only_store.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace reprise::persistence {
namespace {

constexpr int rounds_default = 40;

int rounds() {
  const char* const wanted = std::getenv("REPRISE_CRASH_ROUNDS");
  return wanted == nullptr ? rounds_default : std::atoi(wanted);
}

void note(const std::string& line, acknowledged& last) {
  std::istringstream words(line);
  std::uint32_t aggregate = 0;
  std::uint64_t sequence = 0;
  // The last line may have been cut off by the kill; then it was not told.
  if (!(words >> aggregate >> sequence)) FAIL("the child said: " << line);
  REQUIRE(aggregate < load_aggregates);
  last[aggregate] = std::max(last[aggregate], sequence);
}

}  // namespace

TEST_CASE("J-149 whatever was acknowledged before a kill is there, and nothing in part") {
  const temporary_folder folder;
  const std::string directory = folder.path() / "store";
  acknowledged last{};
  base::random random(2026);
  for (int round = 0; round < rounds(); ++round) {
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

    const auto store = read_only_store::open(directory);
    INFO((store ? "" : to_string(store.error())));
    REQUIRE(store.has_value());
    REQUIRE(fault_in_events(**store, last) == "");
    REQUIRE(fault_in_positions(**store) == "");
    const auto report = (*store)->verify({});
    REQUIRE(report.has_value());
    for (const damage_report& d : report->damages) UNSCOPED_INFO(d.what);
    CHECK(report->damages.empty());
  }
}

}  // namespace reprise::persistence
