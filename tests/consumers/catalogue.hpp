// SPDX-License-Identifier: Apache-2.0
//
// Which cases of consumers there are, and which of them are not tested here, or not yet. A case is
// a test whose name begins with its id, or it is declared with a reason; catalogue_test.cpp proves
// that none is missing.
//
// The case file itself, subscription-projection.md, is kept beside the checkout; the ids here are
// its ids.

#pragma once

#include "tests/case_catalogue.hpp"

#include <span>
#include <string>
#include <vector>

namespace reprise::consumers::testing {

using test::declared_case;

/// In the order of the case file.
[[nodiscard]] std::vector<std::string> all_cases();
[[nodiscard]] std::span<const declared_case> declared_cases();

}  // namespace reprise::consumers::testing
