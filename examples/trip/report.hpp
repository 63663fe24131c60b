// SPDX-License-Identifier: Apache-2.0
//
// What a replay did, as a table for people and as JSON for programs.
//
// Threading: values and pure functions.

#pragma once

#include "examples/trip/totals.hpp"

#include <cstdint>
#include <string>

namespace taxi {

struct replay_report {
  /// Data rows of the file, and how many of them were malformed.
  std::uint64_t rows = 0;
  std::uint64_t skipped = 0;
  /// Trips that exist, that reached their destination, and that were also paid.
  std::uint64_t trips = 0;
  std::uint64_t completed = 0;
  std::uint64_t paid = 0;
  std::uint64_t commands = 0;
  std::uint64_t events = 0;
  std::uint64_t rejected = 0;
  double seconds = 0;
  /// Time from a command to its answer, in microseconds.
  std::uint64_t p50_us = 0;
  std::uint64_t p99_us = 0;
  borough_totals totals{};

  [[nodiscard]] double commands_per_second() const {
    return seconds > 0 ? static_cast<double>(commands) / seconds : 0;
  }
};

/// Ends with a line break.
[[nodiscard]] std::string as_table(const replay_report& report);
/// One object on one line, without a line break at its end.
[[nodiscard]] std::string as_json(const replay_report& report);

}  // namespace taxi
