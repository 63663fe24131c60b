// SPDX-License-Identifier: Apache-2.0
//
// One partition as a journal holds it: its staging core, guarded, and the hand-out of its answers.
//
// Invariants
//  * Answers reach their listeners in the order in which they fell due, never two at a time.
//  * No listener runs while the partition is locked, so it may append again.
// Threading: every method may be called from any thread.

#pragma once

#include "persistence/entry_source.hpp"
#include "persistence/partition_log.hpp"
#include "persistence/record_lookup.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace reprise::persistence {

/// What is guarded by a partition's lock.
struct partition_state {
  partition_log log;
  /// Told to the committer and not yet taken by it.
  bool queued = false;
  /// Found damaged: why nothing more is appended.
  std::optional<error> damage{};
};

class journal_partition {
 public:
  journal_partition(partition_id id, const append_limits& limits,
                    std::unique_ptr<entry_source> entries);

  [[nodiscard]] const entry_source& entries() const { return *entries_; }

  /// Calls `use(state)` while the partition is locked.
  template <class F>
  decltype(auto) with(F&& use) {
    const std::lock_guard hold(mutex_);
    return std::forward<F>(use)(state_);
  }
  template <class F>
  decltype(auto) with(F&& use) const {
    const std::lock_guard hold(mutex_);
    return std::forward<F>(use)(state_);
  }

  /// Hands out all answers that are due. When another call is doing so, that one goes on with them.
  void hand_out();

 private:
  // Looks back at single committed records.
  class committed_records final : public record_lookup {
   public:
    explicit committed_records(const entry_source& entries) : entries_(entries) {}
    [[nodiscard]] result<void> look(position at, const record_visit& visit) const override;

   private:
    const entry_source& entries_;
  };

  const std::unique_ptr<entry_source> entries_;
  const committed_records committed_;
  mutable std::mutex mutex_;
  partition_state state_;
  // Guarded by mutex_.
  bool handing_out_ = false;
};

}  // namespace reprise::persistence
