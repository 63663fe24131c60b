// SPDX-License-Identifier: Apache-2.0
//
// Groups: several workers share the events of the log, each event is handled by one of them.
//
//   auto one = node.join({.name = "letters", .events = {event_choice::of<ev::sent>()}},
//                        [](const assigned_event& a, const task& t) { print(a); t.done(); });
//
// Invariants
//  * An event is assigned until it is done, parked or skipped: at least once. One that a worker
//    leaves behind, fails at, or does not answer in time is assigned again, and marked so.
//  * Events of one aggregate are assigned one at a time, in their order.
//  * No worker has more events than its window that it has not answered; how much waits for workers
//    is bounded, and so is memory: beyond that nothing is read.
//  * What is remembered never passes an event that is not done with.
// Threading: a worker is called by one thread at a time, workers of one group by several at once. A
// task may be answered from any thread, also after the call.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

struct group_options {
  enum class sharing : std::uint8_t {
    /// Whoever's turn it is.
    in_turn,
    /// All events of an aggregate go to one worker as long as that is there.
    by_aggregate,
  };

  /// 1 to 200 bytes. How far it has come, and what is parked, is kept under it.
  std::string name{};
  /// Empty: all events.
  std::vector<event_choice> events{};
  sharing how = sharing::in_turn;
  /// Where it has come nowhere yet: begin with what is committed later.
  bool from_now = false;
  /// An event that is not answered for so long is assigned again.
  std::chrono::milliseconds answer_within{30'000};
  /// So often an event is assigned; then it is parked. At least 1.
  std::uint32_t assignments_max = 10;
  /// Before it is assigned again after it failed; doubles from one to the next, up to the second.
  std::chrono::milliseconds first_delay{100};
  std::chrono::milliseconds delay_max{60'000};
  /// Events that wait for workers, at least 1.
  std::uint32_t waiting_max = 1'000;
  /// Parked events of one partition, 1 to 1,000. What would be one more is tried again instead, and
  /// holds up its aggregate, until there is room.
  std::uint32_t parked_max = 1'000;
};

/// What becomes of an event that failed.
enum class group_verdict : std::uint8_t {
  /// Assigned again, until group_options::assignments_max.
  retry,
  /// Put aside; later ones of its aggregate go on.
  park,
  /// Passed by.
  skip,
  /// The group stops before it, until it is joined anew.
  stop,
};

/// One event as a worker is shown it; valid only during the call.
struct assigned_event {
  const envelope& meta;
  bytes_view payload{};
  /// Counts the assignments of the group, from 1.
  std::uint64_t number = 0;
  /// How often it has been assigned, with this time.
  std::uint32_t assignments = 0;

  /// Somebody may have handled it before.
  [[nodiscard]] bool is_repeated() const { return assignments > 1; }
  template <class E>
  [[nodiscard]] bool is() const {
    return meta.aggregate.type == E::api::type && meta.event_type == E::tag;
  }
  template <class E>
  [[nodiscard]] result<E> as() const {
    if (!is<E>()) {
      return error{errc::invalid_argument, "this event is no " + std::string(E::name)};
    }
    return codec<E>::decode(payload);
  }
};

/// An event that a group has put aside.
struct group_parked_event {
  partition_id partition{};
  position at{};
  std::string cause{};
  std::uint32_t assignments = 0;
  timestamp parked_at{};
};

/// How a group is getting on.
struct group_status {
  std::string name{};
  std::uint64_t workers = 0;
  /// Events that workers have, and that wait for workers.
  std::uint64_t assigned = 0;
  std::uint64_t waiting = 0;
  /// Committed records that are not looked at yet.
  std::uint64_t lag_events = 0;
  std::uint64_t parked = 0;
  /// What is durably done with.
  std::vector<partition_cursor> cursors{};
  bool stopped = false;
  std::optional<error> trouble{};
};

namespace detail {

/// A group behind its handles.
class live_group {
 public:
  virtual ~live_group() = default;
  virtual void answer(std::uint64_t number, std::optional<group_verdict> failed,
                      const std::string& why) = 0;
  [[nodiscard]] virtual group_status status() const = 0;
  [[nodiscard]] virtual result<std::vector<group_parked_event>> parked() const = 0;
  virtual result<std::uint64_t> replay_parked(std::uint64_t most) = 0;
  virtual result<std::uint64_t> drop_parked() = 0;
};

/// One worker's place in it.
class membership {
 public:
  virtual ~membership() = default;
  virtual void leave() = 0;
};

struct joined {
  std::shared_ptr<live_group> group{};
  std::shared_ptr<membership> place{};
};

}  // namespace detail

/// An assignment that is to be answered, once; later answers, and those that come after it was
/// assigned anew, have no effect. Not answering it at all is allowed, and takes until
/// group_options::answer_within. A value.
class task {
 public:
  task(std::weak_ptr<detail::live_group> group, std::uint64_t number)
      : group_(std::move(group)), number_(number) {}

  void done() const {
    if (const auto group = group_.lock()) group->answer(number_, {}, {});
  }
  void failed(group_verdict what, const std::string& why) const {
    if (const auto group = group_.lock()) group->answer(number_, what, why);
  }

 private:
  std::weak_ptr<detail::live_group> group_;
  std::uint64_t number_;
};

/// What a worker does; one that throws has failed at the event, to be tried again.
using group_worker = std::function<void(const assigned_event& event, const task& answer)>;

/// A worker that takes part until this is gone, it leaves, or its node is closed. It may outlive
/// its node, but is of no use then.
class [[nodiscard]] group_member {
 public:
  explicit group_member(detail::joined what) : what_(std::move(what)) {}
  group_member(group_member&&) noexcept = default;
  group_member& operator=(group_member&& other) noexcept {
    leave();
    what_ = std::move(other.what_);
    return *this;
  }
  /// Leaves.
  ~group_member() { leave(); }

  /// It is not called any more once this has returned, and what it has not answered goes to others
  /// at once. Not from within the worker. Idempotent.
  void leave() {
    if (what_.place) what_.place->leave();
  }
  [[nodiscard]] group_status status() const { return what_.group->status(); }

  /// In the order of partitions and positions.
  [[nodiscard]] result<std::vector<group_parked_event>> parked() const {
    return what_.group->parked();
  }
  /// Assigns parked events again, the first so many, and no more than group_options::waiting_max at
  /// once; says how many. `locked` while that is under way already.
  [[nodiscard]] result<std::uint64_t> replay_parked(
      std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const {
    return what_.group->replay_parked(most);
  }
  /// Forgets them for good; says how many. `locked` while they are assigned again.
  [[nodiscard]] result<std::uint64_t> drop_parked() const { return what_.group->drop_parked(); }

 private:
  detail::joined what_;
};

}  // namespace reprise
