// SPDX-License-Identifier: Apache-2.0
//
// Checks what a load was answered against what the cluster has stored.
//
//  * A command that was ok decided one event, at the sequence that it was told.
//  * One whose outcome is unknown decided at most one; one that was rejected or failed, none.
//  * Each event was decided by a command of the history; sequences have no gap.
//  * A command that was asked after another one was answered stands behind it.
//  * A read saw all that was answered before it was asked, and nothing that was asked after it was
//    answered.
// Since each event has its own sequence, these are what linearizability asks of one trip: the order
// of sequences is the only one that the commands can have had (Herlihy, Wing 1990).

#pragma once

#include "examples/trip/history.hpp"

#include <reprise/client.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ride {

struct check_report {
  std::uint64_t aggregates = 0;
  std::uint64_t commands = 0;
  std::uint64_t ok = 0;
  std::uint64_t unknown = 0;
  /// Of those, how many have happened.
  std::uint64_t unknown_stored = 0;
  std::uint64_t events = 0;
  /// What is wrong, one sentence each; the first hundred.
  std::vector<std::string> violations{};
  std::uint64_t violated = 0;
};

/// What one aggregate's commands and its events contradict each other in.
[[nodiscard]] std::vector<std::string> contradictions(
    const std::vector<asked_command>& asked, const std::vector<reprise::past_event>& stored);

/// Reads from the cluster what each aggregate of the history has stored. Errors: what cannot be
/// read.
[[nodiscard]] reprise::result<check_report> check(const reprise::client& client,
                                                  const std::vector<asked_command>& history);
[[nodiscard]] std::string as_json(const check_report& report);
[[nodiscard]] std::string as_table(const check_report& report);

}  // namespace ride
