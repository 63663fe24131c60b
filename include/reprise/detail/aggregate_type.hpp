// SPDX-License-Identifier: Apache-2.0
//
// A user's aggregate with its type erased: what actors host. Everything that may throw in user code
// is caught here, and nowhere else.
//
// Threading: an instance is used by one thread at a time.

#pragma once

#include <reprise/aggregate.hpp>
#include <reprise/codec.hpp>
#include <reprise/context.hpp>
#include <reprise/decision.hpp>
#include <reprise/detail/fold.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::detail {

struct encoded_event {
  std::uint32_t type = 0;
  bytes payload{};
  attributes tags{};
};

/// What handling one command led to.
struct handled {
  /// In order; already applied to the instance. Empty for everything but a decision with events.
  std::vector<encoded_event> events{};
  /// Encoded reply, after the events; empty where the schema names none.
  bytes reply{};
  /// The domain said no.
  std::optional<rejection> rejected{};
  /// The command could not be handled; the instance is as before.
  std::optional<error> failed{};
  /// One of the events finishes the aggregate: it may leave memory.
  bool finished = false;
  /// The decision stands, but computing the reply threw this.
  std::optional<error> reply_failed{};
};

struct payload_limits {
  std::uint32_t events_max = 0;
  std::size_t payload_bytes_max = 0;
};

/// One live aggregate.
class hosted {
 public:
  virtual ~hosted() = default;

  /// Decides, tries the events on a copy, and only then takes them over.
  [[nodiscard]] virtual handled handle(std::uint32_t command, bytes_view payload,
                                       const context& around, const payload_limits& limits) = 0;
  /// The reply that this command gets from the present state, without deciding anything.
  [[nodiscard]] virtual result<bytes> answer(std::uint32_t command, bytes_view payload) const = 0;
  /// Replays one stored event. On an error the instance must be thrown away.
  [[nodiscard]] virtual result<void> apply(std::uint32_t event_type, bytes_view payload) = 0;
  [[nodiscard]] virtual bytes save() const = 0;
  [[nodiscard]] virtual result<void> load(bytes_view state) = 0;
};

/// All that actors know of an aggregate type.
struct aggregate_type {
  aggregate_type_id id{};
  std::string_view name{};
  bytes_view schema{};
  reprise::options settings{};
  std::function<std::unique_ptr<hosted>()> make{};
  /// Whether a command is read-only; empty for an unknown one.
  std::optional<bool> (*is_readonly)(std::uint32_t command) = nullptr;
  /// Empty for an unknown one.
  std::string_view (*command_name)(std::uint32_t command) = nullptr;
  /// Its events or its state have personal fields. Set by the node, which reads the schema.
  bool holds_personal_data = false;
};

/// Empty for a number that none of these commands has.
template <class Commands>
std::string_view command_name(std::uint32_t command) {
  return [&]<class... C>(std::type_identity<std::variant<C...>>) {
    std::string_view found;
    ((command == C::tag ? void(found = C::name) : void()), ...);
    return found;
  }(std::type_identity<Commands>{});
}

/// Runs user code; whatever it throws becomes an error with that code.
template <class F>
result<void> contained(errc code, std::string_view what, F&& run) {
  try {
    std::forward<F>(run)();
    return {};
  } catch (const std::exception& e) {
    return error{code, std::string(what) + " threw: " + e.what()};
  } catch (...) {
    return error{code, std::string(what) + " threw something that is no std::exception"};
  }
}

template <class A>
class hosted_aggregate final : public hosted {
  using api = typename A::api;

 public:
  [[nodiscard]] handled handle(std::uint32_t command, bytes_view payload, const context& around,
                               const payload_limits& limits) override {
    handled out;
    if (!dispatch<typename api::command>(command, [&]<class C>(std::type_identity<C>) {
          handle_as<C>(payload, around, limits, out);
        })) {
      out.failed = unknown_command(command);
    }
    return out;
  }

  [[nodiscard]] result<bytes> answer(std::uint32_t command, bytes_view payload) const override {
    result<bytes> out = unknown_command(command);
    dispatch<typename api::command>(command, [&]<class C>(std::type_identity<C>) {
      result<C> decoded = codec<C>::decode(payload);
      if (!decoded) {
        out = std::move(decoded).error();
        return;
      }
      out = reply_to(value_, *decoded);
    });
    return out;
  }

  [[nodiscard]] result<void> apply(std::uint32_t event_type, bytes_view payload) override {
    result<void> out = unknown_event(event_type);
    [[maybe_unused]] const bool known =
        dispatch<typename api::event>(event_type, [&]<class E>(std::type_identity<E>) {
          result<E> decoded = codec<E>::decode(payload);
          if (!decoded) {
            // In steps: GCC 12 takes the sum of the three for a write out of bounds.
            std::string why(E::name);
            why += " cannot be decoded: ";
            why += decoded.error().message;
            out = error{errc::replay_failed, why};
            return;
          }
          out = contained(errc::replay_failed, "apply(" + std::string(E::name) + ")",
                          [&] { detail::fold(value_, *decoded); });
        });
    if constexpr (requires { A::ignores(event_type); }) {
      if (known) return out;
      bool ignored = false;
      std::string what = "ignores(";
      what += std::to_string(event_type);
      what += ')';
      const result<void> asked =
          contained(errc::replay_failed, what, [&] { ignored = A::ignores(event_type); });
      if (!asked) return asked.error();
      if (ignored) return {};
    }
    return out;
  }

  [[nodiscard]] bytes save() const override {
    bytes out;
    codec<typename api::state>::encode(value_, out);
    return out;
  }

  [[nodiscard]] result<void> load(bytes_view state) override {
    result<typename api::state> decoded = codec<typename api::state>::decode(state);
    if (!decoded) return std::move(decoded).error();
    static_cast<typename api::state&>(value_) = std::move(*decoded);
    return {};
  }

  static std::optional<bool> is_readonly(std::uint32_t command) {
    std::optional<bool> out;
    dispatch<typename api::command>(
        command, [&]<class C>(std::type_identity<C>) { out = readonly_command<C>; });
    return out;
  }

 private:
  // Calls f with the alternative of Variant whose tag this is; false when there is none.
  template <class Variant, class F>
  static bool dispatch(std::uint32_t tag, F&& f) {
    return [&]<class... T>(std::type_identity<std::variant<T...>>) {
      return ((tag == T::tag ? (f(std::type_identity<T>{}), true) : false) || ...);
    }(std::type_identity<Variant>{});
  }

  static error unknown_command(std::uint32_t command) {
    // Appended step by step: GCC 12 at -O2 takes the sum of temporaries for an overflow.
    std::string why(api::name);
    why += " knows no command with the number ";
    why += std::to_string(command);
    return {errc::unknown_command, std::move(why)};
  }

  static error unknown_event(std::uint32_t event_type) {
    std::string why(api::name);
    why += " knows no event type ";
    why += std::to_string(event_type);
    return {errc::replay_failed, std::move(why)};
  }

  template <class C>
  typename A::decision decide(const C& command, const context& around) const {
    if constexpr (handles_with_context<A, C>) {
      return value_.on(command, around);
    } else if constexpr (handles_plain<A, C>) {
      return value_.on(command);
    } else {
      return nothing;
    }
  }

  template <class C>
  static result<bytes> reply_to(const A& after, const C& command) {
    bytes out;
    if constexpr (requires { typename C::reply; }) {
      const result<void> done =
          contained(errc::reply_failed, "reply(" + std::string(C::name) + ")", [&] {
            if constexpr (answers<A, C>) {
              codec<typename C::reply>::encode(after.reply(command), out);
            } else {
              codec<typename C::reply>::encode(after, out);
            }
          });
      if (!done) return done.error();
    }
    return out;
  }

  template <class C>
  void handle_as(bytes_view payload, const context& around, const payload_limits& limits,
                 handled& out) {
    result<C> command = codec<C>::decode(payload);
    if (!command) {
      out.failed = std::move(command).error();
      return;
    }
    std::optional<typename A::decision> decided;
    if (const result<void> done =
            contained(errc::handler_failed, "on(" + std::string(C::name) + ")",
                      [&] { decided = decide(*command, around); });
        !done) {
      out.failed = done.error();
      return;
    }
    if (decided->is_rejection()) {
      out.rejected = decided->why();
      return;
    }
    if (!decided->events().empty()) {
      if (readonly_command<C>) {
        out.failed = error{errc::handler_failed, "read-only command " + std::string(C::name) +
                                                     " decided an event; nothing was written"};
        return;
      }
      take_over(decided->events(), limits, out);
      if (out.failed) return;
    }
    result<bytes> reply = reply_to(value_, *command);
    if (reply) {
      out.reply = std::move(*reply);
    } else {
      out.reply_failed = std::move(reply).error();
    }
  }

  // The events are tried on a copy, so that one which its applier refuses leaves no trace.
  void take_over(const std::vector<typename api::event>& events, const payload_limits& limits,
                 handled& out) {
    if (events.size() > limits.events_max) {
      out.failed =
          error{errc::too_large, "the decision has " + std::to_string(events.size()) +
                                     " events, the limit is " + std::to_string(limits.events_max)};
      return;
    }
    A next = value_;
    for (const auto& event : events) {
      std::visit([&](const auto& e) { take(e, next, limits, out); }, event);
      if (out.failed) {
        out.events.clear();
        return;
      }
    }
    value_ = std::move(next);
  }

  template <class E>
  static void take(const E& event, A& next, const payload_limits& limits, handled& out) {
    const result<void> done = contained(errc::handler_failed, "apply(" + std::string(E::name) + ")",
                                        [&] { detail::fold(next, event); });
    if (!done) {
      out.failed = done.error();
      return;
    }
    encoded_event encoded{.type = E::tag};
    codec<E>::encode(event, encoded.payload);
    if (encoded.payload.size() > limits.payload_bytes_max) {
      out.failed = error{errc::too_large,
                         std::string(E::name) + " takes " + std::to_string(encoded.payload.size()) +
                             " bytes, the limit is " + std::to_string(limits.payload_bytes_max)};
      return;
    }
    if constexpr (requires { E::tags(event); }) encoded.tags = E::tags(event);
    if constexpr (requires { A::finishes(event); }) {
      const result<void> asked =
          contained(errc::handler_failed, "finishes(" + std::string(E::name) + ")",
                    [&] { out.finished |= A::finishes(event); });
      if (!asked) {
        out.failed = asked.error();
        return;
      }
    }
    out.events.push_back(std::move(encoded));
  }

  A value_{};
};

/// The erased form of A. Fails to compile, naming what is missing, when A is not complete.
template <class A>
aggregate_type describe() {
  static_assert(complete<A>());
  return {
      .id = A::api::type,
      .name = A::api::name,
      .schema = A::api::schema(),
      .settings = options_of<A>(),
      .make = []() -> std::unique_ptr<hosted> { return std::make_unique<hosted_aggregate<A>>(); },
      .is_readonly = &hosted_aggregate<A>::is_readonly,
      .command_name = &command_name<typename A::api::command>};
}

}  // namespace reprise::detail
