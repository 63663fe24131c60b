// SPDX-License-Identifier: Apache-2.0
//
// A schema as a person reads it.
//
// Threading: pure function.

#pragma once

#include "messages/loaded_schema.hpp"

#include <string>

namespace reprise::messages {

/// Commands, events, state and the types that these use, in Cap'n Proto's notation. What stands for
/// types that are declared elsewhere is their name only.
[[nodiscard]] std::string schema_text(const loaded_schema& schema);

}  // namespace reprise::messages
