// SPDX-License-Identifier: Apache-2.0
//
// A journal on disk, in a folder of its own that goes when the world does. Compiled once for each
// durability of the journal of a node alone, and for that of a node in a cluster.
//
// Its commits are held by an answer that does not return: the one thread that commits also answers,
// so it takes whatever has gathered meanwhile in one commit when it comes back.

#include "base/clock.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "tests/persistence/conformance/solo_replica.hpp"
#include "tests/persistence/conformance/world.hpp"

#include <reprise/metrics.hpp>

#include <array>
#include <latch>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

namespace reprise::persistence::conformance {
namespace {

class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "reprise-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Time stands still: nothing here is due by itself.
class still_clock final : public base::clock {
 public:
  [[nodiscard]] timestamp now() const override { return timestamp{}; }
  [[nodiscard]] instant steady() const override { return instant{}; }
};

/// Does not return from its answer until it is told to.
class stopper final : public append_listener {
 public:
  void appended(std::span<append_answer> /*answers*/) override {
    reached_.count_down();
    free_.wait();
  }
  void wait_until_reached() const { reached_.wait(); }
  void let_go() { free_.count_down(); }

 private:
  std::latch reached_{1};
  std::latch free_{1};
};

using journal_on_disk = REPRISE_WORLD_JOURNAL;

template <class Opened>
journal& port_of(Opened& opened) {
  if constexpr (std::is_same_v<Opened, solo_replica>) {
    return opened.log();
  } else {
    return opened;
  }
}

class lmdb_world final : public journal_world, public files_on_disk {
 public:
  result<void> open(const world_options& options) override {
    auto journal = open_journal(options);
    if (!journal) return journal.error();
    auto snapshots = open_snapshots(options);
    if (!snapshots) return snapshots.error();
    journal_ = std::move(*journal);
    snapshots_ = std::move(*snapshots);
    return {};
  }
  void close() override {
    if (journal_) journal_->close();
    journal_.reset();
    snapshots_.reset();
  }

  journal& log() override { return port_of(*journal_); }
  snapshot_store& snapshots() override { return *snapshots_; }

  void hold() override {
    append_request request;
    request.aggregate = key_in(log().partitions() - 1);
    // The id is left empty: it is derived from the command, which is another one each time.
    request.command = derive_command_id(std::to_string(stoppers_.size()));
    request.events = {new_event{}};
    stoppers_.push_back(std::make_unique<stopper>());
    log().append(std::move(request), *stoppers_.back(), 0);
    stoppers_.back()->wait_until_reached();
  }
  void release() override { stoppers_.back()->let_go(); }

  files_on_disk* files() override { return this; }
  [[nodiscard]] std::filesystem::path journal_file() const override {
    return folder_.path() / "journal" / "data.mdb";
  }
  [[nodiscard]] std::filesystem::path snapshot_file() const override {
    return folder_.path() / "snapshots" / "data.mdb";
  }
  result<void> open_again(const world_options& options) override {
    const auto second = open_journal(options);
    return second ? result<void>{} : second.error();
  }

 private:
  [[nodiscard]] aggregate_key key_in(std::uint32_t partition) {
    for (std::uint32_t i = 0;; ++i) {
      aggregate_key key{aggregate_type_id{1}, "", "stopper-" + std::to_string(i)};
      if (log().partition_of(key).value == partition) return key;
    }
  }
  [[nodiscard]] store_options settings(const world_options& options) const {
    return {.directory = folder_.path(),
            .partitions = options.partitions,
            .limits = {.payload_bytes_max = options.payload_bytes_max,
                       .batch_bytes_max = options.batch_bytes_max,
                       .staged_bytes_max = options.staged_bytes_max},
            .map_size_bytes = options.store_bytes_max,
            .snapshot_map_size_bytes = options.store_bytes_max,
            .acknowledged = durability::REPRISE_WORLD_DURABILITY};
  }
  [[nodiscard]] result<std::unique_ptr<journal_on_disk>> open_journal(
      const world_options& options) {
    return journal_on_disk::open(settings(options), metrics_, clock_);
  }
  [[nodiscard]] result<std::unique_ptr<lmdb_snapshot_store>> open_snapshots(
      const world_options& options) {
    return lmdb_snapshot_store::open(settings(options));
  }

  folder folder_;
  still_clock clock_;
  metrics metrics_;
  // Outlive the journal, which may be answering them still.
  std::vector<std::unique_ptr<stopper>> stoppers_;
  std::unique_ptr<journal_on_disk> journal_;
  std::unique_ptr<lmdb_snapshot_store> snapshots_;
};

constexpr auto declared = std::to_array<declared_case>({
    {"J-071",
     "fates of commits are ordered in memory; here tests/persistence/crash_test.cpp kills"},
    {"J-170", "replay in place of a damaged snapshot is recovery's business", true},
});

}  // namespace

std::unique_ptr<journal_world> make_world() {
  return std::make_unique<lmdb_world>();
}

std::span<const declared_case> declared_by_world() {
  return declared;
}

}  // namespace reprise::persistence::conformance
