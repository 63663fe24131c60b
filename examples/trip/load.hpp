// SPDX-License-Identifier: Apache-2.0
//
// Drives trips through a cluster as a client, and measures.

#pragma once

#include <reprise/client.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ride {

struct load_plan {
  /// Ends when so many trips have ended, or when the time is over. 0 trips: only the time counts.
  std::uint64_t trips = 0;
  std::chrono::seconds time{0};
  std::uint32_t in_flight = 64;
  /// So many trips under way are read at once, each read linearizable.
  std::uint32_t reads = 0;
  std::chrono::milliseconds timeout{10'000};
  /// Where each command is written, if anywhere.
  std::string history{};
  /// Of the trips' ids; loads with different ones drive different trips.
  std::string prefix{};
  std::function<void(std::uint64_t trips)> progress{};
};

struct load_report {
  std::uint64_t trips = 0;
  std::uint64_t acknowledged = 0;
  /// Reads that were answered; not among the acknowledged ones.
  std::uint64_t reads = 0;
  std::uint64_t rejected = 0;
  std::uint64_t unknown = 0;
  std::uint64_t failed = 0;
  double seconds = 0;
  std::uint64_t p50_us = 0;
  std::uint64_t p99_us = 0;
  std::uint64_t max_us = 0;
  /// The longest time in which nothing was acknowledged.
  std::uint64_t longest_gap_ms = 0;
  [[nodiscard]] double per_second() const {
    return seconds > 0 ? static_cast<double>(acknowledged) / seconds : 0;
  }
};

[[nodiscard]] reprise::result<load_report> load(const reprise::client& client,
                                                const load_plan& plan);
[[nodiscard]] std::string as_json(const load_report& report);
[[nodiscard]] std::string as_table(const load_report& report);

}  // namespace ride
