// SPDX-License-Identifier: Apache-2.0
//
// Which cases there are, and which of them this suite leaves to others. A case is a test whose name
// begins with its id, or it is declared with a reason; catalogue_test.cpp proves that none is
// missing.
//
// The case file itself, aggregate.md, is kept beside the checkout; the ids here are its ids.

#pragma once

#include "tests/case_catalogue.hpp"

#include <span>
#include <string>
#include <vector>

namespace reprise::conformance {

using test::declared_case;

/// In the order of the case file.
[[nodiscard]] std::vector<std::string> all_cases();
/// `file` of a declared case lies below tests/actors.
[[nodiscard]] std::span<const declared_case> declared_cases();

}  // namespace reprise::conformance
