// SPDX-License-Identifier: Apache-2.0
//
// Tests of an aggregate without runtime or disk, in any test framework:
//
//   given<trip>(ev::requested{.rider = "ann"}).when(cmd::assign{"bob"}).then(ev::assigned{"bob"});
//   given<trip>(ev::requested{.rider = "ann"}).when(cmd::start{}).rejected("wrong_phase");
//
// What does not hold throws `testing::failure`, whose text shows expected and actual as JSON. Every
// command, event, state and reply goes through its encoding, so a field that gets lost there fails
// the test; every command is decided twice, so a handler that asks the wall clock or a random
// generator of its own fails it too.
//
// Threading: confined to the test.

#pragma once

#include <reprise/aggregate.hpp>
#include <reprise/codec.hpp>
#include <reprise/context.hpp>
#include <reprise/detail/aggregate_type.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::testing {

class failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What surrounds a command in a test. The defaults are fixed values, the same in each run.
struct surroundings {
  timestamp now{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
  command_id command = derive_command_id("test");
  correlation_id correlation{};
  attributes headers{};
  aggregate_key aggregate{};
};

namespace detail {

inline constexpr reprise::detail::payload_limits no_limits{
    .events_max = std::numeric_limits<std::uint32_t>::max(),
    .payload_bytes_max = std::numeric_limits<std::size_t>::max()};

template <class E>
std::string show(const E& event) {
  return std::string(E::name) + " " + codec<E>::json(event);
}

template <class A>
std::string show_encoded(const reprise::detail::encoded_event& event) {
  std::string text = "event type " + std::to_string(event.type);
  [&]<class... E>(std::type_identity<std::variant<E...>>) {
    const auto one = [&]<class T>(std::type_identity<T>) {
      if (T::tag != event.type) return;
      auto decoded = codec<T>::decode(event.payload);
      text = decoded ? show(*decoded) : std::string(T::name) + " (undecodable)";
    };
    (one(std::type_identity<E>{}), ...);
  }(std::type_identity<typename A::api::event>{});
  return text;
}

inline std::string list(const std::vector<std::string>& lines) {
  if (lines.empty()) return "  (no events)\n";
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

inline bool same(const reprise::detail::handled& a, const reprise::detail::handled& b) {
  if (a.events.size() != b.events.size() || a.rejected != b.rejected || a.reply != b.reply) {
    return false;
  }
  for (std::size_t i = 0; i < a.events.size(); ++i) {
    if (a.events[i].type != b.events[i].type || a.events[i].payload != b.events[i].payload ||
        a.events[i].tags != b.events[i].tags) {
      return false;
    }
  }
  return true;
}

// Spins until a clock of microsecond resolution shows another value.
inline void let_the_clock_move_on() {
  const auto began = std::chrono::system_clock::now();
  while (std::chrono::system_clock::now() - began < std::chrono::microseconds(2)) {
  }
}

}  // namespace detail

/// What one command led to. Each check returns the outcome, so that checks can be chained.
template <class A, class Command>
class outcome {
 public:
  outcome(reprise::detail::hosted_aggregate<A> after, reprise::detail::handled decided)
      : after_(std::move(after)), decided_(std::move(decided)) {}

  /// Exactly these events, in this order, all fields equal.
  template <alternative_of<typename A::api::event>... E>
  requires(sizeof...(E) > 0) const outcome& then(const E&... expected) const {
    accepted("events");
    std::vector<std::string> wanted{detail::show(expected)...};
    std::vector<bytes> encoded(sizeof...(E));
    std::size_t i = 0;
    (codec<E>::encode(expected, encoded[i++]), ...);
    bool equal = decided_.events.size() == sizeof...(E);
    for (i = 0; equal && i < sizeof...(E); ++i) equal = decided_.events[i].payload == encoded[i];
    if (!equal) differ(wanted);
    (survives(expected), ...);
    return *this;
  }

  /// Accepted, and no event was decided.
  const outcome& then_nothing() const {
    accepted("no event");
    if (!decided_.events.empty()) differ({});
    return *this;
  }

  /// Rejected with this code.
  const outcome& rejected(std::string_view code) const {
    if (decided_.failed) throw failure("the command failed: " + to_string(*decided_.failed));
    if (!decided_.rejected) {
      throw failure("expected rejection \"" + std::string(code) + "\", but it was accepted with\n" +
                    detail::list(actual()));
    }
    if (decided_.rejected->code != code) {
      throw failure("expected rejection \"" + std::string(code) + "\", got \"" +
                    decided_.rejected->code + "\" (" + decided_.rejected->why + ")");
    }
    return *this;
  }

  /// The command could not be handled, with this code (a handler or applier threw, too many
  /// events).
  const outcome& fails(errc code) const {
    if (!decided_.failed)
      throw failure("expected " + std::string(to_string(code)) + ", but it did not fail");
    if (decided_.failed->code != code)
      throw failure("it failed otherwise: " + to_string(*decided_.failed));
    return *this;
  }

  /// The reply that the caller sees.
  const outcome& replies(const reply_of<Command>& expected) const requires requires {
    typename Command::reply;
  }
  {
    accepted("a reply");
    if (decided_.reply_failed) throw failure(to_string(*decided_.reply_failed));
    bytes encoded;
    codec<reply_of<Command>>::encode(expected, encoded);
    if (encoded != decided_.reply) {
      auto got = codec<reply_of<Command>>::decode(decided_.reply);
      throw failure("replies differ\nexpected\n  " + codec<reply_of<Command>>::json(expected) +
                    "\nactual\n  " +
                    (got ? codec<reply_of<Command>>::json(*got) : to_string(got.error())));
    }
    return *this;
  }

  /// The state after the events; `check` makes its own assertions.
  template <class Check>
  const outcome& state(Check check) const {
    auto decoded = codec<typename A::api::state>::decode(after_.save());
    if (!decoded) throw failure("the state cannot be decoded: " + to_string(decoded.error()));
    check(std::as_const(*decoded));
    return *this;
  }

 private:
  [[nodiscard]] std::vector<std::string> actual() const {
    std::vector<std::string> lines;
    for (const auto& event : decided_.events) lines.push_back(detail::show_encoded<A>(event));
    return lines;
  }
  void accepted(std::string_view expected) const {
    if (decided_.failed) throw failure("the command failed: " + to_string(*decided_.failed));
    if (decided_.rejected) {
      throw failure("expected " + std::string(expected) + ", but it was rejected: \"" +
                    decided_.rejected->code + "\" (" + decided_.rejected->why + ")");
    }
  }
  [[noreturn]] void differ(const std::vector<std::string>& wanted) const {
    throw failure("events differ\nexpected\n" + detail::list(wanted) + "actual\n" +
                  detail::list(actual()));
  }
  template <class E>
  static void survives(const E& event) {
    bytes encoded;
    codec<E>::encode(event, encoded);
    auto decoded = codec<E>::decode(encoded);
    if (!decoded || !(*decoded == event)) {
      throw failure(std::string(E::name) +
                    " does not survive its encoding: " + codec<E>::json(event));
    }
  }

  reprise::detail::hosted_aggregate<A> after_;
  reprise::detail::handled decided_;
};

/// An aggregate with a past.
template <class A>
class history {
 public:
  template <class Command>
  requires std::same_as<typename Command::api, typename A::api> outcome<A, Command> when(
      const Command& command, const surroundings& around = {})
  const {
    bytes payload;
    codec<Command>::encode(command, payload);
    const context known(around.now, around.command, around.correlation, around.headers,
                        around.aggregate);
    reprise::detail::hosted_aggregate<A> first = past_;
    reprise::detail::hosted_aggregate<A> second = past_;
    auto decided = first.handle(Command::tag, payload, known, detail::no_limits);
    detail::let_the_clock_move_on();
    const auto again = second.handle(Command::tag, payload, known, detail::no_limits);
    if (!detail::same(decided, again)) {
      throw failure("deciding " + std::string(Command::name) +
                    " twice gave two decisions: the handler depends on something besides state, "
                    "command and context (a clock, a random generator?)");
    }
    return {std::move(first), std::move(decided)};
  }

  template <class E>
  void add(const E& event) {
    bytes payload;
    codec<E>::encode(event, payload);
    if (const auto done = past_.apply(E::tag, payload); !done) {
      throw failure("the given " + detail::show(event) + " was refused: " + done.error().message);
    }
  }

 private:
  reprise::detail::hosted_aggregate<A> past_{};
};

/// An aggregate to which these events have happened, in this order.
template <class A, alternative_of<typename A::api::event>... E>
history<A> given(const E&... events) {
  static_assert(complete<A>());
  history<A> past;
  (past.add(events), ...);
  return past;
}

}  // namespace reprise::testing
