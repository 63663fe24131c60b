// SPDX-License-Identifier: Apache-2.0
//
// One instance of a saga: decides what becomes of what it is told, and folds that. Plain C++ under
// the rules of an aggregate: deciding changes nothing, only events do.
//
// Invariants
//  * An event is handled, parked, or left alone because no instance wants it; never two of these.
//  * While something is parked, or the instance is paused, later events wait behind it in order.
//  * An answer to a step, a deadline, and an answer to a wait count once.
// Threading: confined to its partition.

#pragma once

#include "saga_log.reprise.hpp"
#include "sagas/saga_turn.hpp"

#include <reprise/context.hpp>
#include <reprise/decision.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/result.hpp>

#include <string>
#include <vector>

namespace reprise::sagas {

class saga_instance {
 public:
  using cmd = log::saga_cmd;
  using event = log::saga_api::event;
  /// Events, nothing or a rejection; an error when the user's code failed.
  using decided = result<decision<event>>;

  /// Both must outlive it.
  saga_instance(const detail::saga_type& type, const node_view& node) : type_(type), node_(node) {}

  [[nodiscard]] const log::saga_state& state() const { return state_; }
  void restore(log::saga_state state) { state_ = std::move(state); }

  /// `key`: the instance's own.
  [[nodiscard]] decided decide(const cmd::handle& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::park& c, const std::string& key, const context& x) const;
  [[nodiscard]] decided decide(const cmd::settle& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::postpone& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::fall_due& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::answer& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::cancel& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::kill& c, const std::string& key, const context& x) const;
  [[nodiscard]] decided decide(const cmd::pause& c, const std::string& key, const context& x) const;
  [[nodiscard]] decided decide(const cmd::resume& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::retry_step& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::drop_step& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::retry_parked& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::skip_parked& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::edit_parked& c, const std::string& key,
                               const context& x) const;
  [[nodiscard]] decided decide(const cmd::look& c, const std::string& key, const context& x) const;

  void apply(const event& e);

 private:
  [[nodiscard]] result<void> check_version() const;
  [[nodiscard]] decided park(const log::message& what, const std::string& cause,
                             std::uint64_t attempts, const context& x) const;
  /// Nothing when the event is left alone.
  [[nodiscard]] result<std::vector<event>> handle(const log::saga_state& state,
                                                  const log::message& m, bool was_parked,
                                                  const std::string& key, const context& x) const;
  void release(log::saga_state state, const std::string& key, const context& x,
               std::vector<event>& out) const;

  const detail::saga_type& type_;
  const node_view& node_;
  log::saga_state state_;
};

}  // namespace reprise::sagas
