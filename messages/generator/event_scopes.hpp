// SPDX-License-Identifier: Apache-2.0
//
// Which structs of a file become value types, and which of them C++ could not hold.
//
// Threading: pure functions.

#pragma once

#include "messages/generator/catalogue.hpp"

#include <set>

namespace reprise::generator {

/// Event unions, and the structs nested in them that are nothing but the content of an event: their
/// fields stand in the event's own struct, so a value type for them would be a second name for it.
[[nodiscard]] std::set<node_id> structs_without_value(const catalogue& all, node_id file);

/// Refuses structs that hold themselves, directly or through others.
void refuse_cycles(const catalogue& all, node_id file);

}  // namespace reprise::generator
