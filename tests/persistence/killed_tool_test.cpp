// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of a process that truncates a store with an archive, or restores one, at many points:
// there is a whole store afterwards, and the same command ends the work. How often is told by the
// environment variable REPRISE_CRASH_ROUNDS.

#include "base/random.hpp"
#include "persistence/exchange_reader.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "tests/environment.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/consumed_store.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/backup.hpp>
#include <reprise/truncate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::persistence {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t rounds_usual = 20;
constexpr int aggregates = 600;
constexpr std::uint64_t events_each = 8;
// What truncating leaves: the older of two snapshots is at 6, so that 7 and 8 stay.
constexpr std::uint64_t first_kept = 7;

std::string id_of(int i) {
  return "a-" + std::to_string(i);
}

std::string history_from(int i, std::uint64_t first) {
  std::string text;
  for (std::uint64_t n = first; n <= events_each; ++n) {
    text +=
        (text.empty() ? "" : " ") + std::to_string(n) + ":" + id_of(i) + "-" + std::to_string(n);
  }
  return text;
}

// `aggregates` of them with events and two snapshots each.
void fill(store_scene& s) {
  s.open();
  auto snapshots =
      lmdb_snapshot_store::open({.directory = s.folder(), .snapshot_map_size_bytes = 1U << 30U});
  REQUIRE(snapshots.has_value());
  for (int i = 0; i < aggregates; ++i) {
    std::vector<std::string> names;
    for (std::uint64_t n = 1; n <= events_each; ++n) {
      names.push_back(id_of(i) + "-" + std::to_string(n));
    }
    REQUIRE(s.append(id_of(i), names).has_value());
    for (const std::uint64_t at : {first_kept - 1, first_kept}) {
      const snapshot taken{.at = {at}, .state_version = 1, .state = bytes(8)};
      REQUIRE((*snapshots)->save(store_scene::key(id_of(i)), taken, 0).has_value());
    }
  }
  s.close();
}

using archived_events = std::set<std::pair<std::string, std::uint64_t>>;

// Adds what an archive holds, which must be whole.
void add_archived(const fs::path& archive, archived_events& all) {
  const auto opened = exchange_reader::open(archive);
  INFO((opened ? "" : to_string(opened.error())));
  REQUIRE(opened.has_value());
  while (true) {
    const auto record = (*opened)->next();
    if (!record) FAIL(to_string(record.error()));
    if (!*record) return;
    all.emplace((*record)->aggregate.id, (*record)->sequence.value);
  }
}

/// A store on which a truncation is killed, a copy of one that was filled.
struct truncated_store {
  explicit truncated_store(const fs::path& filled) {
    fs::copy(filled, store, fs::copy_options::recursive);
  }

  // How many aggregates are truncated; each is as a whole, or not at all, and nothing else changed.
  [[nodiscard]] int hidden() const {
    const auto opened = look(store);
    REQUIRE(fault_in_positions(*opened) == "");
    const auto report = opened->verify({});
    REQUIRE(report.has_value());
    CHECK(report->damages.empty());
    int count = 0;
    std::string fault;
    for (int i = 0; i < aggregates && fault.empty(); ++i) {
      const auto head = opened->head(store_scene::key(id_of(i)));
      REQUIRE(head.has_value());
      const std::uint64_t first = head->first_readable.value;
      const std::string history = history_of(*opened, store_scene::key(id_of(i)));
      const bool sound = (first == 1 || first == first_kept) && head->last.value == events_each &&
                         history == history_from(i, first);
      if (!sound) fault = id_of(i) + " has " + history;
      count += first == first_kept ? 1 : 0;
    }
    CHECK(fault == "");
    return count;
  }
  [[nodiscard]] archived_events archived() const {
    archived_events all;
    for (const fs::path& file : {archive, rest}) {
      if (fs::exists(file)) add_archived(file, all);
    }
    return all;
  }
  // As whoever repeats the command does it.
  void truncate_again() const {
    const truncate_options how{
        .type = {0xacc}, .keep_events_max = 2, .archive = fs::exists(archive) ? rest : archive};
    const auto done = truncate(store, how);
    INFO((done ? "" : to_string(done.error())));
    REQUIRE(done.has_value());
  }

  temporary_folder folder;
  fs::path store = folder.path() / "store";
  fs::path archive = folder.path() / "old.jsonl";
  fs::path rest = folder.path() / "rest.jsonl";
};

// Kills a truncation once it has said so many lines.
void kill_truncation(const truncated_store& on, std::uint64_t lines) {
  child_process child({"truncate", on.store.string(), on.archive.string()});
  for (std::uint64_t i = 0; i < lines && child.read_line(); ++i) {
  }
  child.kill();
}

std::uint64_t lines_of_truncation(const truncated_store& on) {
  child_process child({"truncate", on.store.string(), on.archive.string()});
  std::uint64_t lines = 0;
  while (child.read_line()) ++lines;
  REQUIRE(child.wait() == 0);
  return lines;
}

// What a restore makes, in this order; then it gives all of it its name.
constexpr std::array stages{"", "snapshots/data.mdb", "consumers/data.mdb", "journal/data.mdb",
                            "lock"};

// Some minutes: one that fails makes nothing.
constexpr std::uint64_t looks_max = 100'000'000;

// Kills a restore once it has come to one of the stages, and a little later.
void kill_restore(const fs::path& from, const fs::path& to, base::random& random) {
  const fs::path awaited = (to.string() + ".partial") / fs::path(stages[random.below(5)]);
  child_process child({"restore", from.string(), to.string()});
  for (std::uint64_t looks = 0; !fs::exists(awaited) && !fs::exists(to); ++looks) {
    if (looks == looks_max) FAIL("nothing was made");
  }
  // Each look takes some microseconds.
  for (std::uint64_t looks = random.below(400); looks > 0 && !fs::exists(to); --looks) {
  }
  child.kill();
}

}  // namespace

TEST_CASE("J-151 a truncation that is killed hides events as a whole, and only archived ones") {
  store_scene filled(4);
  fill(filled);
  base::random random(2026);
  const std::uint64_t lines = lines_of_truncation(truncated_store(filled.folder()));
  REQUIRE(lines > 50);
  bool killed_before_archive = false;
  bool killed_behind_archive = false;
  const std::uint64_t rounds = test::number_from("REPRISE_CRASH_ROUNDS", rounds_usual);
  // A machine that is busy may take longer to meet each of the moments.
  const auto met = [&] { return killed_before_archive && killed_behind_archive; };
  for (std::uint64_t round = 0; round < rounds || (!met() && round < 10 * rounds); ++round) {
    CAPTURE(round);
    const truncated_store on(filled.folder());
    // Half of the kills go where the archive is done and events are hidden: few lines are left.
    const std::uint64_t told = round % 2 == 0 ? random.below(lines) : lines - random.below(8);
    kill_truncation(on, told);
    const int hidden = on.hidden();
    const bool has_archive = fs::exists(on.archive);
    CHECK((hidden == 0 || has_archive));
    if (has_archive) CHECK(on.archived().size() == aggregates * (first_kept - 1));
    killed_before_archive |= !has_archive;
    killed_behind_archive |= has_archive && hidden < aggregates;
    on.truncate_again();
    CHECK(on.hidden() == aggregates);
    CHECK(on.archived().size() == aggregates * (first_kept - 1));
  }
  if (rounds >= rounds_usual) {
    CHECK(killed_before_archive);
    CHECK(killed_behind_archive);
  }
}

TEST_CASE("J-151 a restore that is killed makes a whole store or none, and the next one succeeds") {
  const temporary_folder folder;
  const fs::path live = folder.path() / "store";
  const fs::path copy = folder.path() / "copy";
  child_process writer({"consume", live.string()});
  for (int i = 0; i < 50; ++i) REQUIRE(writer.read_line()->starts_with("consumed"));
  writer.kill();
  REQUIRE(lmdb_snapshot_store::open({.directory = live, .snapshot_map_size_bytes = 1U << 30U})
              .has_value());
  REQUIRE(back_up(live, copy).has_value());
  base::random random(2026);
  int unfinished = 0;
  const std::uint64_t rounds = test::number_from("REPRISE_CRASH_ROUNDS", rounds_usual);
  for (std::uint64_t round = 0; round < rounds || (unfinished == 0 && round < 10 * rounds);
       ++round) {
    CAPTURE(round);
    const fs::path back = folder.path() / ("back-" + std::to_string(round));
    kill_restore(copy, back, random);
    if (!fs::exists(back)) {
      ++unfinished;
      const auto done = back_up(copy, back);
      INFO((done ? "" : to_string(done.error())));
      REQUIRE(done.has_value());
    }
    CHECK_FALSE(fs::exists(back.string() + ".partial"));
    CHECK(fault_in_consumed(back) == "");
    CHECK(fault_in_store(back, durability::synced, {}) == "");
    fs::remove_all(back);
  }
  CHECK(unfinished > 0);
}

}  // namespace reprise::persistence
