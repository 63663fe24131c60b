// SPDX-License-Identifier: Apache-2.0
//
// One row of a New York taxi file, as values.
//
// Invariants of a trip_row that the reader hands out
//  * The drop-off is not before the pick-up; amounts are exact, in cents.
//  * A zone or borough that the file leaves empty is `unknown`; an empty payment stays empty.
// Threading: values; no shared state.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace taxi {

inline constexpr const char* unknown = "unknown";

struct place {
  std::string zone{unknown};
  std::string borough{unknown};

  bool operator==(const place&) const = default;
};

struct trip_row {
  /// From 1; every data row has one, malformed ones too.
  std::uint64_t number = 0;
  std::chrono::sys_seconds pickup_time{};
  std::chrono::sys_seconds dropoff_time{};
  place pickup{};
  place dropoff{};
  std::uint16_t passengers = 0;
  double distance_miles = 0;
  std::uint32_t fare_cents = 0;
  std::uint32_t tip_cents = 0;
  std::uint32_t tolls_cents = 0;
  /// What was charged; more than fare, tip and tolls together where there were surcharges.
  std::uint32_t total_cents = 0;
  std::string color{};
  /// How the trip was paid; empty when the file does not say.
  std::string payment{};

  bool operator==(const trip_row&) const = default;
};

/// A row that is no trip.
struct bad_row {
  std::uint64_t number = 0;
  /// Line of the file on which the row begins, from 1; the header is line 1.
  std::uint64_t line = 0;
  std::string why{};

  bool operator==(const bad_row&) const = default;
};

using row = std::variant<trip_row, bad_row>;

}  // namespace taxi
