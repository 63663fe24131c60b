// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions: committed events in the order of each partition, first those that are there, then
// those that come, without a gap and without a repeat at the seam.
//
//   auto paid = node.subscribe({.name = "receipts", .events = {event_choice::of<ev::paid>()}},
//                              [](const received& r) { print(r.as<ev::paid>()); });
//
// Invariants
//  * Nothing is handed out that is not committed.
//  * While it runs, a subscription hands out each record once. A named one that is started again
//  goes
//    on behind its checkpoint: what was handled after the last one comes again.
//  * A handler that is slow holds up its own subscription only, and neither memory nor appends: it
//    is shown records as it asks for them. So many handlers as node_options::consumers_max run at
//    once; one that blocks for good takes one of those threads.
// Threading: the calls of one subscriber are made one at a time, on threads of the node that run
// nothing else. A subscription may be used from any thread, also from within its own handler.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/cursor.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

/// One event of one aggregate type.
struct event_choice {
  aggregate_type_id type{};
  std::uint32_t event = 0;

  template <class E>
  static constexpr event_choice of() {
    return {E::api::type, E::tag};
  }
  auto operator<=>(const event_choice&) const = default;
};

/// Where a subscription begins that has no checkpoint.
struct start_point {
  enum class kind : std::uint8_t { beginning, end, time, cursors };

  kind what = kind::beginning;
  timestamp at{};
  std::vector<partition_cursor> after{};

  static start_point beginning() { return {}; }
  /// Only what is committed later.
  static start_point end() { return {.what = kind::end}; }
  /// With the first event that was decided at or after `when`.
  static start_point time(timestamp when) { return {.what = kind::time, .at = when}; }
  /// Behind these positions; partitions that are not named begin at their beginning. One beyond the
  /// end begins when the log has passed it.
  static start_point behind(std::vector<partition_cursor> cursors) {
    return {.what = kind::cursors, .after = std::move(cursors)};
  }
};

/// What a saved checkpoint of the same name is good for.
enum class saved_checkpoint : std::uint8_t {
  /// Go on behind it; `incompatible` when it was saved with another choice of events.
  resume,
  /// Go on behind it with another choice of events, which counts from here on.
  resume_with_changed_choice,
  /// Forget it and begin at subscription_options::from.
  replace,
};

/// What to follow, and how. All conditions must hold; an empty one holds always.
struct subscription_options {
  /// Its checkpoint is saved under this name, up to 255 bytes; empty: nothing is saved. One
  /// subscription of a name runs at a time.
  std::string name{};
  start_point from{};
  saved_checkpoint saved = saved_checkpoint::resume;

  std::vector<partition_id> partitions{};
  std::vector<aggregate_type_id> types{};
  std::vector<event_choice> events{};
  /// One aggregate. The subscription ends with the aggregate's tombstone, which it is shown.
  std::optional<aggregate_key> only{};
  std::string id_prefix{};
  /// Sees the events that all the rest lets through, in their stored form. Not remembered with a
  /// checkpoint: a change of it is not noticed.
  std::function<bool(const envelope&)> where{};
  /// Also show deletions, tombstones and truncations.
  bool notes = false;

  /// Save the checkpoint after so many events, from 1, ...
  std::uint64_t checkpoint_every = 100;
  /// ... and no later than so long after the first that is not in it. What the choice leaves out
  /// moves the checkpoint too.
  std::chrono::milliseconds checkpoint_within{1'000};
};

/// One record as a subscriber is shown it; valid only during the call.
struct received {
  enum class kind : std::uint8_t { event, deletion, tombstone, truncation };

  kind what = kind::event;
  const envelope& meta;
  bytes_view payload{};

  template <class E>
  [[nodiscard]] bool is() const {
    return what == kind::event && meta.aggregate.type == E::api::type && meta.event_type == E::tag;
  }
  /// `invalid_argument` when it is another event, `malformed` when it cannot be decoded.
  template <class E>
  [[nodiscard]] result<E> as() const {
    if (!is<E>()) {
      return error{errc::invalid_argument, "this record is no " + std::string(E::name)};
    }
    return codec<E>::decode(payload);
  }
};

/// Why a subscription ended by itself, and where it stood.
struct drop_notice {
  error why{};
  /// The record that it could not get past, or the partition's last one that was handled.
  partition_cursor where{};
};

/// Who is told. What throws in `event` ends the subscription; the event counts as not handled.
struct subscriber {
  std::function<void(const received&)> event{};
  /// The end was reached: at first, and after having fallen behind by more than a page.
  std::function<void()> caught_up{};
  /// Called once, and last; not after stop().
  std::function<void(const drop_notice&)> dropped{};
};

namespace detail {

/// What a subscription is behind its handle.
class running_subscription {
 public:
  virtual ~running_subscription() = default;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void stop() = 0;
  [[nodiscard]] virtual bool running() const = 0;
  [[nodiscard]] virtual std::vector<partition_cursor> cursors() const = 0;
};

}  // namespace detail

/// A subscription that runs until it is stopped, dropped, or its node is closed. It may outlive its
/// node.
class [[nodiscard]] subscription {
 public:
  explicit subscription(std::shared_ptr<detail::running_subscription> what)
      : what_(std::move(what)) {}
  subscription(subscription&&) noexcept = default;
  subscription& operator=(subscription&& other) noexcept {
    if (what_) what_->stop();
    what_ = std::move(other.what_);
    return *this;
  }
  /// Stops.
  ~subscription() {
    if (what_) what_->stop();
  }

  /// No call of the subscriber begins after it has returned, until resume(). It waits for one that
  /// is under way, unless it is made from within it.
  void pause() { what_->pause(); }
  void resume() { what_->resume(); }
  /// As pause(), for ever; saves the checkpoint. Idempotent.
  void stop() { what_->stop(); }

  /// False once it has ended, for whatever reason.
  [[nodiscard]] bool running() const { return what_->running(); }
  /// What has been handled or passed over.
  [[nodiscard]] std::vector<partition_cursor> cursors() const { return what_->cursors(); }

 private:
  std::shared_ptr<detail::running_subscription> what_;
};

}  // namespace reprise
