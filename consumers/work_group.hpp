// SPDX-License-Identifier: Apache-2.0
//
// How a group shares events among its members, step by step: reads, assigns, takes answers, and
// keeps how far it has come. Who calls the workers, and on which thread, is another's business.
//
// Invariants: see reprise/group.hpp. Each event that is read and not done with is in one place: in
// its aggregate's lane, or assigned.
// Threading: confined to its owner, one thread at a time.

#pragma once

#include "base/clock.hpp"
#include "consumers/checkpoint_rule.hpp"
#include "consumers/follower.hpp"
#include "consumers/group_rows.hpp"
#include "consumers/retry_schedule.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"

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
    persistence::row_store& rows;
    const base::clock& time;
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

  /// `invalid_argument` for options that break a limit, `beyond_head` when the log is shorter.
  [[nodiscard]] static result<std::unique_ptr<work_group>> open(const ports& around,
                                                                group_options options);

  /// `window`: unanswered events at most, at least 1.
  member_id join(std::uint32_t window);
  /// What it has not answered is assigned to others.
  void leave(member_id who);
  [[nodiscard]] std::uint64_t members() const { return members_.size(); }

  /// Reads, takes back what was not answered in time, assigns, and saves when that is due.
  [[nodiscard]] progress advance();
  /// The next event that a member was assigned and has not been shown.
  [[nodiscard]] std::optional<assignment> take(member_id who);
  [[nodiscard]] bool has_work(member_id who) const;
  /// Of a number that is not assigned any more: without effect.
  void answer(std::uint64_t number, std::optional<group_verdict> failed, const std::string& why);
  /// Saves; nothing follows.
  void finish();

  [[nodiscard]] group_status status() const;
  [[nodiscard]] result<std::vector<group_parked_event>> parked() const;
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
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> read(progress& out);
  [[nodiscard]] result<void> queue_ordered();
  [[nodiscard]] result<bool> queue_parked(const partition_cursor& where);
  void queue(item what);
  void assign();
  [[nodiscard]] bool assign_first(const aggregate_key& key, lane& l);
  [[nodiscard]] member* taker_of(const aggregate_key& key, member_id& who);
  [[nodiscard]] member* in_turn(member_id& who);
  void take_back(std::uint64_t number, bool at_once);
  void expire();
  void over(const item& what);
  void freed(const aggregate_key& key);
  [[nodiscard]] result<void> park(const item& what, const std::string& why);
  [[nodiscard]] std::vector<partition_cursor> safe_cursors() const;
  [[nodiscard]] result<void> save(const persistence::row_changes& changes);

  const ports ports_;
  const group_options options_;
  std::optional<follower> follower_;
  checkpoint_rule rule_;
  retry_schedule waits_;
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
  // Not done with, by partition.
  std::set<place> open_;
  // Parked ones that somebody wants tried again, and that do not wait for workers yet.
  std::deque<partition_cursor> ordered_;
  // Parked ones that are tried again and not done with.
  std::uint64_t replayed_ = 0;
  std::uint64_t parked_ = 0;
  std::vector<partition_cursor> saved_;
  bool stopped_ = false;
  // What failed last, until it is done or passed by.
  std::optional<error> trouble_;
  std::optional<place> failing_;
};

}  // namespace reprise::consumers
