// SPDX-License-Identifier: Apache-2.0
//
// Writes `<file>.reprise.cpp`: the codecs, on top of Cap'n Proto's own C++ of the same schema.
//
// Threading: pure functions.

#pragma once

#include "messages/generator/model.hpp"

#include <string>

namespace reprise::generator {

[[nodiscard]] std::string source_code(const catalogue& all, const file_model& file);

}  // namespace reprise::generator
