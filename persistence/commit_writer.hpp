// SPDX-License-Identifier: Apache-2.0
//
// The one thread that writes to a store's log: it takes what all partitions have staged, commits it
// at once, moves heads on and answers.
//
// Invariants
//  * One commit at a time, of at most 4096 records and 4 MiB, though never less than one entry.
//  * Nothing is answered before its commit is durable. When `synced`, a commit is durable when it
//    ends. When `lagged`, the sync of one commit's pages makes the commit before it durable; when
//    there is no next one, a sync of its own does.
//  * A full store or disk refuses everything that is staged, and then whatever comes until there is
//    room for what did not fit: small appends may not starve big ones.
//  * After a commit whose outcome is not known nothing is appended until the store is opened again,
//    which reads from the disk what became of it.
// Threading: ready(), refusal() from any thread; the rest is its own thread's.

#pragma once

#include "base/clock.hpp"
#include "persistence/index_checkpoint.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/store_tables.hpp"

#include <reprise/durability.hpp>
#include <reprise/metrics.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace reprise::persistence {

class commit_writer {
 public:
  /// What the journal does for its writer.
  struct callbacks {
    /// So many staged bytes were committed.
    std::function<void(std::uint64_t bytes)> settled;
    /// That partition's committed position has moved on.
    std::function<void(partition_id partition)> moved;
    /// All that is staged is lost: what was in the commit, and what was behind it.
    std::function<void(const error& taken, const error& rest)> lost;
    /// Makes durable what the entries to be written rest on beside the log. When it fails they are
    /// not written. Empty where there is no such thing.
    std::function<result<void>()> founded{};
  };

  struct options {
    std::uint64_t checkpoint_records = 0;
    /// Of the environment; `lagged` when it may lose its last commits.
    durability acknowledged = durability::synced;
  };

  /// All references must outlive it.
  commit_writer(lmdb_environment& environment, const store_tables& tables,
                const std::vector<stored_partition>& partitions, const options& how,
                callbacks journal, metrics& measured, const base::clock& time);
  ~commit_writer() { stop(); }

  /// `last_key`: of the last entry in the log.
  void start(std::uint64_t last_key);
  /// That partition has something to commit.
  void ready(partition_id partition);
  /// Commits what is staged, saves heads and places, ends the thread.
  void stop();
  /// Why nothing can be appended now, if so.
  [[nodiscard]] std::optional<error> refusal();

  [[nodiscard]] index_checkpoint& checkpoint() { return checkpoint_; }

 private:
  struct taken_entry {
    partition_id partition{};
    const staged_entry* entry = nullptr;
  };
  // What one commit writes.
  struct batch {
    std::vector<taken_entry> entries{};
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    base::clock::instant began{};

    [[nodiscard]] bool empty() const { return entries.empty(); }
    void clear();
  };

  void run();
  [[nodiscard]] bool wait();
  void take();
  void commit();
  [[nodiscard]] std::uint64_t room_needed(bool with_slice) const;
  [[nodiscard]] result<void> write(bool with_slice);
  void written(bool with_slice);
  [[nodiscard]] result<void> sync();
  void settle(const batch& durable);
  void failed(error why);

  lmdb_environment& environment_;
  const store_tables& tables_;
  const std::vector<stored_partition>& partitions_;
  const callbacks journal_;
  const durability acknowledged_;
  const base::clock& time_;
  counter& commits_;
  counter& records_;
  counter& bytes_;
  counter& full_;
  counter& checkpoints_;
  histogram& commit_us_;
  histogram& commit_records_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<partition_id> ready_;
  bool stopping_ = false;

  // Bytes that did not fit; 0 while there is room.
  std::atomic<std::uint64_t> wanted_bytes_{0};
  std::atomic<bool> outcome_unknown_{false};

  // The writing thread's own.
  std::deque<partition_id> waiting_;
  // To be written by this commit.
  batch batch_;
  // Written by the last one, and not yet known to be durable; always empty when `synced`.
  batch lagging_;
  // Of the last entry in the log that is durable; those of lagging_ come next.
  std::uint64_t durable_key_ = 0;
  bool idle_ = false;
  bool saved_at_the_end_ = false;
  index_checkpoint checkpoint_;
  std::thread thread_;
};

}  // namespace reprise::persistence
