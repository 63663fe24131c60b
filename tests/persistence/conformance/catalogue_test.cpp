// SPDX-License-Identifier: Apache-2.0
//
// Proves that no case of journal.md is missing from this program without a reason.

#include "tests/persistence/conformance/catalogue.hpp"

#include <catch2/catch_test_case_info.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/interfaces/catch_interfaces_registry_hub.hpp>
#include <catch2/interfaces/catch_interfaces_testcase.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

namespace reprise::persistence::conformance {
namespace {

constexpr std::size_t id_length = std::string_view("J-000").size();

bool is_id(std::string_view text) {
  return text.size() == id_length && text.starts_with("J-") &&
         std::ranges::all_of(text.substr(2), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The ids that the names of this program's tests begin with.
std::set<std::string> tested() {
  std::set<std::string> ids;
  for (const Catch::TestCaseInfo* test :
       Catch::getRegistryHub().getTestCaseRegistry().getAllInfos()) {
    if (is_id(std::string_view(test->name).substr(0, id_length))) {
      ids.insert(test->name.substr(0, id_length));
    }
  }
  return ids;
}

/// Everything declared in this program. An id must not be declared twice.
std::map<std::string, declared_case> declared_here() {
  std::map<std::string, declared_case> all;
  for (const auto list : {declared_for_all(), declared_by_world()}) {
    for (const declared_case& d : list) {
      CAPTURE(d.id);
      CHECK(all.emplace(d.id, d).second);
    }
  }
  return all;
}

std::filesystem::path case_file() {
  if (const char* named = std::getenv("REPRISE_CONFORMANCE")) return named;
  return std::filesystem::path(REPRISE_SOURCE_DIR) / "../shared/conformance/journal.md";
}

/// Lines such as `- **J-146** Map-size limit reached ... [L][F]`.
std::vector<listed_case> cases_of(std::istream& in) {
  constexpr std::string_view mark = "- **";
  std::vector<listed_case> all;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(mark)) continue;
    const std::string id = line.substr(mark.size(), id_length);
    if (!is_id(id)) continue;
    std::string needs;
    for (const char letter : {'F', 'L', 'R'}) {
      if (line.find(std::string("[") + letter + "]") != std::string::npos) needs += letter;
    }
    all.push_back({id, needs});
  }
  return all;
}

}  // namespace

TEST_CASE("every case is tested or declared with a reason", "[catalogue]") {
  const std::set<std::string> tests = tested();
  const std::map<std::string, declared_case> declared = declared_here();
  std::set<std::string> known;
  for (const listed_case& c : catalogue()) {
    CAPTURE(c.id);
    CHECK(known.insert(c.id).second);
    const auto found = declared.find(c.id);
    const bool is_tested = tests.contains(c.id);
    if (found == declared.end()) {
      CHECK(is_tested);
    } else {
      CHECK_FALSE(found->second.reason.empty());
      // One that is both, or neither, without saying so is a slip.
      CHECK(is_tested == found->second.in_part);
    }
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

TEST_CASE("a journal may leave to others only what needs more than it has", "[catalogue]") {
  std::map<std::string, std::string> needs;
  for (const listed_case& c : catalogue()) needs[c.id] = c.needs;
  for (const declared_case& d : declared_by_world()) {
    CAPTURE(d.id);
    CHECK_FALSE(needs[std::string(d.id)].empty());
  }
}

TEST_CASE("a test that a reason names exists", "[catalogue]") {
  constexpr std::string_view folder = "tests/";
  constexpr std::string_view ending = ".cpp";
  for (const auto& [id, d] : declared_here()) {
    const auto begin = d.reason.find(folder);
    if (begin == std::string_view::npos) continue;
    const auto end = d.reason.find(ending, begin);
    REQUIRE(end != std::string_view::npos);
    const std::string_view named = d.reason.substr(begin, end + ending.size() - begin);
    CAPTURE(id, named);
    CHECK(std::filesystem::exists(std::filesystem::path(REPRISE_SOURCE_DIR) / named));
  }
}

TEST_CASE("the catalogue is that of the case file", "[catalogue]") {
  std::ifstream in(case_file());
  if (!in) {
    // Only those who have the file can check this; the ids above are checked by everyone.
    SUCCEED("there is no " << case_file().string());
    return;
  }
  const std::vector<listed_case> there = cases_of(in);
  const std::vector<listed_case> here = catalogue();
  const auto text = [](const std::vector<listed_case>& cases) {
    std::string all;
    for (const listed_case& c : cases) all += c.id + c.needs + ' ';
    return all;
  };
  CHECK_FALSE(there.empty());
  CHECK(text(here) == text(there));
}

}  // namespace reprise::persistence::conformance
