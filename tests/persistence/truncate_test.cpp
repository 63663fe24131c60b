// SPDX-License-Identifier: Apache-2.0
//
// Hiding old events of a store that nobody has open.

#include "persistence/lmdb_snapshot_store.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/truncate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace reprise::persistence {
namespace {

using namespace std::chrono_literals;

constexpr aggregate_type_id account{0xacc};

// `a-0` to `a-9` with ten events each and snapshots at 6 and 9, and one that has none.
void fill(store_scene& s) {
  s.open();
  auto snapshots =
      lmdb_snapshot_store::open({.directory = s.folder(), .snapshot_map_size_bytes = 1U << 30U});
  REQUIRE(snapshots.has_value());
  for (int i = 0; i < 10; ++i) {
    const std::string id = "a-" + std::to_string(i);
    std::vector<std::string> names;
    for (int n = 1; n <= 10; ++n) names.push_back(id + "-" + std::to_string(n));
    REQUIRE(s.append(id, names).has_value());
    for (const std::uint64_t at : {6U, 9U}) {
      REQUIRE(
          (*snapshots)
              ->save(store_scene::key(id), {.at = {at}, .state_version = 1, .state = bytes(8)}, 0)
              .has_value());
    }
  }
  REQUIRE(s.append("bare", {"b-1", "b-2", "b-3"}).has_value());
  s.close();
}

std::uint64_t first_readable(const store_scene& s, const std::string& id) {
  const auto head = look(s.folder())->head(store_scene::key(id));
  REQUIRE(head.has_value());
  return head->first_readable.value;
}

}  // namespace

TEST_CASE("old events of all aggregates of a type are hidden, as far as snapshots cover them") {
  store_scene s;
  fill(s);
  const auto done = truncate(s.folder(), {.type = account, .keep_events_max = 2});
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done.has_value());
  CHECK(done->aggregates == 11);
  CHECK(done->truncated == 10);
  CHECK(done->events_hidden == 60);
  CHECK(first_readable(s, "a-3") == 7);
  CHECK(first_readable(s, "bare") == 1);
  s.open();
  const auto next = s.append("a-3", {"next"}, expectation::exact({10}));
  REQUIRE(next.has_value());
  CHECK(next->last.sequence == sequence{11});
}

TEST_CASE("one aggregate is truncated, and the others stay as they are") {
  store_scene s;
  fill(s);
  const auto done = truncate(s.folder(), {.type = account, .id = "a-1", .keep_events_max = 6});
  REQUIRE(done.has_value());
  CHECK(done->aggregates == 1);
  CHECK(done->events_hidden == 4);
  CHECK(first_readable(s, "a-1") == 5);
  CHECK(first_readable(s, "a-2") == 1);
}

TEST_CASE("what is done twice hides nothing more, and a dry run hides nothing") {
  store_scene s;
  fill(s);
  const truncate_options how{.type = account, .keep_events_max = 2};
  truncate_options dry = how;
  dry.dry_run = true;
  const auto tried = truncate(s.folder(), dry);
  REQUIRE(tried.has_value());
  CHECK(tried->events_hidden == 60);
  CHECK(first_readable(s, "a-3") == 1);
  REQUIRE(truncate(s.folder(), how).has_value());
  const auto again = truncate(s.folder(), how);
  REQUIRE(again.has_value());
  CHECK(again->truncated == 0);
}

TEST_CASE("events that are young enough stay") {
  store_scene s;
  fill(s);
  const auto done = truncate(s.folder(), {.type = account, .keep_events_for = 24h});
  REQUIRE(done.has_value());
  CHECK(done->truncated == 0);
}

TEST_CASE("a store that is open, no store, and no limit are refused by name") {
  store_scene s;
  fill(s);
  const auto unlimited = truncate(s.folder(), {.type = account});
  REQUIRE_FALSE(unlimited.has_value());
  CHECK(unlimited.error().code == errc::invalid_argument);
  const auto nothing = truncate(s.folder() / "journal", {.type = account, .keep_events_max = 1});
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().code == errc::not_found);
  s.open();
  const auto open = truncate(s.folder(), {.type = account, .keep_events_max = 1});
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error().code == errc::locked);
}

}  // namespace reprise::persistence
