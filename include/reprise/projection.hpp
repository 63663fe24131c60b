// SPDX-License-Identifier: Apache-2.0
//
// Projections: folds of committed events into rows that can be queried.
//
//   struct board : reprise::projection<trip> {
//     static constexpr reprise::projection_options options{.name = "board"};
//     reprise::table<std::string, std::uint64_t> cents_by_borough{*this, "cents"};
//     void on(const ev::completed& e, const reprise::envelope& m);   // one for each event it wants
//   };
//   node.project<board>();
//   auto seen = node.view<board>({receipt});                        // waits until that is in
//   seen->cents_by_borough.get("Queens");
//
// Invariants
//  * Rows and checkpoint change together: each committed event changes the rows once, whatever
//    happens between.
//  * What throws in `on` leaves none of its event's changes behind; what follows is for
//    projection_options::failing to say.
//  * A view sees the rows of one moment, between two events.
// A projection must hold no state but its tables. Events that the aggregate upcasts reach it in
// their new form. Another version in the options is another projection: it is built from the
// beginning, beside the old one.
// Threading: a projection is called by one thread at a time; one with lanes has an object for each
// of them, and those are called at the same time. A view is used by one thread at a time.

#pragma once

#include <reprise/cursor.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/table.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise {

/// What is done with an event that `on` throws at, or that cannot be decoded.
struct failure_policy {
  enum class then : std::uint8_t {
    /// Try again for ever, until it succeeds; what follows it waits.
    keep_trying,
    /// Stop before it.
    stop,
    /// Pass it by; a note of it stays with the rows.
    skip,
    /// Put it aside, and behind it all later events of its aggregate; the others go on.
    park,
  };

  then finally = then::keep_trying;
  /// How often it is tried again before that.
  std::uint32_t retries = 3;
  /// Before the first of them; it doubles from one to the next, up to the second number. A tenth of
  /// it is left to chance.
  std::chrono::milliseconds first_delay{100};
  std::chrono::milliseconds delay_max{60'000};
  /// So many aggregates, and so many events of one, may be parked; then the projection stops.
  std::uint32_t parked_keys_max = 1'000;
  std::uint32_t parked_events_max = 1'000;
};

struct projection_options {
  /// 1 to 200 bytes. Names that begin with `saga:` or `group:` are refused.
  std::string_view name{};
  /// Raise it when the rows would come out otherwise.
  std::uint32_t version = 1;
  failure_policy failing{};
  /// Of the time that there is, as long as the rows are not complete: 1 to 100. Less leaves more of
  /// the disk and the processor to commands while it is built.
  std::uint32_t building_percent = 100;
  /// How many fold at the same time, each the events of some partitions: 1 to 256, and no more than
  /// there are partitions. Events of one aggregate keep their order; those of two partitions never
  /// had one. Rows are the same as with one lane; lanes that change the same rows take turns. Up to
  /// node_options::consumers_max run at once. May be another number each time it is started. Limits
  /// of what may be parked are those of each lane.
  std::uint32_t lanes = 1;
};

namespace detail {

/// Whose events are followed.
template <class... A>
struct aggregates {};

}  // namespace detail

/// Base of a projection that follows the events of these aggregates.
template <class A, class... More>
class projection {
 public:
  using ev = typename A::ev;
  using aggregates = detail::aggregates<A, More...>;

  explicit projection(detail::row_access& rows) : rows_(&rows) {}
  [[nodiscard]] detail::row_access& rows() const { return *rows_; }

 private:
  detail::row_access* rows_;
};

enum class projection_state : std::uint8_t {
  /// The rows have not been complete yet since it began from nothing.
  building,
  following,
  /// Something failed and is tried again.
  retrying,
  paused,
  /// It does nothing until it is resumed.
  stopped,
};
[[nodiscard]] std::string_view to_string(projection_state state) noexcept;

/// How one lane of a projection is getting on. It has the partitions whose number, divided by that
/// of the lanes, leaves `lane`.
struct lane_status {
  std::uint32_t lane = 0;
  projection_state state{};
  /// As of the projection, of this lane's partitions.
  std::uint64_t lag_events = 0;
  std::chrono::milliseconds lag{};
  std::optional<std::chrono::milliseconds> at_work{};
  std::optional<error> trouble{};
  std::uint64_t attempts = 0;
};

/// How a projection is getting on.
struct projection_status {
  std::string name{};
  std::uint32_t version = 0;
  /// Of the lane that is worst off: `stopped`, if one of them is.
  projection_state state{};
  /// What its rows hold.
  std::vector<partition_cursor> cursors{};
  /// Committed records that it is not done with, and how long the first of them has been waiting.
  std::uint64_t lag_events = 0;
  std::chrono::milliseconds lag{};
  /// How long `on` has been busy with one event; nothing while it is not.
  std::optional<std::chrono::milliseconds> at_work{};
  /// Why it is retrying or stopped, and how often in a row that has been so.
  std::optional<error> trouble{};
  std::uint64_t attempts = 0;
  /// Since it was started.
  std::uint64_t skipped = 0;
  std::uint64_t parked_keys = 0;
  std::uint64_t parked_events = 0;
  /// One for each lane; none of a sink.
  std::vector<lane_status> lanes{};
};

/// An event that a projection has put aside.
struct parked_event {
  aggregate_key aggregate{};
  reprise::sequence sequence{};
  partition_id partition{};
  position at{};
  /// Empty where it only waits behind another.
  std::string cause{};
  std::uint64_t attempts = 0;
  timestamp first_tried{};
  timestamp last_tried{};
  /// Its payload was replaced; the first one is still in the log.
  bool edited = false;
};

/// Which aggregates' parked events are meant. An empty condition holds always.
struct parked_choice {
  std::vector<aggregate_type_id> types{};
  std::optional<aggregate_key> only{};
  /// Those that were not tried for the longest time first.
  std::uint64_t queues_max = std::numeric_limits<std::uint64_t>::max();
};

/// What came of trying them again.
struct parked_retry {
  /// Aggregates that were tried, and those among them whose events are parked still.
  std::uint64_t queues = 0;
  std::uint64_t queues_left = 0;
  /// Events that are done with.
  std::uint64_t events = 0;
};

namespace detail {

/// A projection behind its handle.
class live_projection {
 public:
  virtual ~live_projection() = default;
  virtual void pause() = 0;
  virtual void resume() = 0;
  [[nodiscard]] virtual projection_status status() const = 0;
  [[nodiscard]] virtual result<std::vector<parked_event>> parked() const = 0;
  virtual result<std::uint64_t> retry_parked(const aggregate_key& aggregate) = 0;
  virtual result<void> skip_parked(const aggregate_key& aggregate) = 0;
  virtual result<parked_retry> retry_parked(const parked_choice& choice) = 0;
};

/// Rows of one moment.
struct row_view {
  std::unique_ptr<row_access> rows{};
  std::vector<partition_cursor> cursors{};
  std::chrono::milliseconds age{};
};

}  // namespace detail

/// A projection that runs on a node until that is closed. A value; it must not outlive its node,
/// and must not be used from within the projection.
class running_projection {
 public:
  explicit running_projection(std::shared_ptr<detail::live_projection> what)
      : what_(std::move(what)) {}

  /// No event is folded once it has returned, until resume().
  void pause() { what_->pause(); }
  /// Also starts one again that has stopped, and lets one that waits try again at once.
  void resume() { what_->resume(); }
  [[nodiscard]] projection_status status() const { return what_->status(); }

  /// What is put aside, by aggregate and in the order of its events.
  [[nodiscard]] result<std::vector<parked_event>> parked() const { return what_->parked(); }
  /// Folds the parked events of an aggregate, in order, until one fails again; says how many are
  /// done with. `not_found` when nothing of it is parked, `stopped` when the node is closed.
  result<std::uint64_t> retry_parked(const aggregate_key& aggregate) {
    return what_->retry_parked(aggregate);
  }
  /// The same for many aggregates, one after the other, those first that were not tried for the
  /// longest time. Nothing parked is no error.
  result<parked_retry> retry_parked(const parked_choice& choice) {
    return what_->retry_parked(choice);
  }
  /// Forgets the first parked event of an aggregate for good, and tries the rest.
  result<void> skip_parked(const aggregate_key& aggregate) { return what_->skip_parked(aggregate); }

 private:
  std::shared_ptr<detail::live_projection> what_;
};

/// A projection's rows as they were at one moment, to be read; changing them throws. On disk it
/// keeps pages of the store from being used again, so it should not be kept for long. It must not
/// outlive its node.
template <class P>
class view {
 public:
  explicit view(detail::row_view what)
      : what_(std::move(what)), value_{typename P::projection(*what_.rows)} {}
  view(view&&) = delete;
  view& operator=(view&&) = delete;

  const P* operator->() const { return &value_; }
  const P& operator*() const { return value_; }
  /// The checkpoint that the rows belong to.
  [[nodiscard]] const std::vector<partition_cursor>& cursors() const { return what_.cursors; }
  /// How long ago, at most, the rows were all that was committed anywhere, when the view was made;
  /// parked events aside. In a cluster a node that follows counts from what its leaders said last:
  /// about a heartbeat, or for as long as it is cut off; the largest number where it heard of none.
  /// A leader that was cut off says 0 for up to two election timeouts, until it knows. Times of
  /// events are those of the clocks of the nodes that led.
  [[nodiscard]] std::chrono::milliseconds age() const { return what_.age; }

 private:
  detail::row_view what_;
  P value_;
};

}  // namespace reprise
