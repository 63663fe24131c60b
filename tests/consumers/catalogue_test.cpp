// SPDX-License-Identifier: Apache-2.0
//
// Proves that no case of subscription-projection.md is missing from this program without a reason.
#include "tests/consumers/catalogue.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::consumers::testing {

TEST_CASE("every case of a consumer is tested or declared with a reason", "[catalogue]") {
  test::check_all_tested_or_declared('P', all_cases(), declared_cases());
}

TEST_CASE("what is said of a consumer to be tested elsewhere is tested there", "[catalogue]") {
  test::check_tested_elsewhere("tests", declared_cases());
}

TEST_CASE("the catalogue of consumers is that of the case file", "[catalogue]") {
  test::check_case_file('P', "subscription-projection.md", all_cases());
}

}  // namespace reprise::consumers::testing
