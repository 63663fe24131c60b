// SPDX-License-Identifier: Apache-2.0
#include "tests/case_catalogue.hpp"

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

namespace reprise::test {
namespace {

constexpr std::size_t id_length = std::string_view("A-000").size();

// The ids that a name begins with: one, or several with blanks between them.
std::vector<std::string> leading_ids(char letter, std::string_view name) {
  std::vector<std::string> ids;
  while (name.size() >= id_length && name[0] == letter && name[1] == '-' &&
         std::ranges::all_of(name.substr(2, id_length - 2),
                             [](unsigned char c) { return std::isdigit(c) != 0; })) {
    ids.emplace_back(name.substr(0, id_length));
    name.remove_prefix(std::min(name.size(), id_length + 1));
  }
  return ids;
}

std::set<std::string> tested(char letter) {
  std::set<std::string> all;
  for (const Catch::TestCaseInfo* test :
       Catch::getRegistryHub().getTestCaseRegistry().getAllInfos()) {
    for (std::string& id : leading_ids(letter, test->name)) all.insert(std::move(id));
  }
  return all;
}

// Lines such as `- **A-018** The reply is not sent before ... [L][R]`.
std::vector<std::string> cases_of(char letter, std::istream& in) {
  constexpr std::string_view mark = "- **";
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(mark)) continue;
    for (std::string& id : leading_ids(letter, std::string_view(line).substr(mark.size()))) {
      all.push_back(std::move(id));
    }
  }
  return all;
}

std::filesystem::path case_file(std::string_view name) {
  if (const char* folder = std::getenv("REPRISE_CONFORMANCE")) {
    return std::filesystem::path(folder) / name;
  }
  return std::filesystem::path(REPRISE_SOURCE_DIR) / "../shared/conformance" / name;
}

}  // namespace

void check_all_tested_or_declared(char letter, const std::vector<std::string>& all,
                                  std::span<const declared_case> declared) {
  const std::set<std::string> tests = tested(letter);
  std::map<std::string, declared_case> reasons;
  for (const declared_case& d : declared) {
    CAPTURE(d.id);
    CHECK(reasons.emplace(d.id, d).second);
    CHECK_FALSE(d.reason.empty());
  }
  std::set<std::string> known;
  for (const std::string& id : all) {
    CAPTURE(id);
    CHECK(known.insert(id).second);
    const auto found = reasons.find(id);
    // One that is both, or neither, without saying so is a slip.
    CHECK(tests.contains(id) == (found == reasons.end() || found->second.in_part));
  }
  for (const std::string& id : tests) {
    CAPTURE(id);
    CHECK(known.contains(id));
  }
  for (const auto& [id, d] : reasons) {
    CAPTURE(id);
    CHECK(known.contains(id));
  }
}

void check_tested_elsewhere(std::string_view folder, std::span<const declared_case> declared) {
  for (const declared_case& d : declared) {
    if (d.file.empty()) continue;
    CAPTURE(d.id, d.file);
    std::ifstream in(std::filesystem::path(REPRISE_SOURCE_DIR) / folder / d.file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    CHECK(text.find(d.id) != std::string::npos);
  }
}

void check_case_file(char letter, std::string_view name, const std::vector<std::string>& all) {
  std::ifstream in(case_file(name));
  if (!in) {
    // Only those who have the file can check this; the ids are checked by everyone.
    SUCCEED("there is no " << case_file(name).string());
    return;
  }
  CHECK(all == cases_of(letter, in));
}

}  // namespace reprise::test
