// SPDX-License-Identifier: Apache-2.0
//
// Sagas: processes over many aggregates that run for long and survive everything.
//
//   struct ride : reprise::saga<ride_state, trip, payment> {   // its data, and whom it listens to
//     static constexpr reprise::saga_options options{.name = "ride"};
//     using started_by = reprise::events<trip::ev::requested>;
//     effects on(const trip::ev::requested& e, const reprise::envelope& m);
//     effects on(const trip::ev::completed& e);                // others go on with it
//     effects due(std::string_view deadline);
//   };
//   node.host<ride>();
//
// Which instance an event belongs to is said by its key: `static std::string key_of(const E&, const
// envelope&)`, or a vector of keys; without it the id of the event's aggregate. An instance may
// take on further keys while it lives, see also_keyed().
//
// Handlers, each only where it is needed; they may change the saga's data:
//   effects on(const E& event [, const envelope& meta])
//   effects due(std::string_view name)            a deadline, or a wait that nobody answered
//   effects answered(std::string_view step, const step_result& r)   a step was accepted or failed
//   effects undo(std::string_view step, const step_result& r)       what takes back a step, beside
//                                                                   effect::undo()
//   effects compensated(std::string_view why)     all is taken back; what it sends is the last
//   thing effects told(std::string_view name)           somebody answered; see payload()
//
// Invariants
//  * The data, the note of what was handled, and the effects are one record of the log.
//  * What is handled is handled once; a handler that throws changes nothing, and its event is for
//    saga_options::failing to deal with.
//  * A saga that has ended is reached by nothing but an event that starts it anew, with fresh data.
// A saga must hold no data but that of its State, and must depend on nothing but its arguments.
// Threading: an instance is used by one thread at a time.

#pragma once

#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace reprise {

struct saga_options {
  /// 1 to 100 bytes. The saga's instances are found by it, so it never changes.
  std::string_view name{};
  /// Raise it when the data's meaning changes: a program with a lower one leaves instances alone
  /// that a later one has written.
  std::uint32_t version = 1;
  /// An event that starts an instance, where one is running already: an error, not one more event.
  bool strict_start = false;
  /// An event that only goes on, where no instance is running: an error, not ignored.
  bool strict_continue = false;
  /// What is done with an event that `on` or `key_of` throws at. Parked events stay with their
  /// instance, and later ones of the same instance wait behind them.
  failure_policy failing{.finally = failure_policy::then::park};
  /// `due("idle")` is called when nothing was handled for so long; 0: never.
  std::chrono::milliseconds idle_after{0};
  /// When something that takes a step back fails for good: leave the rest undone until somebody
  /// retries or drops it, or go on with it.
  bool undo_goes_on = false;
  /// Commands and calls of one instance that are not answered; a handler that asks for more fails.
  std::uint32_t steps_open_max = 1'000;
  /// Follow only what is committed after it was first hosted; otherwise all that is in the log.
  bool from_now = false;
};

/// The event types that start a saga.
template <class... E>
struct events {};

/// How a step ended.
class step_result {
 public:
  step_result(bytes reply, bool accepted, std::string code, std::string why)
      : reply_(std::move(reply)),
        accepted_(accepted),
        code_(std::move(code)),
        why_(std::move(why)) {}

  [[nodiscard]] bool accepted() const { return accepted_; }
  /// What the target answered to that command; it must have a reply of its own in the schema.
  template <class Command>
  [[nodiscard]] result<typename Command::reply> reply() const {
    return codec<typename Command::reply>::decode(reply_);
  }
  /// What a call() answered.
  [[nodiscard]] const bytes& raw() const { return reply_; }
  /// The rejection's code, or the error's name; empty when it was accepted.
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  bytes reply_;
  bool accepted_;
  std::string code_;
  std::string why_;
};

/// What a function outside is called with.
struct outside_call {
  /// The same each time that this call is made.
  const command_id& key;
  const bytes& request;
  /// To be passed on to whom it calls in turn, see reprise/trace.hpp; empty without a trace.
  std::string traceparent{};
};

/// What a function answers that a saga calls: bytes, or a rejection, which is not repeated; an
/// error is. The function is called at least once, with the same key each time, and may block.
using call_outcome = std::variant<bytes, rejection, error>;
using call_handler = std::function<call_outcome(const outside_call& what)>;

/// What a function outside is spared, for all sagas of a node that call it. A call that has to wait
/// counts as no attempt.
struct call_limits {
  /// Calls that may begin in one second, and how many of them at once after a pause, at least 1.
  /// 0: as many as there are.
  std::uint32_t per_second = 0;
  std::uint32_t burst = 1;
  /// After so many failures in a row nothing is called for a while: the circuit is open. 0: never.
  /// A rejection is no failure.
  std::uint32_t failures_max = 0;
  /// For so long, at least 1 ms. Then one call at a time is made, until so many in a row, at least
  /// 1, have not failed; one that does opens the circuit again.
  std::chrono::milliseconds open_for{30'000};
  std::uint32_t trials = 1;
};

namespace detail {

/// What surrounds a handler of a saga.
struct saga_situation {
  std::string key{};
  timestamp now{};
  correlation_id correlation{};
  /// Of the deadline or the answer at hand.
  bytes payload{};
};

}  // namespace detail

/// Base of every saga; brings the fields of its State, a struct of a Cap'n Proto schema.
template <class State, class A, class... More>
class saga : public State {
 public:
  using state = State;
  using effects = reprise::effects;

  /// Of this instance.
  [[nodiscard]] const std::string& key() const { return around_.key; }
  /// When this is handled; use it instead of a clock.
  [[nodiscard]] timestamp now() const { return around_.now; }
  [[nodiscard]] const correlation_id& correlation() const { return around_.correlation; }
  /// What the deadline was set with, or what was answered.
  [[nodiscard]] const bytes& payload() const { return around_.payload; }

  void situate(detail::saga_situation around) { around_ = std::move(around); }

 private:
  detail::saga_situation around_;
};

enum class saga_phase : std::uint8_t {
  /// Never started.
  none,
  running,
  /// It takes back what was done.
  compensating,
  completed,
  /// Compensated.
  failed,
  /// Ended by hand.
  killed,
};
[[nodiscard]] std::string_view to_string(saga_phase phase) noexcept;

/// Something that a saga has asked for and that is not over yet.
struct open_effect {
  std::uint64_t number = 0;
  effect::kind what{};
  std::string name{};
  aggregate_key to{};
  /// When it is due: the deadline, or the next attempt.
  std::optional<timestamp> due{};
  std::uint32_t attempts = 0;
  /// Why it was given up; empty while it is tried. Then it is a dead letter.
  std::string stuck{};
};

/// How one instance is getting on.
struct saga_status {
  saga_phase phase{};
  /// Why it compensates, failed or was killed.
  std::string reason{};
  bool paused = false;
  std::vector<open_effect> open{};
  /// Steps that would be taken back, in the order in which they were done.
  std::vector<std::string> done{};
  std::vector<parked_event> parked{};
  /// Those that it has taken on beside its own, in their order.
  std::vector<std::string> keys{};
  /// Encoded data.
  bytes state{};
};

/// How a type of saga is getting on.
struct saga_progress {
  std::string name{};
  /// Committed records that are not looked at yet, for events to be handled and for effects to be
  /// carried out.
  std::uint64_t events_behind = 0;
  std::uint64_t effects_behind = 0;
  /// Orders that were left in the store and are not carried out yet.
  std::uint64_t orders_left = 0;
  /// What holds it up, or did last: an instance that takes no more events, a target that cannot be
  /// reached, a store that is full.
  std::optional<error> trouble{};
};

/// What a person does with an instance.
struct saga_order {
  enum class kind : std::uint8_t {
    answer,
    cancel,
    kill,
    pause,
    resume,
    retry_step,
    drop_step,
    retry_parked,
    skip_parked,
    edit_parked,
  };
  kind what{};
  std::string name{};
  std::string reason{};
  bytes payload{};
  std::uint64_t number = 0;
  command_id id{};
};

}  // namespace reprise
