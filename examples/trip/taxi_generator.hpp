// SPDX-License-Identifier: Apache-2.0
//
// Makes up taxi trips that resemble a real month of New York (March 2019): how far people ride,
// where, how they pay, and how often a zone or the payment is not recorded.
//
// Invariant: equal seeds give equal trips, on every machine: integer arithmetic only.
// Threading: confined to its owner.

#pragma once

#include "examples/trip/taxi_row.hpp"

#include <cstdint>
#include <random>
#include <span>

namespace taxi {

class taxi_generator {
 public:
  explicit taxi_generator(std::uint64_t seed) : random_(seed) {}

  /// The next trip; numbered from 1.
  [[nodiscard]] trip_row next();

 private:
  /// Uniform in [0, bound), but for a bias of less than bound / 2^64.
  std::uint64_t below(std::uint64_t bound);
  bool chance_of(std::uint64_t per_ten_thousand);
  /// Index into `weights`, by weight.
  std::size_t pick(std::span<const std::uint16_t> weights);
  std::uint64_t hundredths_of_a_mile();
  place somewhere(std::size_t borough);
  void pay(trip_row& trip, std::uint64_t miles_hundredths, std::uint64_t seconds);

  // The one engine whose output the standard fixes; its distributions are not fixed.
  std::mt19937_64 random_;
  std::uint64_t made_ = 0;
};

}  // namespace taxi
