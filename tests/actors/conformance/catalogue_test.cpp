// SPDX-License-Identifier: Apache-2.0
//
// Proves that no case of aggregate.md is missing from this program without a reason.
#include "tests/actors/conformance/catalogue.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::conformance {

TEST_CASE("every case of an aggregate is tested or declared with a reason", "[catalogue]") {
  test::check_all_tested_or_declared('A', all_cases(), declared_cases());
}

TEST_CASE("what is said to be tested elsewhere is tested there", "[catalogue]") {
  test::check_tested_elsewhere("tests/actors", declared_cases());
}

TEST_CASE("the catalogue of aggregates is that of the case file", "[catalogue]") {
  test::check_case_file('A', "aggregate.md", all_cases());
}

}  // namespace reprise::conformance
