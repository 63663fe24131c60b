// SPDX-License-Identifier: Apache-2.0
#include "persistence/snapshot_codec.hpp"

#include "persistence/lmdb_snapshot_store.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence {
namespace {

const aggregate_key key{{7}, "acme", "trip-42"};

snapshot some_snapshot() {
  return {.at = {12},
          .place = {99},
          .time = timestamp(std::chrono::microseconds(-5)),
          .state_version = 3,
          .commands = {{.id = derive_command_id("c"), .hash = 1, .last = {11}, .at = {98}}},
          .state = bytes(21, std::byte{0x5a})};
}

}  // namespace

TEST_CASE("a snapshot with deliveries comes back too, in a form that older programs pass over") {
  snapshot taken = some_snapshot();
  taken.delivered = {
      {.from = {.consumer = 9, .partition = {7}, .at = {1234}, .index = 2},
       .command = {.id = derive_command_id("d"), .hash = 2, .last = {12}, .at = {99}}},
      {.from = {.consumer = 8, .partition = {1}, .at = {5}, .index = 0}, .command = {}}};
  bytes stored = encode_snapshot(key, taken);
  const auto read = decode_snapshot(stored);
  REQUIRE(read.has_value());
  CHECK(read->aggregate == key);
  CHECK(read->taken == taken);
  CHECK(std::to_integer<int>(stored[8]) == 2);
  CHECK(std::to_integer<int>(encode_snapshot(key, some_snapshot())[8]) == 1);
}

TEST_CASE("a snapshot comes back as it was written") {
  const bytes stored = encode_snapshot(key, some_snapshot());
  CHECK(stored.size() % 8 == 0);
  const auto read = decode_snapshot(stored);
  REQUIRE(read.has_value());
  CHECK(read->aggregate == key);
  CHECK(read->taken == some_snapshot());
}

TEST_CASE("a flipped bit anywhere in a snapshot is found, and a lost end too") {
  bytes stored = encode_snapshot(key, some_snapshot());
  for (std::size_t i = 0; i < stored.size() * 8; ++i) {
    const auto bit = static_cast<std::byte>(1U << (i % 8));
    stored[i / 8] ^= bit;
    CAPTURE(i);
    REQUIRE_FALSE(decode_snapshot(stored).has_value());
    stored[i / 8] ^= bit;
  }
  for (std::size_t size = 0; size < stored.size(); ++size) {
    const bytes cut(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE_FALSE(decode_snapshot(cut).has_value());
  }
}

TEST_CASE("snapshots can be looked at and verified beside the process that writes them") {
  store_scene s;
  {
    const auto store = lmdb_snapshot_store::open(s.options);
    REQUIRE(store.has_value());
    for (std::uint64_t at = 1; at <= 5; ++at) {
      snapshot taken = some_snapshot();
      taken.at = {at};
      const std::string text = "state-number-" + std::to_string(at);
      const auto view = std::as_bytes(std::span(text.data(), text.size()));
      taken.state.assign(view.begin(), view.end());
      REQUIRE((*store)->save(key, taken, 0).has_value());
    }
  }
  REQUIRE(damage(s.folder() / "snapshots" / "data.mdb", "state-number-3") > 0);
  const auto looked = lmdb_snapshot_store::open_to_read(s.folder());
  REQUIRE(looked.has_value());
  const auto totals = (*looked)->verify();
  REQUIRE(totals.has_value());
  CHECK(totals->snapshots == 5);
  CHECK(totals->damaged == 1);
  const auto loaded = (*looked)->load(key, {.to = {3}});
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->has_value());
  CHECK((*loaded)->at == sequence{2});
}

TEST_CASE("where there are no snapshots none are found") {
  const temporary_folder folder;
  const auto looked = lmdb_snapshot_store::open_to_read(folder.path());
  REQUIRE_FALSE(looked.has_value());
  CHECK(looked.error().code == errc::not_found);
}

}  // namespace reprise::persistence
