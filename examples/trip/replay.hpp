// SPDX-License-Identifier: Apache-2.0
//
// Drives one trip for each row of a taxi file through its commands, many trips at once.
//
// Invariants
//  * Command ids derive from row and command: replaying a file again, or after a crash in the
//  middle,
//    changes nothing that is done and finishes the rest.
//  * What the report counts as completed and paid is read back from the trips, not from the file.
// Threading: run() from one thread; the trips go on in the node's workers.

#pragma once

#include "examples/trip/report.hpp"
#include "examples/trip/taxi_file.hpp"

#include <reprise/node.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>

namespace ride {

struct replay_settings {
  /// Trips under way at once; each has one command in flight.
  std::uint32_t in_flight = 1024;
  /// Called from run() now and then, with what the file has given so far.
  std::function<void(std::uint64_t rows, std::uint64_t bytes_read)> progress{};
  /// Called from run() for each malformed row.
  std::function<void(const taxi::bad_row&)> skipped{};
};

/// The node must host `trip`. Fails when the file cannot be read, or with the first command that
/// failed for good: an unknown outcome is asked again, with the same command id, a few times.
[[nodiscard]] reprise::result<taxi::replay_report> replay(taxi::taxi_file& file,
                                                          const reprise::node& node,
                                                          const replay_settings& settings);

}  // namespace ride
