// SPDX-License-Identifier: Apache-2.0
//
// How one event changes an aggregate: as it is, or in the form that an upcaster gives it.
//
// Threading: pure but for the aggregate that is changed.

#pragma once

#include <reprise/aggregate.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <variant>

namespace reprise::detail {

/// Throws what the aggregate's code throws, and std::logic_error when upcasting does not end.
/// `casts`: how many upcasters the event went through.
template <class A, class E>
void fold(A& value, const E& event, std::size_t casts = 0) {
  if constexpr (upcasts<A, E>) {
    // Each form leads to a later one, so there are fewer steps than event types.
    if (casts == std::variant_size_v<typename A::event>) {
      throw std::logic_error("upcasting " + std::string(E::name) + " leads back to itself");
    }
    for (const typename A::event& later : A::upcast(event)) {
      std::visit([&](const auto& e) { detail::fold(value, e, casts + 1); }, later);
    }
  } else {
    value.apply(event);
  }
}

}  // namespace reprise::detail
