// SPDX-License-Identifier: Apache-2.0
//
// Which cases of consumers there are, and which of them are not tested here, or not yet. A case is
// a test whose name begins with its id, or it is declared with a reason; catalogue_test.cpp proves
// that none is missing.
//
// The case file itself, subscription-projection.md, is kept beside the checkout; the ids here are
// its ids.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::consumers::testing {

struct declared_case {
  std::string_view id;
  std::string_view reason;
  /// There is a test here too, for a part of the case.
  bool in_part = false;
};

/// In the order of the case file.
[[nodiscard]] std::vector<std::string> all_cases();
[[nodiscard]] std::span<const declared_case> declared_cases();

}  // namespace reprise::consumers::testing
