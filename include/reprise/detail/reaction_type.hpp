// SPDX-License-Identifier: Apache-2.0
//
// A user's reaction with its type erased: a saga without data, of which each event is a whole life.
//
// Threading: its functions may be called by several threads at once.

#pragma once

#include <reprise/detail/fold.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/detail/visit_event.hpp>
#include <reprise/reaction.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace reprise::detail {

template <class A, class... More>
std::true_type is_reaction_test(const reaction<A, More...>*);
std::false_type is_reaction_test(...);
template <class T>
concept is_reaction = decltype(is_reaction_test(static_cast<const T*>(nullptr)))::value;

template <class R, class E>
concept reacts_with_envelope = requires(R& r, const E& e, const envelope& m) {
  r.on(e, m);
};
template <class R, class E>
concept reacts = reacts_with_envelope<R, E> || requires(R& r, const E& e) {
  r.on(e);
};

template <class R>
class reaction_host final : public user_saga {
 public:
  result<void> load(bytes_view /*state*/) override { return {}; }
  [[nodiscard]] bytes save() const override { return {}; }
  void situate(saga_situation /*around*/) override {}

  [[nodiscard]] result<effects> on(const envelope& meta, bytes_view payload) override {
    auto wanted = steps_for(meta, payload);
    // What it asks for is delivered also when the life is over.
    if (wanted) wanted->add(finish());
    return wanted;
  }

  /// The aggregate's own, where anything follows from the event.
  static result<std::vector<std::string>> keys(const envelope& meta, bytes_view payload) {
    const auto wanted = steps_for(meta, payload);
    if (!wanted) return wanted.error();
    std::vector<std::string> out;
    if (!wanted->list().empty()) out.push_back(meta.aggregate.id);
    return out;
  }

  static std::vector<saga_event> events() {
    std::vector<saga_event> out;
    list_events(typename R::aggregates{}, out);
    return out;
  }

 private:
  static result<effects> steps_for(const envelope& meta, bytes_view payload) {
    effects out;
    const auto done =
        visit_event(typename R::aggregates{}, meta, payload, [&]<class A, class E>(const E& e) {
          in_present_form<A>(e, [&](const auto& present) { add_steps(present, meta, out); });
        });
    if (!done) return done.error();
    return out;
  }

  template <class E>
  static void add_steps(const E& e, const envelope& meta, effects& out) {
    if constexpr (reacts<R, E>) {
      const steps wanted = asked(e, meta);
      for (const step& one : wanted.list()) out.add(one);
    }
  }
  template <class E>
  static steps asked(const E& e, const envelope& meta) {
    R code;
    const auto call = [&]() -> decltype(auto) {
      if constexpr (reacts_with_envelope<R, E>) {
        return code.on(e, meta);
      } else {
        return code.on(e);
      }
    };
    static_assert(std::convertible_to<decltype(call()), steps>,
                  "`on` of a reaction returns reprise::steps: sends and calls, and no others. "
                  "Deadlines, waits, undo and compensation need a saga");
    return call();
  }

  template <class... A>
  static void list_events(aggregates<A...>, std::vector<saga_event>& out) {
    (list_events_of<A>(std::type_identity<typename A::api::event>{}, out), ...);
  }
  template <class A, class... E>
  static void list_events_of(std::type_identity<std::variant<E...>>, std::vector<saga_event>& out) {
    const auto add = [&]<class One>(std::type_identity<One>) {
      if constexpr (reacts<R, One> || upcasts<A, One>) {
        // Each begins a life, since the one before was over with its event.
        out.push_back({.type = A::api::type, .event_type = One::tag, .starts = true});
      }
    };
    (add(std::type_identity<E>{}), ...);
  }
};

template <class R, class... E>
consteval bool reacts_to_any(std::type_identity<std::variant<E...>>) {
  return (reacts<R, E> || ...);
}
template <class R, class... A>
consteval bool reacts_to_any(aggregates<A...>) {
  return (reacts_to_any<R>(std::type_identity<typename A::api::event>{}) || ...);
}

/// The erased form of R.
template <class R>
saga_type describe_reaction() {
  static_assert(std::is_empty_v<R>, "a reaction holds no data; what remembers is a saga");
  static_assert(reacts_to_any<R>(typename R::aggregates{}),
                "a reaction has an `on` for an event of the aggregates that it listens to");
  return {
      .id = saga_id(R::options.name),
      .name = std::string(R::options.name),
      .settings = {.name = R::options.name,
                   .failing = R::options.failing,
                   .steps_open_max = R::options.steps_open_max,
                   .from_now = R::options.from_now},
      .events = reaction_host<R>::events(),
      .waits_for_room = true,
      .own_keys = true,
      .keys = &reaction_host<R>::keys,
      .make = []() -> std::unique_ptr<user_saga> { return std::make_unique<reaction_host<R>>(); }};
}

}  // namespace reprise::detail
