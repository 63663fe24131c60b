// SPDX-License-Identifier: Apache-2.0
//
// Proves that no case of aggregate.md is missing from this program without a reason.
#include "tests/actors/conformance/catalogue.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace reprise::conformance {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("every case of an aggregate is tested or declared with a reason", "[catalogue]") {
  test::check_all_tested_or_declared('A', all_cases(), declared_cases());
}

TEST_CASE("what is said to be tested elsewhere is tested there", "[catalogue]") {
  for (const declared_case& d : declared_cases()) {
    if (d.file.empty()) continue;
    CAPTURE(d.id, d.file);
    const auto file = std::filesystem::path(REPRISE_SOURCE_DIR) / "tests/actors" / d.file;
    CHECK(text_of(file).find(d.id) != std::string::npos);
  }
}

TEST_CASE("the catalogue of aggregates is that of the case file", "[catalogue]") {
  test::check_case_file('A', "aggregate.md", all_cases());
}

}  // namespace reprise::conformance
