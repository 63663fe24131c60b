// SPDX-License-Identifier: Apache-2.0
//
// Hiding old events of a store that nobody has open.

#include "persistence/exchange_reader.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "tests/persistence/small_disk.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/exchange.hpp>
#include <reprise/truncate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
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

// The payloads in an archive, by aggregate; it must be whole.
std::map<std::string, std::string> events_in(const std::filesystem::path& archive) {
  const auto opened = exchange_reader::open(archive);
  INFO((opened ? "" : to_string(opened.error())));
  REQUIRE(opened.has_value());
  CHECK_FALSE((*opened)->whole());
  std::map<std::string, std::string> found;
  while (true) {
    const auto record = (*opened)->next();
    REQUIRE(record.has_value());
    if (!*record) return found;
    std::string& mine = found[(*record)->aggregate.id];
    mine += std::to_string((*record)->sequence.value) + ":";
    for (const std::byte b : (*record)->payload) mine += static_cast<char>(b);
    mine += ' ';
  }
}

std::filesystem::path archive_of(const store_scene& s) {
  return s.folder().parent_path() / "old.jsonl";
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

TEST_CASE("what is hidden is in the archive, and only that") {
  store_scene s;
  fill(s);
  REQUIRE(truncate(s.folder(), {.type = account, .id = "a-1", .keep_events_max = 8}).has_value());
  const auto done =
      truncate(s.folder(), {.type = account, .keep_events_max = 6, .archive = archive_of(s)});
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done.has_value());
  CHECK(done->events_hidden == 38);
  const auto archived = events_in(archive_of(s));
  CHECK(archived.size() == 10);
  CHECK(archived.at("a-3") == "1:a-3-1 2:a-3-2 3:a-3-3 4:a-3-4 ");
  CHECK(archived.at("a-1") == "3:a-1-3 4:a-1-4 ");
  CHECK(first_readable(s, "a-3") == 5);
}

TEST_CASE(
    "an archive makes a store in which its events are what they were, also without their "
    "beginning") {
  store_scene s;
  fill(s);
  REQUIRE(truncate(s.folder(), {.type = account, .id = "a-1", .keep_events_max = 8}).has_value());
  REQUIRE(truncate(s.folder(), {.type = account, .keep_events_max = 6, .archive = archive_of(s)})
              .has_value());
  const auto made = s.folder().parent_path() / "made";
  const auto done = import_file(archive_of(s), made);
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done.has_value());
  CHECK(done->records == 38);
  const auto store = look(made);
  CHECK(history_of(*store, store_scene::key("a-1")) == "3:a-1-3 4:a-1-4");
  CHECK(history_of(*store, store_scene::key("a-2")) == "1:a-2-1 2:a-2-2 3:a-2-3 4:a-2-4");
}

TEST_CASE("an archive that is there already is not written over, and nothing is hidden") {
  store_scene s;
  fill(s);
  std::ofstream(archive_of(s)) << "precious";
  const auto refused =
      truncate(s.folder(), {.type = account, .keep_events_max = 2, .archive = archive_of(s)});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::invalid_argument);
  CHECK(refused.error().message.find("give another file") != std::string::npos);
  CHECK(std::filesystem::file_size(archive_of(s)) == 8);
  CHECK(first_readable(s, "a-3") == 1);
}

TEST_CASE("where nothing is to be hidden, or only tried, no archive is made") {
  store_scene s;
  fill(s);
  truncate_options how{.type = account, .keep_events_max = 2, .archive = archive_of(s)};
  how.dry_run = true;
  CHECK(truncate(s.folder(), how).value().events_hidden == 60);
  CHECK_FALSE(std::filesystem::exists(archive_of(s)));
  how.dry_run = false;
  how.keep_events_max = 10;
  CHECK(truncate(s.folder(), how).value().events_hidden == 0);
  CHECK_FALSE(std::filesystem::exists(archive_of(s)));
  CHECK_FALSE(std::filesystem::exists(archive_of(s).string() + ".part"));
}

TEST_CASE("J-152 when the archive's disk is full nothing is hidden, and no file is left") {
  store_scene s;
  fill(s);
  s.open();
  // More than the disk of the archive has room for.
  for (int n = 0; n < 20; ++n) {
    const std::string name = "large-" + std::to_string(n);
    REQUIRE(s.answer(s.send("large", 1, 700'000, name)).has_value());
  }
  auto snapshots =
      lmdb_snapshot_store::open({.directory = s.folder(), .snapshot_map_size_bytes = 1U << 30U});
  REQUIRE(snapshots.has_value());
  for (const std::uint64_t at : {18U, 19U}) {
    const snapshot taken{.at = {at}, .state_version = 1, .state = bytes(8)};
    REQUIRE((*snapshots)->save(store_scene::key("large"), taken, 0).has_value());
  }
  snapshots->reset();
  s.close();
  const small_disk disk(s.folder().parent_path() / "archives");
  if (!disk.mounted()) SKIP("this process may not mount a file system");
  const auto archive = s.folder().parent_path() / "archives" / "old.jsonl";
  const truncate_options how{.type = account, .keep_events_max = 2, .archive = archive};
  const auto refused = truncate(s.folder(), how);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::disk_full);
  CHECK(std::filesystem::is_empty(archive.parent_path()));
  CHECK(first_readable(s, "a-3") == 1);
  CHECK(first_readable(s, "large") == 1);
  truncate_options elsewhere = how;
  elsewhere.archive = archive_of(s);
  const auto done = truncate(s.folder(), elsewhere);
  REQUIRE(done.has_value());
  CHECK(done->events_hidden == 78);
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
