// SPDX-License-Identifier: Apache-2.0
//
// Writes `<file>.reprise.hpp`: value structs, enums and aggregates for people to read.
//
// Invariants
//  * The header needs the standard library and <reprise/...> only.
// Threading: pure functions.

#pragma once

#include "messages/generator/model.hpp"

#include <string>

namespace reprise::generator {

[[nodiscard]] std::string header_code(const catalogue& all, const file_model& file);

}  // namespace reprise::generator
