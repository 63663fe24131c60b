// SPDX-License-Identifier: Apache-2.0
//
// What a saga asks for when it has handled something: commands to send, deadlines to set, an end.
//
//   return {send(of<payment>(rider), pay::charge{cents}).retry(10,
//   1s).otherwise(compensate("unpaid")),
//           deadline("driver", 30s)};
//
// Effects are stored together with the saga's state, in one record of the log, and carried out only
// when that is committed.
// Threading: values; no shared state.

#pragma once

#include <reprise/aggregate.hpp>
#include <reprise/codec.hpp>
#include <reprise/ids.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace reprise {

/// Whom a command is for.
template <class A>
struct address {
  std::string tenant{};
  std::string id{};
};
template <class A>
[[nodiscard]] address<A> of(std::string id) {
  return {{}, std::move(id)};
}
template <class A>
[[nodiscard]] address<A> of(std::string tenant, std::string id) {
  return {std::move(tenant), std::move(id)};
}

class effect {
 public:
  enum class kind : std::uint8_t {
    send,
    call,
    deadline,
    cancel,
    wait,
    compensate,
    finish,
    also_keyed,
    no_longer_keyed,
  };

  /// Tries again, up to `attempts` times in all (0: for ever), with waits that double from
  /// `first_delay` up to an hour. Without this: for ever, from 100 ms up to a minute. What the
  /// target rejects is never repeated. For send and call.
  [[nodiscard]] effect retry(std::uint32_t attempts, std::chrono::milliseconds first_delay) && {
    attempts_max = attempts;
    delay_first = first_delay;
    delay_max = std::chrono::hours(1);
    return std::move(*this);
  }
  /// What to do when the target rejected it, or the attempts ran out. Without this it stays with
  /// the saga as a dead letter, to be retried or dropped by hand. For send and call.
  template <std::derived_from<effect>... E>
  [[nodiscard]] effect otherwise(E... then) && {
    (on_failure.push_back(std::move(then)), ...);
    return std::move(*this);
  }
  /// What takes it back: remembered when the target has accepted it, done if the saga compensates
  /// later. For send and call.
  template <std::derived_from<effect>... E>
  [[nodiscard]] effect undo(E... then) && {
    (on_undo.push_back(std::move(then)), ...);
    return std::move(*this);
  }
  /// The step's name, by which `answered` and `undo` of the saga know it. Without this: the
  /// command's name.
  [[nodiscard]] effect named(std::string step) && {
    name = std::move(step);
    return std::move(*this);
  }

  kind what = kind::finish;
  /// Of the step, deadline or wait; why, for compensate; the key.
  std::string name{};
  aggregate_key to{};
  std::uint32_t command = 0;
  bytes payload{};
  /// From now, for deadline and wait; 0 of a wait: without an end.
  std::chrono::microseconds after{};
  std::uint32_t attempts_max = 0;
  std::chrono::milliseconds delay_first{100};
  std::chrono::milliseconds delay_max{60'000};
  std::vector<effect> on_failure{};
  std::vector<effect> on_undo{};
};

/// A command or a call. With an undo(), or an otherwise() of more than steps, it is no longer one:
/// then somebody has to remember it, which a saga does and a reaction does not.
class step : public effect {
 public:
  [[nodiscard]] step retry(std::uint32_t attempts, std::chrono::milliseconds first_delay) && {
    return {std::move(*this).effect::retry(attempts, first_delay)};
  }
  template <std::derived_from<effect>... E>
  [[nodiscard]] auto otherwise(E... then) && {
    using kept = std::conditional_t<(std::same_as<E, step> && ...), step, effect>;
    return kept{std::move(*this).effect::otherwise(std::move(then)...)};
  }
  [[nodiscard]] step named(std::string step_name) && {
    return {std::move(*this).effect::named(std::move(step_name))};
  }
};

/// As many effects as a handler wants; none is written `{}`.
class effects {
 public:
  effects() = default;
  template <std::derived_from<effect>... E>
  requires(sizeof...(E) > 0) effects(E... each) {  // NOLINT(google-explicit-constructor)
    list_.reserve(sizeof...(E));
    (list_.push_back(std::move(each)), ...);
  }
  // NOLINTNEXTLINE(google-explicit-constructor)
  effects(std::vector<effect> all) : list_(std::move(all)) {}

  void add(effect one) { list_.push_back(std::move(one)); }
  [[nodiscard]] const std::vector<effect>& list() const { return list_; }

 private:
  std::vector<effect> list_;
};

/// Sends a command to an aggregate: it takes effect there once, whatever happens. Commands of one
/// partition's sagas to one aggregate arrive in the order in which they were asked for.
template <class A, class Command>
requires std::same_as<typename Command::api, typename A::api>
[[nodiscard]] step send(address<A> to, const Command& command) {
  effect out{.what = effect::kind::send, .name = std::string(Command::name)};
  out.to = {A::api::type, std::move(to.tenant), std::move(to.id)};
  out.command = Command::tag;
  codec<Command>::encode(command, out.payload);
  return {std::move(out)};
}

/// Calls a function that was registered with node::handle_calls(); at least once, with a key that
/// is the same each time.
[[nodiscard]] inline step call(std::string handler, bytes request) {
  effect out{.what = effect::kind::call, .name = handler};
  out.to.id = std::move(handler);
  out.payload = std::move(request);
  return {std::move(out)};
}

/// Calls the saga's `due(name)` once, not before that time. Setting one of the same name again
/// replaces it; one in the past is due at once. `payload`: see saga::payload().
[[nodiscard]] inline effect deadline(std::string name, std::chrono::microseconds after,
                                     bytes payload = {}) {
  effect out{.what = effect::kind::deadline, .name = std::move(name)};
  out.after = after;
  out.payload = std::move(payload);
  return out;
}
/// Takes a deadline or a wait back; without effect when there is none of that name.
[[nodiscard]] inline effect cancel(std::string name) {
  return {.what = effect::kind::cancel, .name = std::move(name)};
}

/// Waits for somebody's answer by that name, see saga_ref::answer(): then `told(name)` is called.
/// With a limit `due(name)` is called instead when none came in time; later answers are refused. An
/// answer that came before is used at once.
[[nodiscard]] inline effect wait_for(std::string name, std::chrono::microseconds at_most = {}) {
  effect out{.what = effect::kind::wait, .name = std::move(name)};
  out.after = at_most;
  return out;
}

/// From now on the instance is reached by events with this key too, beside its own: by those that
/// are committed later, until no_longer_keyed() or its end. Several instances may have a key; an
/// event reaches all of them, and starts only the instance whose own key it is. Without effect when
/// it has the key already.
[[nodiscard]] inline effect also_keyed(std::string key) {
  return {.what = effect::kind::also_keyed, .name = std::move(key)};
}
/// Takes also_keyed() back: what is committed later misses the instance. Its own key stays.
[[nodiscard]] inline effect no_longer_keyed(std::string key) {
  return {.what = effect::kind::no_longer_keyed, .name = std::move(key)};
}

/// Takes back what was done, last first, and ends the saga as failed.
[[nodiscard]] inline effect compensate(std::string why) {
  return {.what = effect::kind::compensate, .name = std::move(why)};
}
/// Ends the saga; what it has sent is still delivered.
[[nodiscard]] inline effect finish() {
  return {.what = effect::kind::finish};
}

}  // namespace reprise
