// SPDX-License-Identifier: Apache-2.0
//
// Shrinking a store: what it holds stays, and whenever it is ended there is one whole store.

#include "base/clock.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/store_directory.hpp"
#include "tests/persistence/small_disk.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/compact.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>

namespace reprise::persistence {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t state_bytes = 20'000;

std::unique_ptr<lmdb_snapshot_store> snapshots_of(const store_scene& s) {
  auto opened =
      lmdb_snapshot_store::open({.directory = s.folder(), .snapshot_map_size_bytes = 1U << 30U});
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

std::unique_ptr<lmdb_checkpoint_store> consumers_of(const store_scene& s) {
  auto opened = lmdb_checkpoint_store::open(s.folder(), 1U << 30U);
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

// A checkpoint, and a row of a projection of which another version was there once.
const checkpoint followed{.choice = 7, .cursors = {{{0}, {3}}, {{1}, {5}}}};
const bytes row_key(8, std::byte{1});

void keep(const store_scene& s) {
  const auto consumers = consumers_of(s);
  REQUIRE(consumers->save("receipts", followed).has_value());
  const auto rows = consumers->rows();
  REQUIRE(rows->commit("board.2", {{row_key, bytes(8)}}, followed).has_value());
  REQUIRE(rows->commit("board.1", {{row_key, bytes(50 * state_bytes)}}, followed).has_value());
  REQUIRE(rows->remove("board.1").has_value());
}

void check_kept(const store_scene& s) {
  const auto consumers = consumers_of(s);
  CHECK(consumers->load("receipts").value() == followed);
  const auto rows = consumers->rows();
  CHECK(rows->names().value() == std::vector<std::string>{"board.2"});
  CHECK(rows->read("board.2").value()->get(row_key).value() == bytes(8));
}

// Aggregates `a-0` to `a-99` with two events and a snapshot each, and what consumers keep. Many
// more snapshots were there once.
void fill(store_scene& s) {
  s.open();
  const auto snapshots = snapshots_of(s);
  for (int i = 0; i < 100; ++i) {
    const std::string id = "a-" + std::to_string(i);
    REQUIRE(s.append(id, {"first", id}).has_value());
    const auto large = std::byte{static_cast<unsigned char>(i)};
    const snapshot taken{.at = {2}, .state_version = 1, .state = bytes(state_bytes, large)};
    REQUIRE(snapshots->save(store_scene::key(id), taken, 1).has_value());
    const snapshot small{.at = {2}, .state_version = 1, .state = bytes(8, large)};
    REQUIRE(snapshots->save(store_scene::key(id), small, 1).has_value());
  }
  for (std::uint64_t n = 1; n <= 50; ++n) {
    const snapshot passing{.at = {n}, .state_version = 1, .state = bytes(state_bytes)};
    REQUIRE(snapshots->save(store_scene::key("passing"), passing, 0).has_value());
  }
  REQUIRE(snapshots->remove(store_scene::key("passing"), {}) == 50U);
  keep(s);
  s.close();
}

void check_filled(store_scene& s) {
  s.open();
  const auto snapshots = snapshots_of(s);
  for (int i = 0; i < 100; ++i) {
    const std::string id = "a-" + std::to_string(i);
    CHECK(s.history(id) == "1:first 2:" + id);
    const auto found = snapshots->load(store_scene::key(id), {});
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    CHECK((*found)->state == bytes(8, std::byte{static_cast<unsigned char>(i)}));
  }
  check_kept(s);
  s.close();
}

bool has_leftovers(const store_scene& s) {
  return std::ranges::any_of(
      std::array{"journal", "snapshots", "consumers"},
      [&](const char* name) { return fs::exists(replacement_of(s.folder() / name)); });
}

}  // namespace

TEST_CASE("a compacted store is smaller and holds what it held") {
  store_scene s;
  fill(s);
  read_progress last{};
  const auto done = compact(s.folder(), [&](const read_progress& at) { last = at; });
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done.has_value());
  CHECK(done->journal_bytes_after <= done->journal_bytes_before);
  CHECK(done->journal_bytes_after == fs::file_size(s.file()));
  CHECK(done->snapshots_bytes_before > 50 * state_bytes);
  CHECK(done->snapshots_bytes_after < done->snapshots_bytes_before / 4);
  CHECK(done->snapshots_bytes_after == fs::file_size(s.folder() / "snapshots" / "data.mdb"));
  CHECK(done->consumers_bytes_before > 50 * state_bytes);
  CHECK(done->consumers_bytes_after < done->consumers_bytes_before / 4);
  CHECK(done->consumers_bytes_after == fs::file_size(s.folder() / "consumers" / "data.mdb"));
  CHECK_FALSE(has_leftovers(s));
  CHECK(last.done == last.total);
  check_filled(s);
}

TEST_CASE("numbers go on in a compacted store, also when it is compacted again") {
  store_scene s;
  fill(s);
  REQUIRE(compact(s.folder()).has_value());
  s.open();
  const auto appended = s.append("a-7", {"third"}, expectation::exact({2}));
  REQUIRE(appended.has_value());
  CHECK(appended->last.sequence == sequence{3});
  s.close();
  REQUIRE(compact(s.folder()).has_value());
  s.open();
  CHECK(s.history("a-7") == "1:first 2:a-7 3:third");
}

TEST_CASE("a store without snapshots and consumers is compacted, too") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
  REQUIRE_FALSE(fs::exists(s.folder() / "snapshots"));
  const auto done = compact(s.folder());
  REQUIRE(done.has_value());
  CHECK(done->snapshots_bytes_after == 0);
  CHECK(done->consumers_bytes_after == 0);
  CHECK(history_of(*look(s.folder()), store_scene::key("acct")) == "1:e1");
}

TEST_CASE("a store that somebody has open is not compacted, nor is what is none") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  const auto refused = compact(s.folder());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::locked);
  CHECK(s.history("acct") == "1:e1");
  CHECK_FALSE(has_leftovers(s));
  const auto nothing = compact(s.folder() / "journal");
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().code == errc::not_found);
}

TEST_CASE("who reads a store while it is compacted goes on reading") {
  store_scene s;
  fill(s);
  // As a compaction in another process does it: this one may not have the store open twice.
  const fs::path replacement = s.folder() / "journal.compact";
  fs::copy(s.folder() / "journal", replacement);
  const auto reader = look(s.folder());
  REQUIRE(exchange_folders(replacement, s.folder() / "journal").has_value());
  fs::remove_all(replacement);
  CHECK(history_of(*reader, store_scene::key("a-7")) == "1:first 2:a-7");
}

TEST_CASE("J-151 a compaction that was ended at any point leaves one whole store") {
  store_scene s;
  fill(s);
  const fs::path folder = s.folder() / GENERATE("journal", "snapshots", "consumers");
  const fs::path replacement = replacement_of(folder);
  // Otherwise a node finds what was left.
  const bool compacted_again = GENERATE(false, true);
  SECTION("while the new file was written") {
    fs::create_directory(replacement);
    std::ofstream(replacement / "data.mdb", std::ios::binary) << std::string(10'000, 'x');
  }
  SECTION("when the new file was whole, before it took its place") {
    fs::copy(folder, replacement);
  }
  SECTION("when it had taken its place, before the old one was removed") {
    fs::copy(folder, replacement);
    REQUIRE(exchange_folders(replacement, folder).has_value());
    // So that the old one can be told from the new one.
    fs::resize_file(replacement / "data.mdb", 4096);
  }
  SECTION("while the old one was being removed") {
    fs::create_directory(replacement);
    std::ofstream(replacement / "lock.mdb") << "";
  }
  REQUIRE(has_leftovers(s));
  if (compacted_again) REQUIRE(compact(s.folder()).has_value());
  check_filled(s);
  CHECK_FALSE(has_leftovers(s));
}

TEST_CASE("without room for the new files nothing is touched, and the room is told") {
  store_scene s;
  const small_disk disk(s.folder());
  if (!disk.mounted()) SKIP("this process may not mount a file system");
  s.options.map_size_bytes = std::uint64_t{256} << 20U;
  s.open();
  REQUIRE(s.answer(s.send("big", 4, 400'000, "large")).has_value());
  s.close();
  const fs::path ballast = s.folder() / "ballast";
  std::ofstream(ballast, std::ios::binary) << std::string(std::size_t{12} << 20U, 'b');
  const auto refused = compact(s.folder());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::disk_full);
  CHECK(refused.error().message.find("bytes of room") != std::string::npos);
  CHECK_FALSE(has_leftovers(s));
  CHECK(look(s.folder())->head(store_scene::key("big"))->last.value == 4);
  fs::remove(ballast);
  const auto done = compact(s.folder());
  INFO((done ? "" : to_string(done.error())));
  CHECK(done.has_value());
}

}  // namespace reprise::persistence
