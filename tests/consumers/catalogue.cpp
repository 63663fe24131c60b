// SPDX-License-Identifier: Apache-2.0
#include "tests/consumers/catalogue.hpp"

#include <array>
#include <sstream>

namespace reprise::consumers::testing {
namespace {

// A chapter a paragraph.
constexpr std::string_view numbers = R"(
  001 002 004 005 006 007 009 010 011 012 014 015 016 017 019 020 021 022

  024 025 026 027 029 030

  031 032 034 035 036 037

  039 040 041 042 044 045 046 047 049 050 051

  052 054 055 056 057

  059 060 061 062 064 065 066 067 069 070 071

  072 073 075 076 077 079 080 081 082 084 085 086

  087 089 090 091 092 094 095

  096 097 099 100

  101 102 104 105 106 107

  109 110 111 112 114 115 116 117 119 120 121 122 124
)";

constexpr std::string_view replicas = "needs three replicas";
constexpr std::string_view of_nodes = "actors/cluster/consumers_test.cpp";

constexpr auto declared = std::to_array<declared_case>({
    {"P-009",
     "a subscription that nothing comes for holds no thread and no timer; hours of virtual time "
     "have nothing to pass in it"},
    {"P-010", replicas, true, of_nodes},
    {"P-011", replicas, false, of_nodes},
    {"P-012", replicas, false, of_nodes},
    {"P-016", "a subscription has started when subscribe() returns, so it cannot be stopped before",
     true},
    {"P-017", "a disk that fails when the history is read is a fault of the journal, see J-154",
     true},
    {"P-020", "comes with retention: nothing cuts a partition off yet"},
    {"P-022",
     "each node has a copy of every partition, and none is added; a group takes partitions up "
     "where "
     "they are led",
     false, "actors/cluster/groups_test.cpp"},
    {"P-030",
     "projections see it; the choice of a subscription sees the stored form, since upcasters "
     "belong to an aggregate's class",
     true},
    {"P-032", "optional and not offered: the calls of one subscriber are made one after the other"},
    {"P-049", replicas, false, of_nodes},
    {"P-050",
     "no lane is owned by two nodes: each has rows of its own; what a group keeps is fenced", true},
    {"P-052",
     "options are checked; a projection has no hooks, since it holds nothing but its tables", true},
    {"P-071",
     "the key is the aggregate's, which the record holds, so nothing of the user's can throw"},
    {"P-073",
     "each version answers for itself: the old one as long as it runs, the new one once it is "
     "built",
     true},
    {"P-077",
     "there is no swap that could be cut off: versions are independent, and built as in P-039"},
    {"P-081", "tested with the tool, in tests/cli/projection_test.cpp"},
    {"P-085", "comes with retention that erases: hidden events can still be scanned"},
    {"P-086", "rows are of one node and one version: no program writes those of another version"},
    {"P-094", replicas, false, of_nodes},
    {"P-104",
     "no node owns a lane that another one could take over: each has rows of its own of all "
     "partitions that it has a copy of"},
    {"P-119", replicas, false, "actors/cluster/groups_test.cpp"},
    {"P-120",
     "a delivery within a process is not lost; answers to what was assigned anew have no effect",
     true},
    {"P-122", "a delivery within a process is handed over whole"},
});

}  // namespace

std::vector<std::string> all_cases() {
  std::vector<std::string> all;
  std::istringstream words{std::string(numbers)};
  for (std::string word; words >> word;) all.push_back("P-" + word);
  return all;
}

std::span<const declared_case> declared_cases() {
  return declared;
}

}  // namespace reprise::consumers::testing
