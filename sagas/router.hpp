// SPDX-License-Identifier: Apache-2.0
//
// Brings events to the instances of one type of saga: follows the log, asks the saga's code for the
// keys, and tells each instance in the order of the log.
//
// Invariants
//  * The next event of an instance is sent when it is done with the one before; instances do not
//    wait for each other.
//  * An event reaches also those that had taken on one of its keys when it was committed. So it
//  goes
//    to nobody before all is known that was committed before it.
//  * As long as the keys of an event cannot be found out, later ones of its partition wait: one of
//    them may be of the same instance, which takes what comes late for a repeat.
//  * The checkpoint never passes an event that an instance was not done with. What comes twice
//    after a crash is known to the instance by where it stands in the log; but what was parked
//    under its aggregate's id, for want of keys, may find keys then.
//  * What is on its way is bounded; when it is full nothing more is read.
// Threading: see courier.

#pragma once

#include "base/clock.hpp"
#include "consumers/checkpoint_rule.hpp"
#include "consumers/follower.hpp"
#include "consumers/retry_schedule.hpp"
#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"
#include "saga_log.reprise.hpp"
#include "sagas/courier.hpp"
#include "sagas/taken_keys.hpp"

#include <reprise/detail/saga_type.hpp>
#include <reprise/metrics.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::sagas {

class router final : public courier {
 public:
  /// All of it must outlive it.
  struct ports {
    const persistence::journal& log;
    persistence::checkpoint_store& saved;
    persistence::row_store& rows;
    const base::clock& time;
    command_sender& sender;
    reprise::metrics& measured;
    /// Of the chance in waits before a repeat.
    std::uint64_t seed = 0;
  };

  /// `beyond_head` when the log is shorter than its checkpoint.
  [[nodiscard]] static result<std::unique_ptr<router>> open(const ports& around,
                                                            const detail::saga_type& type);

  progress advance() override;
  void answered(std::uint64_t token, result<detail::raw_answer> outcome) override;
  void finish() override;
  std::uint64_t lag() const override { return follower_->lag(); }
  const std::optional<error>& trouble() const override { return halted_ ? halted_ : trouble_; }

 private:
  // An event on its way to one instance.
  struct item {
    partition_id partition{};
    position at{};
    log::message message{};
    correlation_id correlation{};
    // The keys could not be found out: its lane is that of the aggregate's id.
    bool unrouted = false;
  };
  struct lane_key {
    std::string tenant{};
    std::string key{};
    auto operator<=>(const lane_key&) const = default;
  };
  struct lane {
    std::deque<item> items{};
    bool sent = false;
    // It has failed often enough: it is sent to be parked.
    bool parks = false;
    std::uint64_t attempts = 0;
    std::uint64_t waits = 0;
    std::string cause{};
  };

  router(const ports& around, const detail::saga_type& type);
  [[nodiscard]] result<void> begin();
  // Whom an event goes to: instances by their keys.
  struct receivers {
    // Those whose own keys are the event's.
    std::vector<std::string> own{};
    // Others, who have taken on one of them.
    std::vector<std::string> more{};
  };
  // More to be read at once.
  [[nodiscard]] bool read_on();
  [[nodiscard]] bool take(const persistence::stored_record& record);
  void take_answer(std::uint64_t token, result<detail::raw_answer> outcome);
  void distribute_fresh();
  [[nodiscard]] result<receivers> receivers_of(const item& what);
  // False where that cannot be found out now; nothing has happened then.
  [[nodiscard]] bool distribute(const item& what);
  void release(partition_id partition);
  void enqueue(const std::string& key, item what);
  void pump(const lane_key& key, lane& l);
  void route(const lane_key& key, lane& l, const receivers& to);
  void work_off();
  void count_in(const item& what, std::size_t lanes);
  void send(const lane_key& key, lane& l);
  void failed(const lane_key& key, lane& l, const error& why);
  void try_later(const lane_key& key, std::uint64_t nth);
  void done_with_first(const lane_key& key, lane& l);
  void done_with(partition_id partition, position at);
  void pump_due();
  [[nodiscard]] std::vector<partition_cursor> safe_cursors() const;
  [[nodiscard]] result<void> save();

  const ports ports_;
  const detail::saga_type& type_;
  const std::string name_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> starting_;
  std::optional<consumers::follower> follower_;
  consumers::checkpoint_rule rule_;
  consumers::retry_schedule waits_;

  // Null where no instance can take on keys.
  std::unique_ptr<taken_keys> taken_;
  // Events that were read and go to nobody yet, and what must be known before they do.
  std::deque<item> fresh_;
  std::vector<position> fresh_ends_;

  std::map<lane_key, lane> lanes_;
  // Of each partition: events behind one whose keys are not known; whether there is such a one.
  struct held_back {
    std::deque<item> items{};
    bool holds = false;
  };
  std::vector<held_back> held_;
  // Left for work_off(): lanes whose next event may be sent, partitions that nothing holds.
  std::vector<lane_key> ready_;
  std::vector<partition_id> released_;
  // Partitions whose events could not be distributed the last time.
  std::vector<partition_id> stuck_;
  // In lanes, held back, and fresh.
  std::uint64_t queued_ = 0;
  std::multimap<base::clock::instant, lane_key> due_;
  std::map<std::uint64_t, lane_key> tokens_;
  std::uint64_t last_token_ = 0;
  // For each partition: events that somebody is not done with, and how many are not.
  std::vector<std::map<position, std::uint32_t>> outstanding_;
  // Why the log was not read, or the checkpoint not saved, at last.
  std::optional<error> halted_;
  std::optional<error> trouble_;
  bool stopped_ = false;
  counter& skipped_;
  counter& parked_;
};

}  // namespace reprise::sagas
