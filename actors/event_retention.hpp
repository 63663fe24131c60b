// SPDX-License-Identifier: Apache-2.0
//
// Hides the events that an aggregate type does not keep, once snapshots cover them.
//
// Invariants
//  * The snapshots that make events dispensable are durable before those are hidden.
//  * What could not be hidden is hidden after a later snapshot; nobody waits for it.
// Threading: every method may be called from any thread; after_snapshot() blocks. The journal must
// have answered all appends before this is gone.

#pragma once

#include "base/clock.hpp"
#include "persistence/journal.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/detail/aggregate_type.hpp>
#include <reprise/metrics.hpp>

#include <span>

namespace reprise::actors {

class event_retention final : public persistence::append_listener {
 public:
  event_retention(persistence::journal& events, persistence::snapshot_store& snapshots,
                  const base::clock& time, metrics& measured);

  /// From now on all events stay: other nodes read them, and have no snapshots to do without.
  /// Before anything else is called.
  void keep_all() { hides_ = false; }

  /// A snapshot of this aggregate was saved.
  void after_snapshot(const detail::aggregate_type& type, const aggregate_key& aggregate);
  void appended(std::span<persistence::append_answer> answers) override;

 private:
  result<void> hide(const detail::aggregate_type& type, const aggregate_key& aggregate);

  persistence::journal& events_;
  persistence::snapshot_store& snapshots_;
  const base::clock& time_;
  counter& truncations_;
  counter& events_hidden_;
  counter& failed_;
  bool hides_ = true;
};

}  // namespace reprise::actors
