// SPDX-License-Identifier: Apache-2.0
//
// Whether each `$Reprise.personal` of a file can be kept.
//
// Threading: confined to the program's only thread.

#pragma once

#include "messages/generator/catalogue.hpp"

namespace reprise::generator {

/// Refuses a mark that names no owner, one that could not be sealed, or not be told apart.
void check_personal(const catalogue& all, node_id file);

/// Fields of it, or of what it holds, are marked as personal.
[[nodiscard]] bool holds_personal(capnp::StructSchema type);

}  // namespace reprise::generator
