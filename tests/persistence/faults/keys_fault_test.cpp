// SPDX-License-Identifier: Apache-2.0
//
// The file of keys on a disk that loses power, is full or fails: a key that something rests on is
// there, one that was forgotten is not, wherever it happens.
// Seed and number of cuts are told by REPRISE_SEED and REPRISE_POWER_CUTS.

#include "persistence/sealing_journal.hpp"
#include "tests/environment.hpp"
#include "tests/persistence/faults/disk_recording.hpp"
#include "tests/persistence/sealed_scene.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::persistence {
namespace {

constexpr std::size_t never = ~std::size_t{0};

/// What happened to one key, as calls of the disk that had returned.
struct life_of_key {
  sealing_key key{};
  std::size_t durable_at = never;
  /// From when on it may be gone, and from when on it must be.
  std::size_t forgetting_at = never;
  std::size_t forgotten_at = never;
};

struct recorded_keys {
  disk_recording disk;
  std::vector<life_of_key> lives;
  std::size_t first_call = 0;
};

void keep(const std::filesystem::path& file, const bytes& content) {
  std::ofstream out(file, std::ios::binary);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  out.write(reinterpret_cast<const char*>(content.data()),
            static_cast<std::streamsize>(content.size()));
}

bytes content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

/// Makes keys, several before each sync, forgets some and rotates, and notes when what was durable.
void record(std::uint64_t seed, recorded_keys& into) {
  const temporary_folder folder;
  const base::system_clock time;
  auto opened = subject_keys::open(folder.path(), time);
  REQUIRE(opened.has_value());
  subject_keys& keys = **opened;
  static_cast<void>(keys.current_of("the first"));
  REQUIRE(keys.make_durable().has_value());
  // The file was made under another name, which is not watched; it is durable.
  const std::filesystem::path file = key_file::name_in(folder.path());
  into.disk.wrote(0, content_of(file), true);
  into.first_call = into.disk.calls();
  const observation watch(file, into.disk);
  base::random choose(seed);
  std::map<std::string, std::vector<std::size_t>> of_subject;
  for (int step = 0; step < 400; ++step) {
    const std::string subject = "subject-" + std::to_string(choose.below(60));
    if (choose.below(6) == 0 && of_subject.contains(subject)) {
      for (const std::size_t i : of_subject[subject]) {
        into.lives[i].forgetting_at = std::min(into.lives[i].forgetting_at, into.disk.calls());
      }
      const std::vector<std::string> whom{subject};
      REQUIRE(keys.forget(whom).has_value());
      for (const std::size_t i : of_subject[subject]) {
        into.lives[i].forgotten_at = std::min(into.lives[i].forgotten_at, into.disk.calls());
      }
      continue;
    }
    if (choose.below(20) == 0) REQUIRE(keys.rotate().has_value());
    std::vector<std::size_t> fresh;
    for (std::uint64_t n = choose.below(5) + 1; n > 0; --n) {
      const std::string who = "subject-" + std::to_string(choose.below(60));
      const sealing_key key = keys.current_of(who);
      const auto known = std::ranges::find_if(
          into.lives, [&](const life_of_key& life) { return life.key.id == key.id; });
      if (known != into.lives.end()) continue;
      fresh.push_back(into.lives.size());
      of_subject[who].push_back(into.lives.size());
      into.lives.push_back({.key = key});
    }
    REQUIRE(keys.make_durable().has_value());
    for (const std::size_t i : fresh) into.lives[i].durable_at = into.disk.calls();
  }
}

// What is wrong with the keys that the disk holds when the power goes; empty when nothing is.
std::string fault_in(const bytes& image, const recorded_keys& run, std::size_t cut) {
  const temporary_folder folder;
  keep(key_file::name_in(folder.path()), image);
  const base::system_clock time;
  const auto opened = subject_keys::open(folder.path(), time);
  if (!opened) return to_string(opened.error());
  const auto file = key_file::open_to_read(folder.path());
  if (!file || !*file) return "the file cannot be read";
  const auto stored = (*file)->read();
  if (!stored || !stored->damaged.empty()) return "a slot is damaged";
  for (const life_of_key& life : run.lives) {
    const auto found = (*opened)->find(life.key.id);
    if (!found) return to_string(found.error());
    const bool there = found->has_value() && **found == life.key.secret;
    if (life.durable_at <= cut && life.forgetting_at > cut && !there) return "a key is lost";
    if (life.forgotten_at > cut) continue;
    if (there) return "a key is back";
    const auto left =
        std::search(image.begin(), image.end(), life.key.secret.begin(), life.key.secret.end());
    if (left != image.end()) return "the secret of a key is back";
  }
  return {};
}

class failing_keys final : public disk_observer {
 public:
  void fail(disk_call what, int with) {
    what_ = what;
    with_ = with;
  }
  void mend() { with_ = 0; }
  int fate_of(disk_call call) override { return call == what_ ? with_.load() : 0; }
  void wrote(std::uint64_t /*offset*/, bytes_view /*what*/, bool /*durable*/) override {}
  void synced() override {}

 private:
  std::atomic<int> with_{0};
  std::atomic<disk_call> what_{};
};

/// A store whose journal seals, as a node has it.
struct sealed_store {
  explicit sealed_store(std::filesystem::path where) : folder(std::move(where)) { open(); }
  void open() {
    log.reset();
    seals.reset();
    auto keys = subject_keys::open(folder, time);
    REQUIRE(keys.has_value());
    seals = std::make_unique<sealing>(std::move(*keys));
    learn_visits(*seals);
    auto stored =
        lmdb_journal::open({.directory = folder, .partitions = 1, .map_size_bytes = 1U << 28U},
                           measured, time, [this] { return seals->keys().make_durable(); });
    REQUIRE(stored.has_value());
    log = std::make_unique<sealing_journal>(std::move(*stored), *seals);
  }

  const std::filesystem::path folder;
  metrics measured;
  base::system_clock time;
  std::unique_ptr<sealing> seals;
  std::unique_ptr<sealing_journal> log;
};

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("after a power loss keys that something rests on are there, and forgotten ones are not") {
  const std::uint64_t seed = test::number_from("REPRISE_SEED", 2026);
  CAPTURE(seed);
  recorded_keys run;
  record(seed, run);
  base::random choose(seed);
  std::vector<std::size_t> cuts;
  for (std::uint64_t i = 0; i < test::number_from("REPRISE_POWER_CUTS", REPRISE_POWER_CUTS); ++i) {
    cuts.push_back(run.first_call + choose.below(run.disk.calls() - run.first_call + 1));
  }
  std::ranges::sort(cuts);
  simulated_disk disk(run.disk);
  for (const std::size_t cut : cuts) {
    CAPTURE(cut);
    disk.advance(cut);
    REQUIRE(fault_in(disk.after_power_loss(choose), run, cut) == "");
  }
}

TEST_CASE("a disk that ignores syncs loses keys or brings them back, so the test above can fail") {
  recorded_keys run;
  record(7, run);
  base::random choose(7);
  simulated_disk disk(run.disk, syncs::ignored);
  int faults = 0;
  for (std::size_t cut = run.first_call; cut <= run.disk.calls(); cut += 20) {
    disk.advance(cut);
    if (!fault_in(disk.after_power_loss(choose), run, cut).empty()) ++faults;
  }
  CHECK(faults > 0);
}

TEST_CASE("where a key cannot be stored its event is refused, and goes when there is room") {
  const disk_call call = GENERATE(disk_call::write, disk_call::sync);
  CAPTURE(static_cast<int>(call));
  const temporary_folder folder;
  sealed_store s(folder.path() / "store");
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  failing_keys disk;
  const observation watch(key_file::name_in(s.folder), disk);
  disk.fail(call, ENOSPC);
  const auto refused = admit(*s.log, "bob", "Bob Secret");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::disk_full);
  CHECK(s.log->head(visit_of("bob"))->last.value == 0);
  // Who has a key already needs no room for one, but the key of before is still to be written.
  CHECK(names_of(*s.log, "ann") == names{"Ann Secret"});
  disk.mend();
  REQUIRE(admit(*s.log, "bob", "Bob Again").has_value());
  s.open();
  CHECK(names_of(*s.log, "ann") == names{"Ann Secret"});
  CHECK(names_of(*s.log, "bob") == names{"Bob Again"});
}

TEST_CASE(
    "where a key cannot be synced the outcome of its event is not known until it is reopened") {
  const temporary_folder folder;
  sealed_store s(folder.path() / "store");
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  failing_keys disk;
  const observation watch(key_file::name_in(s.folder), disk);
  disk.fail(disk_call::sync, EIO);
  CHECK(admit(*s.log, "bob", "Bob Secret").error().code == errc::commit_unknown);
  disk.mend();
  s.open();
  CHECK(names_of(*s.log, "ann") == names{"Ann Secret"});
  REQUIRE(admit(*s.log, "bob", "Bob Again").has_value());
  s.open();
  CHECK(names_of(*s.log, "bob") == names{"Bob Again"});
}

TEST_CASE("a forgetting that failed is done again, and until then its keys open nothing") {
  const disk_call call = GENERATE(disk_call::write, disk_call::sync);
  CAPTURE(static_cast<int>(call));
  const temporary_folder folder;
  sealed_store s(folder.path() / "store");
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  failing_keys disk;
  disk_recording told;
  const names ann{"ann"};
  {
    const observation watch(key_file::name_in(s.folder), disk);
    disk.fail(call, EIO);
    CHECK(s.seals->keys().forget(ann).error().code == errc::io_error);
    CHECK(names_of(*s.log, "ann") == names{"somebody"});
  }
  {
    // It is written and synced once more, though nothing of it is left in memory.
    const observation watch(key_file::name_in(s.folder), told);
    REQUIRE(s.seals->keys().forget(ann).has_value());
    CHECK(told.calls() >= 2);
  }
  s.open();
  CHECK(names_of(*s.log, "ann") == names{"somebody"});
}

TEST_CASE("keys are synced when they are read, before anybody builds on them") {
  const temporary_folder folder;
  sealed_store s(folder.path() / "store");
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  s.log.reset();
  s.seals.reset();
  failing_keys disk;
  const observation watch(key_file::name_in(s.folder), disk);
  disk.fail(disk_call::sync, EIO);
  CHECK(subject_keys::open(s.folder, s.time).error().code == errc::io_error);
  disk.mend();
  CHECK(subject_keys::open(s.folder, s.time).has_value());
}

}  // namespace reprise::persistence
