// SPDX-License-Identifier: Apache-2.0
//
// One thing that an instance takes in: calls the user's code on a copy, and gathers what changes
// into one log::change. Nothing of it counts until that is folded.
//
// Invariant: a turn that failed must be thrown away.
// Threading: confined to the call that makes it.

#pragma once

#include "saga_log.reprise.hpp"

#include <reprise/context.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::sagas {

/// What a turn may ask the node.
struct node_view {
  /// Whether it can send to aggregates of a type.
  std::function<bool(aggregate_type_id)> hosts{};
  /// Up to where each partition's log is committed, by number.
  std::function<std::vector<position>()> log_ends{};
};

class saga_turn {
 public:
  /// All of it must outlive the turn.
  struct surroundings {
    const detail::saga_type& type;
    const node_view& node;
    const std::string& key;
    const context& around;
  };

  saga_turn(const surroundings& with, const log::saga_state& before);

  /// A new life, with fresh data.
  void begin();
  /// An event of another aggregate.
  [[nodiscard]] result<void> show(const envelope& meta, bytes_view payload);
  /// A deadline or wait that fell due, which is over now.
  [[nodiscard]] result<void> fall_due(const log::effect& what);
  /// An open wait, or one that is yet to come.
  [[nodiscard]] result<void> answer(const std::string& name, const bytes& payload);
  /// A step that is over. What was not accepted runs its failure branch.
  [[nodiscard]] result<void> settle(const log::effect& step, const step_result& how);
  /// Takes back what was done; only while running.
  [[nodiscard]] result<void> compensate(const std::string& why);
  /// Ends it at once; nothing more is tried.
  void kill(const std::string& why);
  /// Tries something that was given up anew, with another payload unless that is empty.
  void try_anew(const log::effect& stuck, const bytes& payload);
  /// Forgets something that was given up, and goes on with a compensation.
  [[nodiscard]] result<void> drop(const log::effect& stuck);
  /// Goes on with a compensation where a step of it was given up.
  [[nodiscard]] result<void> give_up(const log::effect& stuck);

  [[nodiscard]] log::change take_change() { return std::move(change_); }

 private:
  using user_call = std::function<result<effects>(detail::user_saga& code)>;

  [[nodiscard]] result<void> run(const user_call& call, const bytes& payload = {});
  // How effects came to be asked for.
  struct asked {
    bool takes_back = false;
    // They stand in for a step that is over, or take one back.
    bool has_room = false;
  };
  [[nodiscard]] result<void> take(const effects& wanted, const asked& how);
  [[nodiscard]] result<void> open_step(const effect& wanted, const asked& how);
  [[nodiscard]] result<void> check_room() const;
  [[nodiscard]] result<void> open_wait(const effect& wanted);
  void open_timer(const effect& wanted);
  void open(log::effect what);
  void close(std::uint64_t number);
  void note_waited(const std::string& name);
  [[nodiscard]] result<void> add_key(const std::string& key);
  void drop_key(const std::string& key);
  void note_key(const std::string& key, bool added);
  /// Without a name: all of them.
  void close_timers(const std::optional<std::string>& name = {});
  void reset_idle();
  [[nodiscard]] result<void> go_on_taking_back();
  [[nodiscard]] result<void> take_back_last();
  void end(log::phase how);

  const surroundings with_;
  // As it will be.
  log::saga_state next_;
  log::change change_;
};

}  // namespace reprise::sagas
