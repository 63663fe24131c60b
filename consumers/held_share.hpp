// SPDX-License-Identifier: Apache-2.0
//
// One partition of a group, from when it was taken up: which of its events are not done with, which
// are parked, and what of that is to be kept.
//
// Invariants
//  * What is to be kept never passes an event that is not done with; one that is parked is kept as
//    such with the position that passes it.
//  * One change is under way at a time. What it held is to be kept again when it was not kept.
// Threading: confined to its owner; time is a parameter.

#pragma once

#include "base/clock.hpp"
#include "consumers/group_share.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace reprise::consumers {

/// When progress is to be kept. What is parked, or parked no more, is at once.
struct keeping_limits {
  /// Events that are done with; at least 1.
  std::uint64_t events = 1'000;
  /// Records that are passed over beside; at least 1.
  std::uint64_t passed = 65'536;
  /// Since an event was done with.
  std::chrono::milliseconds within{1'000};
};

class held_share {
 public:
  explicit held_share(group_share from);

  [[nodiscard]] std::uint64_t holding() const { return holding_; }
  [[nodiscard]] position kept_through() const { return kept_; }
  [[nodiscard]] const std::map<position, group_parked_event>& parked() const { return parked_; }
  /// Parked ones that are being assigned again, or are to be.
  [[nodiscard]] bool is_replaying() const { return !trying_.empty() || !ordered_.empty(); }
  [[nodiscard]] std::size_t replaying() const { return trying_.size(); }

  // ---- what becomes of its events

  /// It is read, and not done with.
  void open(position at) { open_.insert(at); }
  /// All up to here was read.
  void read_to(position through);
  void done(position at, base::clock::instant now);
  /// An open one, or one that was parked already.
  void park(group_parked_event what);
  /// A parked one is done with.
  void settle(position at);
  /// A parked one is assigned again.
  void try_again(position at) { trying_.insert(at); }
  /// The first of those that are ordered, once.
  [[nodiscard]] std::optional<position> take_ordered();
  /// What people ordered since: the ledger as it is now. False: another one has taken it up.
  [[nodiscard]] bool take_orders(const group_share& seen);
  /// Somebody else has changed the ledger since this one knows it. `latest`: its last change.
  [[nodiscard]] bool is_outdated(sequence latest) const {
    return !under_way_ && (is_missing_one_ || latest > known_);
  }
  /// There is no such event any more.
  void drop_order(position at) { unordered_.insert(at); }

  // ---- what is to be kept

  [[nodiscard]] bool is_due(const keeping_limits& limits, base::clock::instant now) const;
  /// When it is due for its age, or to be tried again; nothing while nothing is to be kept.
  [[nodiscard]] std::optional<base::clock::instant> due_at(const keeping_limits& limits) const;
  /// Whether it is worth keeping by somebody who ends.
  [[nodiscard]] bool has_news() const;
  /// None may be under way.
  [[nodiscard]] group_change take_change();
  /// What became of it: the ledger's change, or why there is none.
  void kept(const result<sequence>& how, base::clock::instant now);

 private:
  [[nodiscard]] bool is_urgent() const;
  [[nodiscard]] position safe() const;

  const partition_id partition_;
  const std::uint64_t holding_;
  sequence known_;
  /// One before the last known change was somebody else's.
  bool is_missing_one_ = false;
  position read_;
  position kept_;
  std::set<position> open_;
  std::map<position, group_parked_event> parked_;
  std::deque<position> ordered_;
  std::set<position> trying_;

  bool is_new_;
  std::set<position> unkept_parked_;
  std::set<position> settled_;
  std::set<position> unordered_;
  /// Since the last change was taken.
  std::uint64_t done_ = 0;
  std::uint64_t passed_ = 0;
  std::optional<base::clock::instant> done_since_;
  std::optional<group_change> under_way_;
  std::optional<base::clock::instant> retry_at_;
};

}  // namespace reprise::consumers
