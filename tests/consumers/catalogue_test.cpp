// SPDX-License-Identifier: Apache-2.0
//
// Proves that no case of subscription-projection.md is missing from this program without a reason.
#include "tests/consumers/catalogue.hpp"

#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/interfaces/catch_interfaces_registry_hub.hpp>
#include <catch2/interfaces/catch_interfaces_testcase.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::consumers::testing {
namespace {

constexpr std::size_t id_length = std::string_view("P-000").size();

// The ids that a name begins with: one, or several with blanks between them.
std::vector<std::string> leading_ids(std::string_view name) {
  std::vector<std::string> ids;
  while (name.size() >= id_length && name.starts_with("P-") &&
         std::ranges::all_of(name.substr(2, id_length - 2),
                             [](unsigned char c) { return std::isdigit(c) != 0; })) {
    ids.emplace_back(name.substr(0, id_length));
    name.remove_prefix(std::min(name.size(), id_length + 1));
  }
  return ids;
}

std::set<std::string> tested() {
  std::set<std::string> all;
  for (const Catch::TestCaseInfo* test :
       Catch::getRegistryHub().getTestCaseRegistry().getAllInfos()) {
    for (std::string& id : leading_ids(test->name)) all.insert(std::move(id));
  }
  return all;
}

// Lines such as `- **P-004** Subscribe from a given sequence ... [L][R]`.
std::vector<std::string> cases_of(std::istream& in) {
  constexpr std::string_view mark = "- **";
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(mark)) continue;
    for (std::string& id : leading_ids(std::string_view(line).substr(mark.size()))) {
      all.push_back(std::move(id));
    }
  }
  return all;
}

// REPRISE_CONFORMANCE names the folder of the case files.
std::filesystem::path case_file() {
  if (const char* folder = std::getenv("REPRISE_CONFORMANCE")) {
    return std::filesystem::path(folder) / "subscription-projection.md";
  }
  return std::filesystem::path(REPRISE_SOURCE_DIR) /
         "../shared/conformance/subscription-projection.md";
}

TEST_CASE("every case of a consumer is tested or declared with a reason", "[catalogue]") {
  const std::set<std::string> tests = tested();
  std::map<std::string, declared_case> declared;
  for (const declared_case& d : declared_cases()) {
    CAPTURE(d.id);
    CHECK(declared.emplace(d.id, d).second);
    CHECK_FALSE(d.reason.empty());
  }
  std::set<std::string> known;
  for (const std::string& id : all_cases()) {
    CAPTURE(id);
    CHECK(known.insert(id).second);
    const auto found = declared.find(id);
    // One that is both, or neither, without saying so is a slip.
    CHECK(tests.contains(id) == (found == declared.end() || found->second.in_part));
  }
  for (const std::string& id : tests) {
    CAPTURE(id);
    CHECK(known.contains(id));
  }
  for (const auto& [id, d] : declared) {
    CAPTURE(id);
    CHECK(known.contains(id));
  }
}

TEST_CASE("the catalogue of consumers is that of the case file", "[catalogue]") {
  std::ifstream in(case_file());
  if (!in) {
    // Only those who have the file can check this; the ids are checked by everyone.
    SUCCEED("there is no " << case_file().string());
    return;
  }
  CHECK(all_cases() == cases_of(in));
}

}  // namespace
}  // namespace reprise::consumers::testing
