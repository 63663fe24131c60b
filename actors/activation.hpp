// SPDX-License-Identifier: Apache-2.0
//
// One aggregate in memory: its instance, where it stands, and what waits for it.
//
// Life: recovering (no instance, commands wait) -> live -> draining (its speculative state was
// lost, appends are still to be answered) -> recovering again; or passivated, which is destruction.
//
// Threading: confined to its partition.

#pragma once

#include "actors/command_message.hpp"
#include "actors/command_window.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::actors {

struct activation;
/// Least recently used first.
using activation_order = std::list<activation*>;

/// An aggregate type as one partition hosts it.
struct hosted_type {
  detail::aggregate_type type;
  /// From the type's options, unless it was changed since.
  std::chrono::milliseconds passivate_after{};
  activation_order idle_first{};
};

/// What an activation needs only while it is not live.
struct recovery_state {
  /// Names the recovery under way; 0 when none is. An answer with another ticket is late: ignored.
  std::uint64_t ticket = 0;
  base::clock::instant began{};
  /// Not before then again, after a recovery that failed.
  std::optional<base::clock::instant> retry_at{};
  std::uint32_t failures = 0;
  /// Why it cannot be activated; answered to everybody until retry_at.
  std::optional<error> refused{};
  /// Commands that were decided on a state that was lost; decided anew before those that wait.
  std::vector<command_message> again{};
  std::deque<command_message> waiting{};
};

struct activation {
  aggregate_key key{};
  hosted_type* type = nullptr;
  /// Empty unless live.
  std::unique_ptr<detail::hosted> instance{};
  command_window window{};
  /// Of the last event decided, committed or not.
  reprise::sequence last{};
  /// Of the last event committed.
  reprise::sequence committed{};
  position at{};
  reprise::sequence snapshot_at{};
  /// Appends not answered yet.
  std::uint32_t pending = 0;
  /// The next append must find no live events (fresh, or deleted before).
  bool empty = true;
  /// Leaves memory when its last append is answered, unless another command comes before.
  bool leaving = false;
  /// Tag of the last append made; what rests on its state waits for it.
  std::uint64_t last_tag = 0;
  base::clock::instant used{};
  activation_order::iterator place{};
  /// Empty while live.
  std::unique_ptr<recovery_state> recovery{};
};

}  // namespace reprise::actors
