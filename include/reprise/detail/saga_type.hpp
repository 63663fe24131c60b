// SPDX-License-Identifier: Apache-2.0
//
// A user's saga with its type erased. What it throws is caught here.
//
// Threading: an instance is used by one thread at a time.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/detail/aggregate_type.hpp>
#include <reprise/detail/fold.hpp>
#include <reprise/detail/visit_event.hpp>
#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::detail {

/// One instance's code and data. A handler that it does not have asks for nothing.
class user_saga {
 public:
  virtual ~user_saga() = default;

  virtual result<void> load(bytes_view state) = 0;
  [[nodiscard]] virtual bytes save() const = 0;
  virtual void situate(saga_situation around) = 0;

  // Each is `handler_failed` when the handler throws; the instance must be thrown away then.
  [[nodiscard]] virtual result<effects> on(const envelope& meta, bytes_view payload) = 0;
  [[nodiscard]] virtual result<effects> due(std::string_view /*name*/) { return effects(); }
  [[nodiscard]] virtual result<effects> told(std::string_view /*name*/) { return effects(); }
  [[nodiscard]] virtual result<effects> answered(std::string_view /*step*/,
                                                 const step_result& /*r*/) {
    return effects();
  }
  [[nodiscard]] virtual result<effects> undo(std::string_view /*step*/, const step_result& /*r*/) {
    return effects();
  }
  [[nodiscard]] virtual result<effects> compensated(std::string_view /*why*/) { return effects(); }
};

/// An event that a saga wants to see.
struct saga_event {
  aggregate_type_id type{};
  std::uint32_t event_type = 0;
  bool starts = false;
};

struct saga_type {
  /// Made of the name; its highest bit is 0, which that of a schema's type never is.
  aggregate_type_id id{};
  std::string name{};
  saga_options settings{};
  std::vector<saga_event> events{};
  /// Whether it has these handlers.
  bool has_answered = false;
  bool has_undo = false;
  bool has_compensated = false;
  /// An event that asks for more steps than may be open waits until others are over, instead of
  /// having failed.
  bool waits_for_room = false;
  /// Every event belongs to the instance with the id of its aggregate, if to any.
  bool own_keys = false;
  /// Whom an event belongs to; `handler_failed`, `malformed`.
  result<std::vector<std::string>> (*keys)(const envelope& meta, bytes_view payload) = nullptr;
  std::unique_ptr<user_saga> (*make)() = nullptr;
};

/// See saga_type::id.
[[nodiscard]] aggregate_type_id saga_id(std::string_view name);

template <class S, class E>
concept continues_with_envelope = requires(S& s, const E& e, const envelope& m) {
  { s.on(e, m) } -> std::convertible_to<effects>;
};
template <class S, class E>
concept continues = continues_with_envelope<S, E> || requires(S& s, const E& e) {
  { s.on(e) } -> std::convertible_to<effects>;
};

template <class S, class E>
concept keyed = requires(const E& e, const envelope& m) {
  S::key_of(e, m);
};

template <class E, class... Of>
consteval bool is_among(events<Of...>) {
  return (std::is_same_v<E, Of> || ...);
}

template <class State, class... A>
aggregates<A...> aggregates_of(const saga<State, A...>*);
/// Whose events S listens to.
template <class S>
using followed = decltype(aggregates_of(static_cast<const S*>(nullptr)));

template <class S>
class saga_host final : public user_saga {
 public:
  result<void> load(bytes_view state) override {
    result<typename S::state> decoded = codec<typename S::state>::decode(state);
    if (!decoded) return std::move(decoded).error();
    static_cast<typename S::state&>(value_) = std::move(*decoded);
    return {};
  }
  [[nodiscard]] bytes save() const override {
    bytes out;
    codec<typename S::state>::encode(value_, out);
    return out;
  }
  void situate(saga_situation around) override { value_.situate(std::move(around)); }

  [[nodiscard]] result<effects> on(const envelope& meta, bytes_view payload) override {
    effects out;
    const auto done = visit(meta, payload, [&]<class A, class E>(const E& stored) {
      in_present_form<A>(stored, [&](const auto& e) {
        using present = std::remove_cvref_t<decltype(e)>;
        effects more;
        if constexpr (continues_with_envelope<S, present>) {
          more = value_.on(e, meta);
        } else if constexpr (continues<S, present>) {
          more = value_.on(e);
        }
        for (const effect& one : more.list()) out.add(one);
      });
    });
    if (!done) return done.error();
    return out;
  }
  [[nodiscard]] result<effects> due(std::string_view name) override {
    return call("due", [&]() -> effects {
      if constexpr (requires { value_.due(name); }) return value_.due(name);
      return {};
    });
  }
  [[nodiscard]] result<effects> told(std::string_view name) override {
    return call("told", [&]() -> effects {
      if constexpr (requires { value_.told(name); }) return value_.told(name);
      return {};
    });
  }
  [[nodiscard]] result<effects> answered(std::string_view step, const step_result& r) override {
    return call("answered", [&]() -> effects {
      if constexpr (requires { value_.answered(step, r); }) return value_.answered(step, r);
      return {};
    });
  }
  [[nodiscard]] result<effects> undo(std::string_view step, const step_result& r) override {
    return call("undo", [&]() -> effects {
      if constexpr (requires { value_.undo(step, r); }) return value_.undo(step, r);
      return {};
    });
  }

  [[nodiscard]] result<effects> compensated(std::string_view why) override {
    return call("compensated", [&]() -> effects {
      if constexpr (requires { value_.compensated(why); }) return value_.compensated(why);
      return {};
    });
  }

  static result<std::vector<std::string>> keys(const envelope& meta, bytes_view payload) {
    std::vector<std::string> out;
    const auto done = visit(meta, payload, [&]<class A, class E>(const E& stored) {
      in_present_form<A>(stored, [&](const auto& e) {
        using present = std::remove_cvref_t<decltype(e)>;
        if constexpr (continues<S, present>) add_keys_of(e, meta, out);
      });
    });
    if (!done) return done.error();
    return out;
  }

  template <class... A>
  static void list_events(aggregates<A...>, std::vector<saga_event>& out) {
    (list_events_of<A>(std::type_identity<typename A::api::event>{}, out), ...);
  }

 private:
  template <class A, class... E>
  static void list_events_of(std::type_identity<std::variant<E...>>, std::vector<saga_event>& out) {
    const auto add = [&]<class One>(std::type_identity<One>) {
      constexpr bool starts = is_among<One>(typename S::started_by{});
      static_assert(!starts || continues<S, One> || upcasts<A, One>,
                    "a saga is started by an event that it has no `on` for");
      if constexpr (continues<S, One> || upcasts<A, One>) {
        out.push_back({A::api::type, One::tag, starts});
      }
    };
    (add(std::type_identity<E>{}), ...);
  }

  // A template of its own: in the generic lambda above, S::key_of would have to be there for all.
  template <class E>
  static void add_keys_of(const E& e, const envelope& meta, std::vector<std::string>& out) {
    if constexpr (keyed<S, E>) {
      add_keys(S::key_of(e, meta), out);
    } else {
      add_keys(meta.aggregate.id, out);
    }
  }
  static void add_keys(std::string key, std::vector<std::string>& out) {
    for (const std::string& known : out) {
      if (known == key) return;
    }
    out.push_back(std::move(key));
  }
  static void add_keys(const std::vector<std::string>& keys, std::vector<std::string>& out) {
    for (const std::string& key : keys) add_keys(key, out);
  }

  // Shows the stored event to `f` as f<A, E>(event).
  template <class F>
  static result<void> visit(const envelope& meta, bytes_view payload, const F& f) {
    return visit_event(followed<S>{}, meta, payload, f);
  }

  template <class F>
  static result<effects> call(std::string_view what, const F& f) {
    effects out;
    const result<void> done = contained(errc::handler_failed, what, [&] { out = f(); });
    if (!done) return done.error();
    return out;
  }

  S value_{};
};

template <class State, class... A>
std::true_type is_saga_test(const saga<State, A...>*);
std::false_type is_saga_test(...);
template <class T>
concept is_saga = decltype(is_saga_test(static_cast<const T*>(nullptr)))::value;

/// The erased form of S.
template <class S>
saga_type describe_saga() {
  // Only an aggregate's events and states are sealed: a mark here would promise what nothing keeps.
  static_assert(!holds_personal_data<typename S::state>,
                "a saga's data is stored as it is, so it cannot have personal fields: keep the id "
                "of whom they are about, and ask the aggregate that has them");
  static_assert(
      requires { typename S::started_by; },
      "a saga says what starts it: using started_by = reprise::events<...>");
  saga_type out{
      .id = saga_id(S::options.name), .name = std::string(S::options.name), .settings = S::options};
  saga_host<S>::list_events(followed<S>{}, out.events);
  out.has_answered = requires(S & s, const step_result& r) {
    s.answered(std::string_view(), r);
  };
  out.has_compensated = requires(S & s) {
    s.compensated(std::string_view());
  };
  out.has_undo = requires(S & s, const step_result& r) {
    s.undo(std::string_view(), r);
  };
  out.keys = &saga_host<S>::keys;
  out.make = []() -> std::unique_ptr<user_saga> { return std::make_unique<saga_host<S>>(); };
  return out;
}

}  // namespace reprise::detail
