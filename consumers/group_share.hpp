// SPDX-License-Identifier: Apache-2.0
//
// What is kept of a group for each partition, and how that changes.

#pragma once

#include <reprise/group.hpp>
#include <reprise/ids.hpp>

#include <cstdint>
#include <vector>

namespace reprise::consumers {

struct group_share {
  partition_id partition{};
  /// Counts how often the partition was loaded.
  std::uint64_t holding = 0;
  /// The last change of it that this rests on, where others may change it too; 0 where nobody can.
  sequence known{};
  /// Its events up to here are done with, or parked.
  position through{};
  /// It begins there, and that is not kept yet.
  bool is_new = false;
  /// By position.
  std::vector<group_parked_event> parked{};
  /// Parked events that somebody wants assigned again, by position.
  std::vector<position> ordered{};
};

/// Means the same when it is kept twice.
struct group_change {
  partition_id partition{};
  /// Of the share that it comes from.
  std::uint64_t holding = 0;
  position through{};
  /// Parked, or parked again.
  std::vector<group_parked_event> parked{};
  /// Parked and ordered no more.
  std::vector<position> settled{};
  /// Ordered no more.
  std::vector<position> unordered{};
};

}  // namespace reprise::consumers
