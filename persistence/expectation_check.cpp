// SPDX-License-Identifier: Apache-2.0
#include "persistence/expectation_check.hpp"

#include <string>

namespace reprise::persistence {
namespace {

std::string to_text(const expectation& expected) {
  switch (expected.what) {
    case expectation::kind::any:
      return "anything";
    case expectation::kind::none:
      return "no events";
    case expectation::kind::exists:
      return "events";
    case expectation::kind::exact:
      break;
  }
  return std::to_string(expected.at.value);
}

}  // namespace

bool holds(const expectation& expected, const aggregate_head& head) {
  const bool live = head.is == aggregate_head::state::live;
  switch (expected.what) {
    case expectation::kind::any:
      return true;
    case expectation::kind::none:
      return !live;
    case expectation::kind::exists:
      return live;
    case expectation::kind::exact:
      break;
  }
  return expected.at.value == 0 ? !live : live && head.last == expected.at;
}

std::optional<error> closed(const aggregate_key& key, const expectation& expected,
                            const aggregate_head& head) {
  if (head.is == aggregate_head::state::tombstoned) {
    return error{errc::tombstoned, key.id + " was closed for ever"};
  }
  const bool believes = expected.what == expectation::kind::exists ||
                        (expected.what == expectation::kind::exact && expected.at.value != 0);
  if (head.is == aggregate_head::state::deleted && believes) {
    return error{errc::deleted,
                 key.id + " was deleted at sequence " + std::to_string(head.last.value)};
  }
  return {};
}

error conflict(const aggregate_key& key, const expectation& expected, const aggregate_head& head) {
  return {errc::sequence_conflict,
          "append to " + key.id + " expecting " + to_text(expected) + ": it stands at " +
              std::to_string(head.last.value),
          head.last.value};
}

}  // namespace reprise::persistence
