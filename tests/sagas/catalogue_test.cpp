// SPDX-License-Identifier: Apache-2.0
//
// Every case of saga-outbox-timer.md is tested here or declared with a reason.
#include "tests/case_catalogue.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::sagas::testing {
namespace {

// A chapter a paragraph.
constexpr std::string_view numbers = R"(
  001 002 004 005 006 007 008 010 011 012 014 015 016 017 019 020

  021 022 024 025 026 027 029 030

  031 032 034 035 036 037 039 040 041 042 044 045 046 047

  049 050 051 052 054 055 056

  057 059 060 061 062 064 065 066

  067 068 070 071 072 074 075 076 077 079 080 081 082 084 085 086 087 089 090 091

  092 094 095 096 097

  099 100 101 102 104 105 106 107 108 110 111 112 114 115 116

  117 119 120 121 122 124 125
)";

constexpr std::string_view replicas = "needs three replicas";
constexpr std::string_view of_nodes = "actors/cluster/consumers_test.cpp";

constexpr auto declared = std::to_array<test::declared_case>({
    {"S-026", replicas, false, of_nodes},
    {"S-034", replicas, false, of_nodes},
    {"S-055", "a saga has handlers and no appliers of its own: its data is stored as it is"},
    {"S-086", "optional and not offered: a step has no deadlines of its own"},
    {"S-087", "optional and not offered: a deadline that sets itself anew is periodic"},
    {"S-089",
     "needs nodes whose clocks differ; a deadline is kept as a time, and each node compares it "
     "with its own clock"},
    {"S-096", replicas, false, of_nodes},
    {"S-114", replicas, false, of_nodes},
    {"S-115", "tested with the tool, in tests/cli/saga_test.cpp"},
});

std::vector<std::string> all_cases() {
  std::vector<std::string> all;
  std::istringstream words{std::string(numbers)};
  for (std::string word; words >> word;) all.push_back("S-" + word);
  return all;
}

}  // namespace

TEST_CASE("every case of a saga is tested or declared with a reason", "[catalogue]") {
  test::check_all_tested_or_declared('S', all_cases(), declared);
}

TEST_CASE("what is said of a saga to be tested elsewhere is tested there", "[catalogue]") {
  test::check_tested_elsewhere("tests", declared);
}

TEST_CASE("the catalogue of sagas is that of the case file", "[catalogue]") {
  test::check_case_file('S', "saga-outbox-timer.md", all_cases());
}

}  // namespace reprise::sagas::testing
