// SPDX-License-Identifier: Apache-2.0
//
// Reactions: what an event of one aggregate asks of others, without a process that remembers it.
//
//   struct billing : reprise::reaction<trip> {                  // whom it listens to
//     static constexpr reprise::reaction_options options{.name = "billing"};
//     steps on(const trip::ev::completed& e, const reprise::envelope& m) const {
//       return {reprise::send(reprise::of<rider>(e.rider),
//                             rider::cmd::charge{.trip = m.aggregate.id, .cents = e.cents})};
//     }
//   };
//   node.host<billing>();
//
// `on(const E& event [, const envelope& meta])` for each event that something follows from. What it
// returns are sends and calls, see reprise/effect.hpp, with retry(), named(), and otherwise() of
// more of them. A deadline, a wait, an undo or a compensation needs somebody who remembers: a saga.
//
// Invariants
//  * What follows from an event is sent if and only if the event is committed, and takes effect
//    once. Nothing more is written when the event is.
//  * What follows from events of one aggregate for one target arrives in the order of the events;
//    not what is done `otherwise`. Targets do not wait for each other.
//  * What follows from an event is settled when the reaction takes the event up; from then on it
//    stays, whatever the program's next version would say.
//  * An event that `on` throws at is for reaction_options::failing to deal with.
// A reaction must hold no data and depend on nothing but the event: `on` may be asked again.
// What is said of sagas by node::sagas(), node::saga() and the tool goes for reactions too; an
// instance has the id of the aggregate whose events it takes.
// Threading: `on` is called by several threads at once.

#pragma once

#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/projection.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise {

struct reaction_options {
  /// 1 to 100 bytes, unlike those of all sagas. What it has done is found by it, so it never
  /// changes.
  std::string_view name{};
  /// Where it has never been hosted on the store: begin with what is committed later. Otherwise
  /// with all events that there are.
  bool from_now = false;
  /// What is done with an event that `on` throws at. Later events of its aggregate wait behind a
  /// parked one.
  failure_policy failing{.finally = failure_policy::then::park};
  /// Commands and calls that follow from one aggregate's events and are not over; later events of
  /// it wait.
  std::uint32_t steps_open_max = 1'000;
};

/// As many steps as follow from an event; none is written `{}`.
class steps {
 public:
  steps() = default;
  template <std::same_as<step>... S>
  requires(sizeof...(S) > 0) steps(S... each) {  // NOLINT(google-explicit-constructor)
    list_.reserve(sizeof...(S));
    (list_.push_back(std::move(each)), ...);
  }
  // NOLINTNEXTLINE(google-explicit-constructor)
  steps(std::vector<step> all) : list_(std::move(all)) {}

  void add(step one) { list_.push_back(std::move(one)); }
  [[nodiscard]] const std::vector<step>& list() const { return list_; }

 private:
  std::vector<step> list_;
};

/// Base of every reaction.
template <class A, class... More>
class reaction {
 public:
  using steps = reprise::steps;
  using aggregates = detail::aggregates<A, More...>;
};

}  // namespace reprise
