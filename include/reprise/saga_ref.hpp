// SPDX-License-Identifier: Apache-2.0
//
// One instance of a saga, as people and programs steer it from outside.
//
//   node.saga<ride>("trip-42").answer("approval", payload).get();
//
// Threading: any thread.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/ids.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace reprise {

namespace detail {

/// How a node is told of orders.
class saga_steering {
 public:
  virtual ~saga_steering() = default;
  virtual std::shared_ptr<pending_ask> order(const aggregate_key& saga, const saga_order& what) = 0;
  virtual result<saga_status> look_at(const aggregate_key& saga) = 0;
};

}  // namespace detail

/// A value; it must not outlive its node. What an order cannot do is rejected: `not_running`,
/// `not_found`, `not_stuck`, `too_late`, `paused`, `malformed`.
template <class S>
class saga_ref {
 public:
  saga_ref(detail::saga_steering& node, aggregate_key key) : node_(&node), key_(std::move(key)) {}

  [[nodiscard]] const aggregate_key& key() const { return key_; }
  [[nodiscard]] result<saga_status> status() const { return node_->look_at(key_); }
  /// Its data; that of a fresh instance when it never started. A reaction has none.
  template <class Saga = S>
  [[nodiscard]] result<typename Saga::state> data() const {
    auto seen = status();
    if (!seen) return std::move(seen).error();
    if (seen->state.empty()) return typename Saga::state{};
    return codec<typename Saga::state>::decode(seen->state);
  }

  /// Answers a wait_for(), also one that is yet to come. The same id makes a repeat safe.
  [[nodiscard]] reply<receipt> answer(const std::string& name, const bytes& payload = {},
                                      command_id id = {}) const {
    return order({.what = saga_order::kind::answer, .name = name, .payload = payload, .id = id});
  }
  /// Takes back what was done, from the last step on.
  [[nodiscard]] reply<receipt> cancel(const std::string& why) const {
    return order({.what = saga_order::kind::cancel, .reason = why});
  }
  /// Ends it at once: nothing is tried any more, nothing taken back.
  [[nodiscard]] reply<receipt> kill(const std::string& why) const {
    return order({.what = saga_order::kind::kill, .reason = why});
  }
  /// Events wait in order until resume().
  [[nodiscard]] reply<receipt> pause(const std::string& why = {}) const {
    return order({.what = saga_order::kind::pause, .reason = why});
  }
  [[nodiscard]] reply<receipt> resume(const std::string& why = {}) const {
    return order({.what = saga_order::kind::resume, .reason = why});
  }
  /// Tries a step anew that was given up; with another command if `payload` is not empty.
  [[nodiscard]] reply<receipt> retry_step(std::uint64_t number, const bytes& payload = {}) const {
    return order({.what = saga_order::kind::retry_step, .payload = payload, .number = number});
  }
  /// Forgets a step that was given up.
  [[nodiscard]] reply<receipt> drop_step(std::uint64_t number, const std::string& why) const {
    return order({.what = saga_order::kind::drop_step, .reason = why, .number = number});
  }
  /// Handles parked events in order until one fails again, a hundred at most.
  [[nodiscard]] reply<receipt> retry_parked() const {
    return order({.what = saga_order::kind::retry_parked});
  }
  /// Passes the first parked event by, and handles those behind it.
  [[nodiscard]] reply<receipt> skip_parked(const std::string& why) const {
    return order({.what = saga_order::kind::skip_parked, .reason = why});
  }
  /// Gives the first parked event another payload; the first one is kept for the record.
  [[nodiscard]] reply<receipt> edit_parked(const bytes& payload, const std::string& why) const {
    return order({.what = saga_order::kind::edit_parked, .reason = why, .payload = payload});
  }

 private:
  [[nodiscard]] reply<receipt> order(const saga_order& what) const {
    return reply<receipt>(node_->order(key_, what));
  }

  detail::saga_steering* node_;
  aggregate_key key_;
};

}  // namespace reprise
