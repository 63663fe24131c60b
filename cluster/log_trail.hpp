// SPDX-License-Identifier: Apache-2.0
//
// The end of a partition's log as its core has it in memory: where entries stand and how large they
// are. The core itself counts entries only.
//
// Invariants
//  * Positions are dense from base_position() on.
// Threading: confined to its core.

#pragma once

#include "cluster/log_entry.hpp"

#include <cstddef>
#include <deque>

namespace reprise::cluster {

class log_trail {
 public:
  /// Begins behind this entry, which ends at `at`.
  void restart(log_index index, position at);
  /// False, and nothing done, when index or positions are not next in line. An entry of consensus
  /// is copied, one of records is not.
  [[nodiscard]] bool append(const log_entry& entry);
  /// Drops entries from this index on; it is above base_index().
  void cut(log_index from);
  /// Forgets entries up to this index, which it has.
  void forget(log_index up_to);

  [[nodiscard]] log_index base_index() const { return base_index_; }
  [[nodiscard]] log_index last_index() const { return {base_index_.value + entries_.size()}; }
  [[nodiscard]] position last_position() const;
  [[nodiscard]] bool holds(log_index index) const {
    return index > base_index_ && index <= last_index();
  }
  /// Last position of an entry that it holds, or of its base.
  [[nodiscard]] position last_position_of(log_index index) const;
  /// Of an entry that it holds.
  [[nodiscard]] term term_of(log_index index) const { return at(index).in_term; }
  /// Bytes of an entry of consensus; empty for records.
  [[nodiscard]] bytes_view stored(log_index index) const;
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }
  /// How many entries up to `last` come to no more than `bytes`.
  [[nodiscard]] std::size_t entries_within(log_index last, std::size_t bytes) const;

 private:
  struct held {
    position last{};
    term in_term{};
    std::size_t bytes = 0;
    reprise::bytes stored{};
  };
  [[nodiscard]] const held& at(log_index index) const;

  log_index base_index_{};
  position base_position_{};
  std::deque<held> entries_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace reprise::cluster
