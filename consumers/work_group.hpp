// SPDX-License-Identifier: Apache-2.0
//
// How a group shares events of the partitions that it holds among its members, step by step: reads,
// assigns, takes answers, and says what is to be kept. Who calls the workers, on which thread, and
// where it is kept, is another's business.
//
// Invariants: see reprise/group.hpp. Each event that is read and not done with is in one place: in
// its aggregate's lane, or assigned.
// Threading: confined to its owner, one thread at a time.

#pragma once

#include "base/clock.hpp"
#include "consumers/follower.hpp"
#include "consumers/group_share.hpp"
#include "consumers/held_share.hpp"
#include "consumers/retry_schedule.hpp"
#include "persistence/journal.hpp"

#include <reprise/group.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::consumers {

class work_group {
 public:
  /// All of it must outlive it.
  struct ports {
    const persistence::journal& log;
    const base::clock& time;
    keeping_limits keeping{};
    std::uint64_t seed = 0;
  };
  using member_id = std::uint64_t;
  struct assignment {
    std::uint64_t number = 0;
    std::uint32_t assignments = 0;
    envelope meta{};
    bytes payload{};
  };
  struct progress {
    /// There may be more to read at once.
    bool more = false;
    /// When something is to be done though nothing is committed or answered.
    std::optional<base::clock::instant> due{};
  };

  /// Holds nothing yet. `invalid_argument` for options that break a limit.
  [[nodiscard]] static result<std::unique_ptr<work_group>> open(const ports& around,
                                                                group_options options);

  /// Where it begins in a partition of which nothing is kept.
  [[nodiscard]] position begins_at(partition_id partition) const;
  /// Events of this partition are its own from now on. `beyond_head` when the log is shorter.
  [[nodiscard]] result<void> take_up(group_share share);
  /// They are not any more: none is assigned, and answers to them have no effect.
  void let_go(partition_id partition);
  [[nodiscard]] bool holds(partition_id partition) const {
    return shares_.contains(partition.value);
  }
  /// What is to be kept now, or if it `ends`, all that is worth it. Each is to be answered.
  [[nodiscard]] std::vector<group_change> take_changes(bool ends = false);
  void kept(partition_id partition, std::uint64_t holding, const result<sequence>& how);
  /// See held_share.
  [[nodiscard]] bool is_outdated(partition_id partition, sequence latest) const;
  /// Parked events that people ordered are assigned again before anything else is read, and what
  /// they skipped is parked no more. Lets go where another one has taken the partition up.
  void take_orders(const group_share& seen);
  /// Something that stands in the way of a partition; to be seen until an event is done with.
  void troubled(error why) { trouble_ = std::move(why); }

  /// `window`: unanswered events at most, at least 1.
  member_id join(std::uint32_t window);
  /// What it has not answered is assigned to others.
  void leave(member_id who);
  [[nodiscard]] std::uint64_t members() const { return members_.size(); }

  /// Reads, takes back what was not answered in time, and assigns.
  [[nodiscard]] progress advance();
  /// The next event that a member was assigned and has not been shown.
  [[nodiscard]] std::optional<assignment> take(member_id who);
  [[nodiscard]] bool has_work(member_id who) const;
  /// Of a number that is not assigned any more: without effect.
  void answer(std::uint64_t number, std::optional<group_verdict> failed, const std::string& why);

  // Of the partitions that it holds.
  [[nodiscard]] group_status status() const;
  [[nodiscard]] std::vector<group_parked_event> parked() const;
  [[nodiscard]] result<std::uint64_t> replay_parked(std::uint64_t most);
  [[nodiscard]] result<std::uint64_t> drop_parked();

 private:
  using place = std::pair<std::uint32_t, std::uint64_t>;
  struct item {
    envelope meta{};
    bytes payload{};
    std::uint32_t assignments = 0;
    base::clock::instant not_before{};
    // It is a parked one that is tried again.
    bool was_parked = false;
  };
  // Events of one aggregate in their order, and whether the one before the first is assigned.
  struct lane {
    partition_id partition{};
    std::deque<item> items{};
    bool assigned = false;
  };
  struct given {
    member_id to = 0;
    item what{};
    base::clock::instant until{};
  };
  struct member {
    std::uint32_t window = 1;
    std::set<std::uint64_t> has{};
    std::deque<std::uint64_t> unseen{};
  };
  static constexpr std::size_t buckets = 1'024;

  work_group(const ports& around, group_options options);
  [[nodiscard]] result<void> read(progress& out);
  void queue_ordered();
  [[nodiscard]] result<bool> queue_parked(const partition_cursor& where);
  [[nodiscard]] bool is_replaying() const;
  [[nodiscard]] std::uint64_t replaying() const;
  void queue(item what);
  void assign();
  [[nodiscard]] bool assign_first(const aggregate_key& key, lane& l);
  [[nodiscard]] member* taker_of(const aggregate_key& key, member_id& who);
  [[nodiscard]] member* in_turn(member_id& who);
  void take_back(std::uint64_t number, bool at_once);
  void take_from(member_id who, std::uint64_t number);
  void expire();
  void over(const item& what);
  void freed(const aggregate_key& key);
  [[nodiscard]] result<void> park(const item& what, const std::string& why);

  const ports ports_;
  const group_options options_;
  follower follower_;
  retry_schedule waits_;
  // By the number of the partition.
  std::map<std::uint32_t, held_share> shares_;
  std::map<member_id, member> members_;
  member_id last_member_ = 0;
  // Whose turn it was last.
  member_id turn_ = 0;
  std::array<member_id, buckets> pinned_{};
  std::map<aggregate_key, lane> lanes_;
  // Lanes whose first event may be assigned, in the order in which they became so.
  std::deque<aggregate_key> ready_;
  std::multimap<base::clock::instant, aggregate_key> later_;
  std::map<std::uint64_t, given> given_;
  std::uint64_t last_number_ = 0;
  std::uint64_t waiting_ = 0;
  bool stopped_ = false;
  // What failed last, until it is done or passed by.
  std::optional<error> trouble_;
  std::optional<place> failing_;
};

}  // namespace reprise::consumers
