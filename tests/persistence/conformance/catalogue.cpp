// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/conformance/catalogue.hpp"

#include <array>
#include <sstream>

namespace reprise::persistence::conformance {
namespace {

// Numbers of the cases, followed by the letters of their tags. A chapter a paragraph.
constexpr std::string_view all_cases = R"(
  001 002 004 005 006 007 009 010 011 012 014 015 016 017 019 020 021 022 024 025 026L 027L 029
  030 031

  032 034 035 036 037 039

  040 041 042 044 045 046 047 049 050 051 052 054 055 056 057 059 060 061 062R 064R 065 066L

  067 069 070 071F 072 074 075 076R 077

  079 080 081 082 084 085 086 087 089 090 091 092L

  094 095 096 097 099 100 101 102 104

  105 106 107 109 110 111 112 114 115 116 117F

  119 120 121 122 124 125 126 127 129 130 131 132L 134L

  135 136 137 139L 140 141 142 144L 145F 146FL 147

  149FL 150FL 151FL 152FL 154FL 155FL 156L 157L 159L 160L 161L

  162 164 165 166 167 169 170F 171F 172
)";

constexpr std::string_view replicas = "needs three replicas; comes with the replicated journal";
constexpr std::string_view commands =
    "the window of remembered commands belongs to the aggregate, as a fold of its own records; "
    "tested at the aggregate level";
constexpr std::string_view one_aggregate =
    "optional and not offered: an append is for one aggregate, a saga is for several";
constexpr std::string_view erasure =
    "nothing is erased: hidden events stay in the file, and why is in "
    "docs/decisions/0009-old-events-are-hidden-behind-two-snapshots.md";

constexpr auto declared = std::to_array<declared_case>({
    {"J-030",
     "to the journal a payload is bytes; defaults and unknown fields are the codecs' cases"},
    {"J-062", replicas},
    {"J-064", replicas},
    {"J-067", commands},
    {"J-069", commands},
    {"J-070", commands},
    {"J-072", commands},
    {"J-074", commands},
    {"J-075", commands},
    {"J-076", replicas},
    {"J-077", commands},
    {"J-092",
     "a second process reads a live journal in tests/persistence/read_only_store_test.cpp"},
    {"J-104", "optional and not offered: there is no index by correlation id"},
    {"J-105", one_aggregate},
    {"J-106", one_aggregate},
    {"J-107", one_aggregate},
    {"J-109", one_aggregate},
    {"J-110", one_aggregate},
    {"J-111", one_aggregate},
    {"J-112", one_aggregate},
    {"J-114", one_aggregate},
    {"J-115", one_aggregate},
    {"J-116", one_aggregate},
    {"J-117", one_aggregate},
    {"J-121",
     "an upper bound below the survivors gives none, but not as a success: the port answers "
     "history_gone with the first readable sequence, so that no replay mistakes a truncated "
     "history for an empty one",
     true},
    {"J-124",
     "limits are the aggregate type's; what they hide is truncated and does not come back: "
     "tests/persistence/retention_test.cpp"},
    {"J-125",
     "limits are carried out when a snapshot was saved, not by reads, and spare what snapshots do "
     "not cover, so always the newest event: tests/persistence/retention_test.cpp"},
    {"J-131",
     "whether a snapshot may be used is decided by recovery; tested at the aggregate level"},
    {"J-132", erasure},
    {"J-134", erasure},
    {"J-142", "an event type is the number of its member in the union; there is no name to limit"},
    {"J-145", "to the journal a payload is bytes; malformed messages are the codecs' cases"},
    {"J-149", "kill -9 needs a process of its own: tests/persistence/crash_test.cpp"},
    {"J-150", "needs a disk of its own: tests/persistence/faults/power_loss_test.cpp"},
    {"J-151",
     "kill -9 needs a process of its own: during checkpoints in tests/persistence/crash_test.cpp, "
     "during a backup in tests/persistence/backup_test.cpp, during truncation and restore in "
     "tests/persistence/killed_tool_test.cpp"},
    {"J-157", "a live journal is read in tests/persistence/read_only_store_test.cpp"},
    {"J-159",
     "formats of other versions are met by tests/persistence/recovery_test.cpp, schemas by "
     "tests/consumers/older_store_test.cpp"},
    {"J-160", "needs a process that writes: tests/persistence/backup_test.cpp"},
    {"J-161", "needs a mounted network file system, which a suite cannot count on"},
    {"J-169", "that a snapshot above the head is reported is recovery's business", true},
    {"J-171", "a failed save is met by the aggregate; tested at the aggregate level"},
});

}  // namespace

std::vector<listed_case> catalogue() {
  std::vector<listed_case> all;
  std::istringstream words{std::string(all_cases)};
  for (std::string word; words >> word;) {
    all.push_back({"J-" + word.substr(0, 3), word.substr(3)});
  }
  return all;
}

std::span<const declared_case> declared_for_all() {
  return declared;
}

}  // namespace reprise::persistence::conformance
