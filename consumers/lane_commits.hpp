// SPDX-License-Identifier: Apache-2.0
//
// Where the lanes of a projection meet. They fold at the same time, each the events of partitions
// of its own on what was committed when its batch began, and commit one after the other.
//
// Invariants
//  * Rows are those that one lane would have made of the same batches in the order of their
//  commits:
//    a batch that has read a row which another lane has changed since is not committed.
//  * Only the lane whose turn it is commits. So one that has the turn from before it reads until it
//    has committed is not overtaken.
//  * A lane's commit moves the checkpoint of its own partitions only.
// Threading: every method may be called from any thread; those of a lane by one thread at a time.

#pragma once

#include "consumers/rows_read.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"

#include <reprise/cursor.hpp>
#include <reprise/result.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

class lane_commits {
 public:
  /// Where the projection stands that is stored under this name. `beyond_head` when the log is
  /// shorter than that. `lanes` are no more than the partitions; the store must outlive it.
  [[nodiscard]] static result<std::shared_ptr<lane_commits>> open(const persistence::journal& log,
                                                                  persistence::row_store& rows,
                                                                  std::string name,
                                                                  std::uint32_t lanes);

  /// What is stored was changed by somebody else, with the turn: it is to be read again. No lane
  /// has a batch.
  void forget();
  /// Reads it again, if it is to be. As open().
  [[nodiscard]] result<void> recall(const persistence::journal& log);

  [[nodiscard]] std::uint32_t lanes() const { return lanes_; }
  /// Whose the events of a partition are.
  [[nodiscard]] std::uint32_t lane_of(partition_id partition) const {
    return partition.value % lanes_;
  }
  /// What is committed of a lane's partitions, in their order.
  [[nodiscard]] std::vector<partition_cursor> cursors(std::uint32_t lane) const;
  /// What is committed, for a batch of this lane that begins.
  [[nodiscard]] result<std::unique_ptr<persistence::row_snapshot>> read(std::uint32_t lane);
  /// The lane has no batch: nothing has to be kept in mind for it.
  void let_go(std::uint32_t lane);

  /// The lane begins a step: if it was given the turn, it knows now.
  void arrive(std::uint32_t lane);
  /// False while another lane has the turn; then the turn comes to this one, in order.
  [[nodiscard]] bool take_turn(std::uint32_t lane);
  /// Waits for a turn for whoever is about to use this lane from outside. The lane itself does not
  /// have it before it is handed over to it, so it cannot leave it.
  void await_turn(std::uint32_t lane);
  void hand_over(std::uint32_t lane);
  /// Gives it to the next one, if this lane has taken it or was handed it.
  void leave_turn(std::uint32_t lane);
  /// The same, also if it has not taken what it was given, and the lane waits for no turn any more.
  void withdraw(std::uint32_t lane);
  /// The lane that has it, or was given it and has not come yet.
  [[nodiscard]] std::optional<std::uint32_t> turn() const;

  /// What one lane has folded.
  struct batch {
    persistence::row_changes changes{};
    rows_read read{};
    /// Of all its partitions, in their order.
    std::vector<partition_cursor> cursors{};
    /// Its rows are complete with this.
    bool completes = false;
  };
  /// False: it was overtaken by another lane, and nothing of it is stored. For whom has the turn.
  [[nodiscard]] result<bool> commit(std::uint32_t lane, const batch& what);

  /// With this lane, the rows of all are complete: they can be called so in its next commit. For
  /// whom has the turn.
  [[nodiscard]] bool completes_all(std::uint32_t lane) const;
  /// The rows of all lanes were complete once.
  [[nodiscard]] bool built() const;

 private:
  struct change {
    std::uint64_t number = 0;
    std::uint32_t lane = 0;
    std::vector<bytes> keys{};
  };

  // What is stored.
  struct known {
    std::vector<partition_cursor> cursors{};
    bool built = false;
  };

  lane_commits(persistence::row_store& rows, std::string name, std::uint32_t lanes);
  [[nodiscard]] result<known> look(const persistence::journal& log) const;
  // In whose name turns are awaited for a lane.
  [[nodiscard]] std::uint32_t guest_of(std::uint32_t lane) const { return lanes_ + lane; }
  [[nodiscard]] bool is_overtaken(std::uint32_t lane, const rows_read& read) const;
  void remember(std::uint32_t lane, std::vector<bytes> keys);
  void forget_old();
  // To the next one.
  void give_turn();

  persistence::row_store& rows_;
  const std::string name_;
  const std::uint32_t lanes_;

  mutable std::mutex mutex_;
  std::condition_variable turn_moved_;
  // All guarded by mutex_.
  /// What follows is what is stored.
  bool is_known_ = false;
  std::vector<partition_cursor> cursors_;
  std::vector<bool> complete_;
  bool built_ = false;
  std::optional<std::uint32_t> turn_;
  /// Who was given the turn knows of it.
  bool is_taken_ = false;
  std::deque<std::uint32_t> waiting_;
  /// Commits so far, and how many there were when a lane's batch began.
  std::uint64_t commits_ = 0;
  std::vector<std::optional<std::uint64_t>> began_;
  /// What was changed since the oldest batch began that is not committed; up to here it is
  /// forgotten.
  std::deque<change> changes_;
  std::size_t changed_rows_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace reprise::consumers
