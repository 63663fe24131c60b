// SPDX-License-Identifier: Apache-2.0
//
// A stored event, found among the events of several aggregates and given its type back.
//
// Threading: pure but for what the visitor changes.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/detail/aggregate_type.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace reprise::detail {

template <class A, class... E, class F>
void visit_event_of(std::type_identity<std::variant<E...>>, const envelope& meta,
                    bytes_view payload, const F& visit, result<void>& out) {
  if (meta.aggregate.type != A::api::type) return;
  const auto one = [&]<class One>(std::type_identity<One>) {
    if (meta.event_type != One::tag) return;
    result<One> event = codec<One>::decode(payload);
    if (!event) {
      out = std::move(event).error();
      return;
    }
    std::string what = "on(";
    what += One::name;
    what += ')';
    out = contained(errc::handler_failed, what, [&] { visit.template operator()<A, One>(*event); });
  };
  (one(std::type_identity<E>{}), ...);
}

/// Shows the event, as it is stored, as visit<A, E>(event); an event of others is not shown.
/// `malformed` when it cannot be decoded, `handler_failed` when `visit` throws.
template <class... A, class F>
result<void> visit_event(aggregates<A...>, const envelope& meta, bytes_view payload,
                         const F& visit) {
  result<void> out;
  (visit_event_of<A>(std::type_identity<typename A::api::event>{}, meta, payload, visit, out), ...);
  return out;
}

}  // namespace reprise::detail
