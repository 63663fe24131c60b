// SPDX-License-Identifier: Apache-2.0
//
// Brings an aggregate back from its newest usable snapshot and the events after it. The same path
// serves activation and time travel.
//
// Threading: a pure function of journal and snapshots; any thread. Blocks while it reads.

#pragma once

#include "base/clock.hpp"
#include "persistence/journal.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::actors {

/// How far to replay; both empty: to the head.
struct restore_bounds {
  std::optional<reprise::sequence> sequence{};
  std::optional<timestamp> time{};
};

struct restored {
  std::unique_ptr<detail::hosted> instance{};
  reprise::sequence last{};
  position at{};
  timestamp time{};
  /// The aggregate has no live events: it never wrote, or was deleted. Its next event must not
  /// find any.
  bool empty = true;
  std::vector<persistence::remembered_command> commands{};
  std::vector<persistence::delivered_command> delivered{};
  reprise::sequence snapshot_at{};
  std::uint64_t replayed = 0;
  std::chrono::microseconds took{};
  /// A snapshot above the head was found: the log has lost its tail, or is not this store's.
  bool snapshot_above_head = false;
};

struct restore_sources {
  const persistence::journal& events;
  const persistence::snapshot_store& snapshots;
  const base::clock& time;
};

/// `replay_failed` names aggregate, sequence and event type; `tombstoned`, `beyond_head`,
/// `history_gone` and whatever the journal's read() answers.
[[nodiscard]] result<restored> restore(const restore_sources& from,
                                       const detail::aggregate_type& type, const aggregate_key& key,
                                       const restore_bounds& until);

}  // namespace reprise::actors
