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

constexpr std::string_view replicas = "needs three replicas; comes with the replicated journal";
constexpr std::string_view projections = "projections are not built yet";
constexpr std::string_view failures = "comes with the failure policy of projections";
constexpr std::string_view versions = "comes with versions of projections";
constexpr std::string_view groups = "consumer groups are a later step";

constexpr auto declared = std::to_array<declared_case>({
    {"P-009",
     "a subscription that nothing comes for holds no thread and no timer; hours of virtual time "
     "have nothing to pass in it"},
    {"P-010", replicas, true},
    {"P-011", replicas},
    {"P-012", replicas},
    {"P-016", "a subscription has started when subscribe() returns, so it cannot be stopped before",
     true},
    {"P-017", "a disk that fails when the history is read is a fault of the journal, see J-154",
     true},
    {"P-020", "comes with retention: nothing cuts a partition off yet"},
    {"P-022", replicas},
    {"P-030",
     "the choice sees the stored form, since upcasters belong to the aggregate that folds"},
    {"P-032", "optional and not offered: the calls of one subscriber are made one after the other"},
    {"P-039", projections},
    {"P-040", projections},
    {"P-041", projections},
    {"P-042", projections},
    {"P-044", projections},
    {"P-045", projections},
    {"P-046", projections},
    {"P-047", projections},
    {"P-049", replicas},
    {"P-050", replicas},
    {"P-051", projections},
    {"P-052", projections},
    {"P-054", projections},
    {"P-055", projections},
    {"P-056", projections},
    {"P-057", "that is for projections, which are not built yet; it is tested for subscriptions",
     true},
    {"P-059", failures},
    {"P-060", failures},
    {"P-061", failures},
    {"P-062", failures},
    {"P-064", failures},
    {"P-065", failures},
    {"P-066", failures},
    {"P-067", failures},
    {"P-069", failures},
    {"P-070", failures},
    {"P-071", failures},
    {"P-072", versions},
    {"P-073", versions},
    {"P-075", versions},
    {"P-076", versions},
    {"P-077", versions},
    {"P-079", versions},
    {"P-080", versions},
    {"P-081", versions},
    {"P-082", versions},
    {"P-084", versions},
    {"P-085", versions},
    {"P-086", replicas},
    {"P-087", projections},
    {"P-089", projections},
    {"P-090", projections},
    {"P-091", projections},
    {"P-092", projections},
    {"P-094", replicas},
    {"P-095", projections},
    {"P-096", projections},
    {"P-097", projections},
    {"P-099", projections},
    {"P-100", projections},
    {"P-101", projections},
    {"P-102", projections},
    {"P-104", replicas},
    {"P-105", projections},
    {"P-106", projections},
    {"P-107", projections},
    {"P-109", groups},
    {"P-110", groups},
    {"P-111", groups},
    {"P-112", groups},
    {"P-114", groups},
    {"P-115", groups},
    {"P-116", groups},
    {"P-117", groups},
    {"P-119", replicas},
    {"P-120", groups},
    {"P-121", groups},
    {"P-122", groups},
    {"P-124", groups},
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
