// SPDX-License-Identifier: Apache-2.0
//
// What was paid, summed by the borough in which the trips began.
//
// Invariant: sums are exact, in cents; the order of adding does not matter.
// Threading: values; no shared state.

#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace taxi {

class borough_totals {
 public:
  /// Counts one paid trip.
  void add(const std::string& pickup_borough, std::uint64_t total_cents) {
    cents_[pickup_borough] += total_cents;
  }

  /// By name of the borough; `unknown` is one of them.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& cents() const { return cents_; }
  [[nodiscard]] std::uint64_t sum_cents() const {
    std::uint64_t sum = 0;
    for (const auto& [borough, cents] : cents_) sum += cents;
    return sum;
  }

  bool operator==(const borough_totals&) const = default;

 private:
  std::map<std::string, std::uint64_t> cents_{};
};

}  // namespace taxi
