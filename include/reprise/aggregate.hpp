// SPDX-License-Identifier: Apache-2.0
//
// What a user derives an aggregate from, and the rules that it must follow.
//
//   struct trip : reprise::aggregate<trip_api> {
//     decision on(const cmd::assign& c) const;   // one for each command; may take a context too
//     void apply(const ev::assigned& e);         // one for each event
//     cmd::quote_reply reply(const cmd::quote& c) const;  // only where the reply is not the state
//   };
//
// Handlers are const: only events change the state. Handlers and appliers must depend on nothing
// but their arguments. An applier that throws refuses the event, before it is journaled.
//
// Events of earlier versions stay in the schema, since they stay in the journal. An upcaster turns
// one into later ones, or into none, whenever it is folded; then it needs no applier:
//   static std::vector<event> upcast(const ev::priced_v1& e) { return {ev::priced{...}}; }
// An event type that the schema no longer knows makes a replay fail, unless it is to be passed
// over:
//   static constexpr bool ignores(std::uint32_t event_type) { return event_type == 7; }
//
// An event after which the aggregate is not expected to be asked again may say so, and the
// activation leaves memory as soon as it is committed:
//   static constexpr bool finishes(const ev::paid&) { return true; }

#pragma once

#include <reprise/context.hpp>
#include <reprise/decision.hpp>
#include <reprise/ids.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace reprise {

/// Settings of one aggregate type: `static constexpr reprise::options options{...};` in the class.
struct options {
  /// Unused for so long, an activation is dropped from memory; the next command brings it back.
  std::chrono::milliseconds passivate_after{120'000};
  /// Take a snapshot when so many events came since the last; 0: never by count.
  std::uint32_t snapshot_every = 200;
  /// Take one when an activation's replay took longer; 0: never by cost.
  std::chrono::microseconds snapshot_when_replay_exceeds{5'000};
  /// How many snapshots are kept; at least 1.
  std::uint32_t snapshots_kept = 2;
  /// So many of an aggregate's newest events stay readable; 0: all. Older ones are hidden for good
  /// whenever a snapshot was saved, but none that is newer than the snapshot before that one: it
  /// must do if the newest is ever found damaged. So more events may be readable, never fewer.
  /// What is hidden can be replayed no more, also by a program whose events or state have another
  /// meaning; states, and repeats of commands that need it, are answered `history_gone` and
  /// `reply_failed`.
  std::uint64_t keep_events_max = 0;
  /// Events stay readable for so long, with the same bounds; 0: for ever. With both limits, events
  /// that exceed either go. An aggregate that takes no snapshots any more keeps what it has.
  std::chrono::seconds keep_events_for{0};
  /// A snapshot of a higher version than this is not read. Raise it when the state's meaning
  /// changes.
  std::uint32_t state_version = 1;
  /// How many accepted commands an aggregate remembers, to answer repeats of them.
  std::uint32_t remembered_commands = 64;
  /// And for how long at least, counted from the commit, or from when the aggregate was loaded. No
  /// date is asked, so it holds when dates jump, and when those of nodes differ.
  std::chrono::seconds remembered_for{3'600};
  /// Commands that may wait for one aggregate; more are answered `overloaded`.
  std::uint32_t waiting_max = 1'024;
  /// Events that one command may decide; more are refused with `too_large`.
  std::uint32_t events_per_command_max = 256;
  /// A handler that takes longer is reported in the log and in `aggregates.slow_handlers`.
  std::chrono::milliseconds handler_limit{100};
  /// Leave memory at once after a rejection, or after a command that failed.
  bool passivate_after_rejection = false;
  bool passivate_after_failure = false;
  /// How often a command is decided anew when somebody else appended to the same aggregate.
  std::uint32_t conflict_retries = 3;
};

/// Base of every aggregate; brings the state's fields and the short names `cmd`, `ev`, `decision`.
template <class Api>
struct aggregate : Api::state {
  using api = Api;
  using cmd = typename Api::cmd;
  using ev = typename Api::ev;
  using event = typename Api::event;
  using decision = reprise::decision<event>;
};

/// What `ask` answers: the command's reply, or its receipt when the schema names no reply.
template <class Command>
struct reply_type {
  using type = receipt;
};
template <class Command>
requires requires {
  typename Command::reply;
}
struct reply_type<Command> {
  using type = typename Command::reply;
};
template <class Command>
using reply_of = typename reply_type<Command>::type;

template <class A, class Command>
concept handles_plain = requires(const A& a, const Command& c) {
  { a.on(c) } -> std::convertible_to<typename A::decision>;
};
template <class A, class Command>
concept handles_with_context = requires(const A& a, const Command& c, const context& x) {
  { a.on(c, x) } -> std::convertible_to<typename A::decision>;
};
template <class A, class Command>
concept handles = handles_plain<A, Command> || handles_with_context<A, Command>;

/// A has an upcaster for this event.
template <class A, class Event>
concept upcasts = requires(const Event& e) {
  { A::upcast(e) } -> std::convertible_to<std::vector<typename A::event>>;
};
template <class A, class Event>
concept applies = upcasts<A, Event> || requires(A& a, const Event& e) {
  a.apply(e);
};

template <class A, class Command>
concept answers = requires(const A& a, const Command& c) {
  { a.reply(c) } -> std::convertible_to<reply_of<Command>>;
};

/// True for commands that the schema marks `$Reprise.readonly`: they never write.
template <class Command>
concept readonly_command = requires {
  requires Command::readonly;
};

/// The options of A, or the defaults.
template <class A>
consteval options options_of() {
  if constexpr (requires { A::options; }) {
    return A::options;
  } else {
    return {};
  }
}

/// Events go only where snapshots take their place.
[[nodiscard]] constexpr bool keeps_what_it_needs(const options& o) {
  if (o.keep_events_max == 0 && o.keep_events_for.count() == 0) return true;
  const bool taken = o.snapshot_every > 0 || o.snapshot_when_replay_exceeds.count() > 0;
  return taken && o.snapshots_kept >= 2 && o.keep_events_for.count() >= 0;
}

/// Fails to compile, with one sentence that names it, when a handler, applier or reply is missing.
template <class A>
consteval bool complete() {
  check_complete(std::type_identity<A>{}, typename A::api{});
  static_assert(
      sizeof(A) == sizeof(typename A::api::state),
      "an aggregate's data must stand in its state's schema: snapshots hold nothing else");
  static_assert(keeps_what_it_needs(options_of<A>()),
                "keep_events_max and keep_events_for hide events that snapshots cover: leave "
                "snapshots on, with snapshots_kept at least 2");
  return true;
}

}  // namespace reprise
