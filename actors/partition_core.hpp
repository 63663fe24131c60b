// SPDX-License-Identifier: Apache-2.0
//
// What a partition does with its mail: activates aggregates, lets them decide, appends, answers.
// Plain C++: time, journal and recoveries are ports, so the same code runs under a seed.
//
// Invariants
//  * A reply leaves only after everything that its state rests on is committed.
//  * Commands of one aggregate are decided in the order in which they arrived, also across a
//    recovery, and never two at once.
//  * When an append fails, every state that rests on it is dropped before anything else is decided.
//  * An activation with appends under way or commands waiting is never passivated.
// Threading: confined to one actor; journal and recoverer answer through that actor's inbox.
// Source of the pipelining: decision D5 of docs/architecture.md.

#pragma once

#include "actors/activation.hpp"
#include "actors/command_message.hpp"
#include "actors/restore.hpp"
#include "base/clock.hpp"
#include "persistence/journal.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/detail/aggregate_type.hpp>
#include <reprise/metrics.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace reprise::actors {

struct recovery_request {
  std::uint64_t ticket = 0;
  const detail::aggregate_type* type = nullptr;
  aggregate_key key{};
  restore_bounds until{};
};

struct recovery_answer {
  std::uint64_t ticket = 0;
  result<restored> outcome;
};

struct snapshot_job {
  const detail::aggregate_type* type = nullptr;
  aggregate_key key{};
  persistence::snapshot taken{};
  std::uint32_t keep = 0;
};

/// Does what blocks, elsewhere. Bounded by the number of activations.
class recoverer {
 public:
  virtual ~recoverer() = default;
  /// Answers through partition_core::recovered(), later.
  virtual void recover(recovery_request request) = 0;
  /// A snapshot that cannot be saved is counted and forgotten.
  virtual void save(snapshot_job job) = 0;
};

/// What can be changed while a partition runs; empty: stays as it is.
struct adjustment {
  aggregate_type_id type{};
  std::optional<std::chrono::milliseconds> passivate_after{};
  std::optional<std::uint64_t> active_max{};
};

struct partition_limits {
  std::uint64_t active_max = 0;
  std::size_t payload_bytes_max = 0;
  std::chrono::milliseconds recovery_limit{};
};

/// Instruments that all partitions of a node share.
struct partition_metrics {
  explicit partition_metrics(metrics& registry);

  counter& accepted;
  counter& rejected;
  counter& failed;
  counter& one_way_failed;
  counter& expired;
  counter& overloaded;
  counter& repeated;
  counter& decided_again;
  counter& window_dropped;
  counter& activated;
  counter& passivated;
  counter& slow_handlers;
  counter& snapshots_above_head;
  histogram& replay_us;
};

class partition_core {
 public:
  struct ports {
    persistence::journal& events;
    /// Answers of the journal come back through appended().
    persistence::append_listener& answers;
    recoverer& recoveries;
    const base::clock& time;
    partition_metrics& measured;
  };

  partition_core(partition_id id, const ports& around, const partition_limits& limits);
  partition_core(const partition_core&) = delete;
  partition_core& operator=(const partition_core&) = delete;
  ~partition_core();

  /// From now on commands for this type are handled; again for a type it has: no effect.
  void host(const detail::aggregate_type& type);
  /// Changes the idle time of a type's activations, and how many of all types stay in memory.
  void adjust(const adjustment& change);
  void receive(command_message command);
  void appended(std::span<persistence::append_answer> answers);
  void recovered(recovery_answer answer);
  /// Does what is due by now.
  void tick();
  /// When tick() has something to do next; empty: nothing is due until the next mail.
  [[nodiscard]] std::optional<base::clock::instant> next_due() const;
  /// Whether this node leads the partition; it does unless told otherwise. When it ceases to, all
  /// activations go, with whatever of their state is not committed, and so does what is being
  /// loaded; commands are answered as led elsewhere, appends under way as the journal says.
  void lead(bool leads);
  /// Activations that hold personal data go, and so does what is being loaded for them; commands
  /// wait and are decided on what is loaded anew. Appends under way are not disturbed.
  void renew();
  /// Answers every waiting command `stopped`; appends under way are still answered.
  void stop();

  [[nodiscard]] std::uint64_t active() const { return active_.size(); }

 private:
  // Activations are found by the key that they hold.
  struct activation_hash {
    using is_transparent = void;
    std::size_t operator()(const aggregate_key& key) const;
    std::size_t operator()(const std::unique_ptr<activation>& a) const { return (*this)(a->key); }
  };
  struct activation_equal {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const { return key_of(a) == key_of(b); }

   private:
    static const aggregate_key& key_of(const aggregate_key& key) { return key; }
    static const aggregate_key& key_of(const std::unique_ptr<activation>& a) { return a->key; }
  };

  // A read, rejection or repeat whose answer rests on an append.
  struct held_answer {
    command_message command;
    /// Empty: to be looked at again then.
    std::optional<result<detail::raw_answer>> outcome;
  };
  // An append that the journal has not answered yet.
  struct flight {
    activation* owner = nullptr;
    command_message command{};
    result<detail::raw_answer> outcome = detail::raw_answer{};
    reprise::sequence last{};
    std::optional<persistence::snapshot> snapshot{};
    std::vector<held_answer> behind{};
  };
  // A repeat that needs an earlier state to be answered like the first time.
  struct past_reply {
    command_message command;
    receipt at{};
  };

  activation& activate(const command_message& command, hosted_type& type);
  void await_recovery(activation& a, command_message command);
  void begin_recovery(activation& a);
  void recovery_failed(activation& a, const error& why);
  void resume(activation& a);
  void answer_all_waiting(activation& a, const error& why);
  void answer_past_reply(past_reply& repeat, result<restored> outcome);
  void install(activation& a, restored state);
  void drop(activation& a);
  [[nodiscard]] std::vector<activation*> not_live_in_order() const;
  void tick_not_live(activation& a, base::clock::instant now);
  void renew(activation& a);
  void renew_past_replies();

  void execute(activation& a, command_message command);
  bool answer_repeat(activation& a, command_message& command);
  void answer_from_the_past(activation& a, command_message command,
                            const persistence::remembered_command& first);
  void append(activation& a, command_message command, detail::handled decided, timestamp now);
  void remember(activation& a, const command_message& command, position at);
  void consider_snapshot(activation& a, flight& f, timestamp now);
  void hold_or_answer(activation& a, command_message command, result<detail::raw_answer> outcome);

  void settle(persistence::append_answer& answer, std::vector<activation*>& lost);
  void committed(activation& a, flight& f, const receipt& at);
  void lost(activation& a, flight& f, const error& why);
  void retire_lost(std::vector<activation*>& lost);
  [[nodiscard]] error why_undecided(const command_message& command, const error& conflict) const;
  [[nodiscard]] error led_elsewhere() const;

  void answer(command_message& command, result<detail::raw_answer> outcome);
  void touch(activation& a);
  void expire_waiting(activation& a);
  void passivate_idle();
  void passivate(activation& a);
  void drop_leaving();
  void keep_within_limit(const activation* spared);
  flight& flight_of(std::uint64_t tag) { return flights_[tag - first_tag_]; }

  const partition_id id_;
  ports around_;
  partition_limits limits_;
  std::unordered_map<std::uint64_t, hosted_type> types_;
  std::unordered_set<std::unique_ptr<activation>, activation_hash, activation_equal> active_;
  // Those with recovery state, so that tick() need not look at the others.
  std::unordered_set<activation*> not_live_;
  // Tags are consecutive and answers come in their order, so this is a queue.
  std::deque<flight> flights_;
  std::uint64_t first_tag_ = 1;
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, activation*> tickets_;
  std::unordered_map<std::uint64_t, past_reply> past_replies_;
  // Activations that may leave memory once the mail at hand is done with.
  std::vector<activation*> leaving_;
  bool stopping_ = false;
  bool leads_ = true;
};

}  // namespace reprise::actors
