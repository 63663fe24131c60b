// SPDX-License-Identifier: Apache-2.0
//
// How one event is seen: as it is, or in the form that an upcaster gives it.
//
// Threading: pure but for what the visitor changes.

#pragma once

#include <reprise/aggregate.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <variant>

namespace reprise::detail {

/// Calls `visit` with each event that A's upcasters make of this one, or with the event itself.
/// Throws what they throw, and std::logic_error when upcasting does not end. `casts`: how many
/// upcasters the event went through.
template <class A, class E, class F>
void in_present_form(const E& event, const F& visit, std::size_t casts = 0) {
  if constexpr (upcasts<A, E>) {
    // Each form leads to a later one, so there are fewer steps than event types.
    if (casts == std::variant_size_v<typename A::event>) {
      throw std::logic_error("upcasting " + std::string(E::name) + " leads back to itself");
    }
    for (const typename A::event& later : A::upcast(event)) {
      std::visit([&](const auto& e) { detail::in_present_form<A>(e, visit, casts + 1); }, later);
    }
  } else {
    visit(event);
  }
}

/// Throws what the aggregate's code throws.
template <class A, class E>
void fold(A& value, const E& event) {
  in_present_form<A>(event, [&](const auto& e) { value.apply(e); });
}

}  // namespace reprise::detail
