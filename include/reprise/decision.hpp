// SPDX-License-Identifier: Apache-2.0
//
// What a command handler returns: events, nothing, or a rejection.
//
// Threading: values; no shared state.

#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace reprise {

/// The domain said no. `code` is for programs, `why` for people. Nothing was written.
struct rejection {
  std::string code{};
  std::string why{};

  bool operator==(const rejection&) const = default;
};

[[nodiscard]] inline rejection reject(std::string code, std::string why = {}) {
  return {std::move(code), std::move(why)};
}

struct nothing_t {};
/// The command is accepted and changes nothing.
inline constexpr nothing_t nothing{};

namespace detail {
template <class T, class Variant>
struct is_alternative : std::false_type {};
template <class T, class... Ts>
struct is_alternative<T, std::variant<Ts...>> : std::disjunction<std::is_same<T, Ts>...> {};
}  // namespace detail

template <class T, class Variant>
concept alternative_of = detail::is_alternative<std::remove_cvref_t<T>, Variant>::value;

/// One event, several (stored all or none, in this order), `nothing`, or a rejection.
/// `Event` is the std::variant of the aggregate's events.
template <class Event>
class decision {
 public:
  // Implicit on purpose: handlers return an event, `nothing` or `reject(...)` directly.
  decision(nothing_t) {}                                 // NOLINT(google-explicit-constructor)
  decision(rejection why) : outcome_(std::move(why)) {}  // NOLINT(google-explicit-constructor)
  template <alternative_of<Event>... E>
  requires(sizeof...(E) > 0) decision(E&&... events) {  // NOLINT(google-explicit-constructor)
    auto& list = std::get<std::vector<Event>>(outcome_);
    list.reserve(sizeof...(E));
    (list.emplace_back(std::forward<E>(events)), ...);
  }
  /// As many events as a loop made; an empty list means `nothing`.
  decision(std::vector<Event> events) : outcome_(std::move(events)) {}  // NOLINT

  [[nodiscard]] bool is_rejection() const { return outcome_.index() == 1; }
  /// Must be a rejection.
  [[nodiscard]] const rejection& why() const { return std::get<rejection>(outcome_); }
  /// Must not be a rejection.
  [[nodiscard]] const std::vector<Event>& events() const {
    return std::get<std::vector<Event>>(outcome_);
  }

 private:
  std::variant<std::vector<Event>, rejection> outcome_;
};

}  // namespace reprise
