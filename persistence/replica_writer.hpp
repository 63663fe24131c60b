// SPDX-License-Identifier: Apache-2.0
//
// Writes the logs of a cluster's node, and folds what others wrote there, step by step.
// Consensus says what is written, cut and committed; this makes it durable in the order in which it
// was said, all that waits in one commit.
//
// Invariants
//  * Writes are made durable in their order, whichever partition they are of, each of them whole.
//    A write is confirmed once, after it is durable: with its commit when `synced`; when `lagged`
//    with the sync of the next commit's pages, or, when there is none, with a sync of its own.
//  * Nothing is given up for want of room: what waits is tried again when there is some. Some room
//  is
//    kept back for that: the store counts as full before it is.
//  * After a commit whose outcome is not known nothing is written and nothing confirmed any more.
// Threading: push(), fold() and note_folded() from any thread; listeners are called by whoever
// drives it, on a thread of its own.

#pragma once

#include "base/clock.hpp"
#include "persistence/index_checkpoint.hpp"
#include "persistence/opened_store.hpp"
#include "persistence/options.hpp"
#include "persistence/replica_note.hpp"
#include "persistence/replica_tail.hpp"
#include "persistence/writer_drive.hpp"
#include "persistence/written_entries.hpp"

#include <reprise/metrics.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// An entry to be stored as it is.
struct replica_entry {
  messages::entry_header header{};
  /// Valid until its write is confirmed.
  bytes_view stored{};
  /// It says who takes part.
  bool members = false;
};

/// One step of a partition's log; its parts are done in the order of the fields, as one.
struct replica_write {
  partition_id partition{};
  /// What written() will say; 0 for one that nobody waits for.
  std::uint64_t number = 0;
  std::optional<replica_state> state{};
  /// Entries from this index on are no longer part of the log. None of them is folded.
  std::optional<std::uint64_t> cut_from{};
  std::vector<replica_entry> entries{};
  /// The entries are those of staged appends, most of which move heads on when they are committed.
  /// No copies of them are kept: one that is to be folded after all is read from the store.
  bool staged = false;
};

/// Told what became of a replica's writes. It may only make a note of it.
class replica_listener {
 public:
  virtual ~replica_listener() = default;
  /// Something waits to be proposed. On whatever thread appends, with nothing locked.
  virtual void staged(partition_id partition) = 0;
  /// All of the partition's writes up to this one are durable.
  virtual void written(partition_id partition, std::uint64_t number) = 0;
  /// Heads know of everything up to that entry.
  virtual void folded(partition_id partition, std::uint64_t index) = 0;
  /// What stands there cannot be read; the partition's replica on this node must end.
  virtual void damaged(partition_id partition, const error& why) = 0;
  /// Writes wait for room, or do no longer.
  virtual void storage_full(bool full) = 0;
  /// Nothing is written any more.
  virtual void storage_failed(const error& why) = 0;
};

/// What is known of one replica's log beside its entries.
class replica_place {
 public:
  replica_tail tail;
  [[nodiscard]] replica_note note() const {
    const std::lock_guard hold(mutex_);
    return note_;
  }
  void note(replica_note now) {
    const std::lock_guard hold(mutex_);
    note_ = std::move(now);
  }

 private:
  mutable std::mutex mutex_;
  replica_note note_;
};

class replica_writer final : public driven_writer {
 public:
  /// What the journal does for its writer: that partition's committed position has moved on.
  using moved_callback = std::function<void(partition_id)>;

  /// All references must outlive it.
  replica_writer(opened_store& store, const std::vector<stored_partition>& partitions,
                 std::vector<std::unique_ptr<replica_place>>& places, const store_options& options,
                 moved_callback moved, metrics& measured, const base::clock& time,
                 std::unique_ptr<writer_drive> drive);
  ~replica_writer() override { stop(); }

  /// `last_key`: of the last entry in the log.
  void start(std::uint64_t last_key, replica_listener& listener);
  void push(replica_write write);
  /// Everything up to that entry is committed, and durable here.
  void fold(partition_id partition, std::uint64_t up_to);
  /// Heads are about to be moved on by those who staged them, and are to be saved some day. Before
  /// replica_tail::fold_oldest().
  void note_folded(partition_id partition, std::vector<aggregate_hash> heads,
                   std::uint64_t records);
  /// Nothing more should be proposed: there is little room, or none. From any thread.
  [[nodiscard]] bool full() const { return full_.load(std::memory_order_acquire); }
  /// Writes what waits, if there is room, saves heads and places, and ends.
  void stop();

  // For its drive.
  [[nodiscard]] std::chrono::milliseconds patience() const override;
  [[nodiscard]] bool step(bool rung) override;

  [[nodiscard]] index_checkpoint& checkpoint() { return checkpoint_; }

 private:
  struct fold_order {
    partition_id partition{};
    std::uint64_t up_to = 0;
  };
  struct folded_heads {
    partition_id partition{};
    std::vector<aggregate_hash> heads{};
    std::uint64_t records = 0;
  };
  struct numbered_write {
    partition_id partition{};
    std::uint64_t number = 0;
  };
  struct added_entry {
    unfolded_entry where{};
    // Empty where no copy is kept.
    bytes_view stored{};
  };
  // What one commit does to what is known of a partition's log; done when it is in the store.
  struct change {
    std::optional<std::uint64_t> cut_from{};
    std::vector<added_entry> added{};
    std::optional<replica_note> note{};
    std::uint64_t confirmed = 0;
  };

  [[nodiscard]] bool take(bool rung);
  [[nodiscard]] bool has_more() const;
  void write_waiting();
  [[nodiscard]] std::size_t choose() const;
  [[nodiscard]] std::uint64_t room_needed(std::size_t writes, bool with_slice) const;
  [[nodiscard]] result<void> write(std::size_t writes, bool with_slice);
  [[nodiscard]] result<void> write_one(lmdb_write& transaction, const replica_write& write);
  [[nodiscard]] result<void> cut(lmdb_write& transaction, partition_id partition,
                                 std::uint64_t from, change& changed);
  void written(std::size_t writes, bool with_slice);
  void confirm(const std::vector<numbered_write>& durable);
  [[nodiscard]] result<void> sync();
  void failed(error why, std::uint64_t room);
  void look_for_room_if_due();
  void look_for_room();
  void take_notes();
  void begin_checkpoint();
  void fold_ordered();
  void fold_one(const fold_order& order);
  [[nodiscard]] result<bytes> take_unfolded(partition_id partition, const unfolded_entry& where);
  [[nodiscard]] std::optional<error> fold_entry(partition_id partition,
                                                const unfolded_entry& where);
  [[nodiscard]] std::uint64_t all_folded_upto() const;

  opened_store& store_;
  const std::vector<stored_partition>& partitions_;
  std::vector<std::unique_ptr<replica_place>>& places_;
  const moved_callback moved_;
  const base::clock& time_;
  const durability acknowledged_;
  // Terms, votes and what others propose need room when nothing of this node's own is taken any
  // more.
  const std::uint64_t kept_back_;
  counter& commits_;
  counter& records_;
  counter& bytes_;
  counter& full_count_;
  counter& checkpoints_;
  histogram& commit_us_;
  replica_listener* listener_ = nullptr;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::deque<replica_write> pushed_;
  std::vector<fold_order> ordered_;
  std::vector<folded_heads> noted_;

  std::atomic<bool> stopping_{false};

  // The drive's own, from here on.
  std::deque<replica_write> waiting_;
  std::vector<fold_order> folds_;
  // By partition; only those with something in them count.
  std::vector<change> changes_;
  std::vector<partition_id> changed_;
  // Of the last commit, not known to be durable; always empty when `synced`.
  std::vector<numbered_write> lagging_;
  written_entries unfolded_;
  std::uint64_t last_key_ = 0;
  std::uint64_t next_key_ = 0;
  // Bytes that commits may have taken since it was looked whether there is room, and when that was.
  std::uint64_t taken_since_look_ = 0;
  base::clock::instant looked_at_{};
  // Bytes that did not fit; 0 while there is room.
  std::uint64_t wanted_bytes_ = 0;
  std::atomic<bool> full_{false};
  bool failed_ = false;
  bool idle_ = false;
  bool saved_at_the_end_ = false;
  index_checkpoint checkpoint_;
  const std::unique_ptr<writer_drive> drive_;
};

}  // namespace reprise::persistence
