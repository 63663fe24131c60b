// SPDX-License-Identifier: Apache-2.0
//
// Proves that no case of a case file is missing from a program without a reason. A case is a test
// whose name begins with its id, as `P-004` or `P-004 P-005`, or it is declared with a reason.
//
// The checks are assertions of the test that calls them. Threading: confined to the test.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::test {

struct declared_case {
  std::string_view id;
  std::string_view reason;
  /// There is a test here too, for a part of the case.
  bool in_part = false;
  /// Where the case, or the rest of it, is tested under its id, below a folder of the suite's.
  std::string_view file{};
};

/// Each of `all` is tested in this program or declared, not both unless it says so; nothing else
/// is. `letter` begins the ids.
void check_all_tested_or_declared(char letter, const std::vector<std::string>& all,
                                  std::span<const declared_case> declared);

/// Each that names a file is named in it; files are below that folder of the source tree.
void check_tested_elsewhere(std::string_view folder, std::span<const declared_case> declared);

/// `all` is what the case file of that name lists, where there is one: beside the checkout, or in
/// the folder that REPRISE_CONFORMANCE names.
void check_case_file(char letter, std::string_view name, const std::vector<std::string>& all);

}  // namespace reprise::test
