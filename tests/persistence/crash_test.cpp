// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of a process that appends, over and over on the same store: whatever was acknowledged is
// there, nothing is there in part, and what was saved beside the log is what the log adds up to.
// How often is told by the environment variable REPRISE_CRASH_ROUNDS.

#include "base/random.hpp"
#include "persistence/read_only_store.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/crash_load.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdlib>
#include <sstream>

namespace reprise::persistence {
namespace {

constexpr int rounds_default = 40;

int rounds() {
  const char* const wanted = std::getenv("REPRISE_CRASH_ROUNDS");
  return wanted == nullptr ? rounds_default : std::atoi(wanted);
}

using acknowledged = std::array<std::uint64_t, load_aggregates>;

void note(const std::string& line, acknowledged& last) {
  std::istringstream words(line);
  std::uint32_t aggregate = 0;
  std::uint64_t sequence = 0;
  // The last line may have been cut off by the kill; then it was not told.
  if (!(words >> aggregate >> sequence)) FAIL("the child said: " << line);
  REQUIRE(aggregate < load_aggregates);
  last[aggregate] = std::max(last[aggregate], sequence);
}

// Every aggregate's events: dense, as they were written, in whole batches.
void check_events(const read_only_store& store, const acknowledged& last) {
  for (std::uint32_t i = 0; i < load_aggregates; ++i) {
    CAPTURE(i);
    std::uint64_t expected = 1;
    std::uint32_t left_of_batch = 0;
    std::uint64_t batch = 0;
    bool sound = true;
    const auto page = store.read(load_key(i), {}, [&](const stored_record& r) {
      const load_event e = load_event::decode(r.payload);
      const bool begins = left_of_batch == 0;
      if (begins) {
        batch = e.batch;
        left_of_batch = e.count;
      }
      sound = r.sequence.value == expected && e.sequence == expected && e.batch == batch &&
              e.index == e.count - left_of_batch;
      --left_of_batch;
      ++expected;
      return sound;
    });
    if (!page) {
      CHECK(page.error().code == errc::not_found);
      CHECK(last[i] == 0);
      continue;
    }
    REQUIRE(sound);
    CHECK(left_of_batch == 0);
    CHECK(expected - 1 >= last[i]);
  }
}

void check_positions(const read_only_store& store) {
  for (std::uint32_t p = 0; p < store.partitions(); ++p) {
    std::uint64_t expected = 1;
    const auto page =
        store.scan({p}, {}, [&](const stored_record& r) { return r.at.value == expected++; });
    REQUIRE(page.has_value());
    CHECK(page->end);
    CHECK(page->records == page->last.value);
  }
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
    check_events(**store, last);
    check_positions(**store);
    const auto report = (*store)->verify({});
    REQUIRE(report.has_value());
    for (const damage_report& d : report->damages) UNSCOPED_INFO(d.what);
    CHECK(report->damages.empty());
  }
}

}  // namespace reprise::persistence
