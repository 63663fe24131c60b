// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/conformance/catalogue.hpp"

#include <array>
#include <sstream>

namespace reprise::conformance {
namespace {

// A chapter a paragraph.
constexpr std::string_view numbers = R"(
  001 002 004 005 006 007 009 010 011 012 014 015 016 017

  018 020 021 022 024 025 026

  027 028 030 031 032 034 035 036 037 039 040 041 042

  044 045 046 047 049 050 051 052 054 055 056 057

  059 060 061 062 064 065 066 067 069 070 071

  072 074 075 076 077 079 080 081 082 084 085 086 087

  089 090 091 092 094 095 096 097

  099 100 101 102 104 105 106 107

  109 110 111 112

  114 115 116 117 119

  120 121 122 124
)";

constexpr std::string_view pipelining = "pipelining_test.cpp";
constexpr std::string_view activation = "activation_test.cpp";
constexpr std::string_view memory = "command_memory_test.cpp";

constexpr std::string_view commits = "commits that the test lets wait, fail or be unknown";
constexpr std::string_view time = "time that the test moves by hand";

constexpr auto declared = std::to_array<declared_case>({
    {"A-006", "nothing lists aggregates yet; that the first append still works is tested", true},
    {"A-010", "a program that must not compile: the tests refused.* of CMakeLists.txt"},
    {"A-016", "no way to override a header for one event is offered", true},
    {"A-018", "a majority of replicas comes with the replicated journal", true},
    {"A-030", "aggregates have no timers and get no messages but commands"},
    {"A-034", commits, false, pipelining},
    {"A-037", "optional and not offered: a command that cannot be judged yet is rejected"},
    {"A-039", commits, false, pipelining},
    {"A-040", commits, false, pipelining},
    {"A-041", "handlers of one partition run one after the other; other partitions go on", true},
    {"A-047", time, false, activation},
    {"A-050", commits, false, pipelining},
    {"A-051", "a journal that cannot be read for a while", false, activation},
    {"A-052", commits, false, activation},
    {"A-054", "somebody else who appends to the same aggregate", false, pipelining},
    {"A-057",
     "a slow handler is reported; its partition waits for it, so nothing is marked busy; that "
     "other partitions go on is A-041",
     true},
    {"A-059", time, false, activation},
    {"A-060", time, false, activation},
    {"A-061", time, false, activation},
    {"A-062", time, false, activation},
    {"A-065", "the number of activations, which only the core shows", false, activation},
    {"A-066", "optional and not offered: the least recently used one goes first"},
    {"A-069", "aggregates have no timers and no subscriptions that could be left behind"},
    {"A-071", "optional and not offered: the limit is a number of aggregates"},
    {"A-080", time, false, activation},
    {"A-086", "projections and sagas come with the consumers", true},
    {"A-090", "there are no predicates; snapshots come by count and by cost"},
    {"A-094", "optional and not offered"},
    {"A-095", commits, false, activation},
    {"A-105", time, false, memory},
    {"A-107",
     "on one node a client sends once; a command that is decided again keeps its id: A-054", true},
    {"A-115", "optional and not offered"},
});

}  // namespace

std::vector<std::string> all_cases() {
  std::vector<std::string> all;
  std::istringstream words{std::string(numbers)};
  for (std::string word; words >> word;) all.push_back("A-" + word);
  return all;
}

std::span<const declared_case> declared_cases() {
  return declared;
}

}  // namespace reprise::conformance
