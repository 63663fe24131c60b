// SPDX-License-Identifier: Apache-2.0
//
// Which cases there are, and which of them this suite leaves to others. A case is a test whose name
// begins with its id, or it is declared with a reason; catalogue_test.cpp proves that none is
// missing.
//
// The case file itself, aggregate.md, is kept beside the checkout; the ids here are its ids.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::conformance {

struct declared_case {
  std::string_view id;
  std::string_view reason;
  /// There is a test here too, for a part of the case.
  bool in_part = false;
  /// Below tests/actors: where the case, or the rest of it, is tested under its id.
  std::string_view file{};
};

/// In the order of the case file.
[[nodiscard]] std::vector<std::string> all_cases();
[[nodiscard]] std::span<const declared_case> declared_cases();

}  // namespace reprise::conformance
