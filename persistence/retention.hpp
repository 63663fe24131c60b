// SPDX-License-Identifier: Apache-2.0
//
// How many of an aggregate's events stay readable, and down to where they may be hidden.
//
// Invariants
//  * What a state needs is never hidden: two snapshots lie at or above the last hidden event, so
//    that one of them may turn out to be damaged.
//  * What was hidden stays hidden, whatever the limits are later.
// Threading: a pure function of journal and snapshots; any thread. Blocks while it reads.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace reprise::persistence {

/// Where both are set, an event has to keep to both.
struct retention {
  /// So many of the newest events stay readable; 0: all.
  std::uint64_t events_max = 0;
  /// Events stay readable for so long; 0: for ever.
  std::chrono::seconds events_for{0};

  [[nodiscard]] bool keeps_all() const { return events_max == 0 && events_for.count() == 0; }
};

/// A prefix of an aggregate's events that may be hidden.
struct hideable_events {
  /// The first sequence that stays readable.
  reprise::sequence before{};
  /// How many of those below it can still be read.
  std::uint64_t count = 0;
};

/// Whether a state can be made from a snapshot; only such ones count.
using snapshot_check = std::function<bool(const snapshot&)>;

/// What `limits` want hidden by `now` and two usable snapshots cover; nothing where there is no
/// such event, or the aggregate is not live. The snapshots may still have to be made durable.
[[nodiscard]] result<std::optional<hideable_events>> events_to_hide(
    const journal& events, const snapshot_store& snapshots, const aggregate_key& aggregate,
    const retention& limits, const snapshot_check& usable, timestamp now);

}  // namespace reprise::persistence
