// SPDX-License-Identifier: Apache-2.0
//
// The end of one replica's log, as it stands on this disk: entries that are written and not folded
// yet. They may be cut.
//
// Invariants
//  * Indexes and positions are dense, from the last folded entry on.
// Threading: every method may be called from any thread.

#pragma once

#include <reprise/ids.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// An entry that is not folded yet.
struct unfolded_entry {
  /// Of the entry in its partition, from 1.
  std::uint64_t index = 0;
  position first{};
  position last{};
  /// In the table `log`.
  std::uint64_t key = 0;
};

class replica_tail {
 public:
  /// The last folded entry, and what is behind it.
  void restore(std::uint64_t folded, std::deque<unfolded_entry> behind);
  void add(const unfolded_entry& next);
  /// Drops entries from this index on, none of which is folded.
  void cut(std::uint64_t from);
  /// The oldest one, if it is not behind `up_to`.
  [[nodiscard]] std::optional<unfolded_entry> oldest(std::uint64_t up_to) const;
  /// The oldest one is folded now.
  void fold_oldest();

  [[nodiscard]] std::uint64_t folded() const;
  /// Index of the last entry, 0 for none.
  [[nodiscard]] std::uint64_t last() const;
  [[nodiscard]] std::optional<unfolded_entry> find(std::uint64_t index) const;
  /// Those from this index on.
  [[nodiscard]] std::vector<unfolded_entry> from(std::uint64_t index) const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t folded_ = 0;
  std::deque<unfolded_entry> behind_;
};

}  // namespace reprise::persistence
