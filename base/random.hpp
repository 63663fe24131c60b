// SPDX-License-Identifier: Apache-2.0
//
// Randomness as a parameter. Only assembly seeds one from the operating system.

#pragma once

#include <cstdint>

namespace reprise::base {

/// SplitMix64 (Steele, Lea, Flood 2014): one word of state, full period, equal seeds give equal
/// sequences. Not for secrets. Threading: confined to its owner.
class random {
 public:
  explicit random(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// Uniform in [0, bound); bound must not be 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    // The words above the last whole multiple of bound would favour small results.
    const std::uint64_t whole = ~std::uint64_t{0} - ~std::uint64_t{0} % bound;
    std::uint64_t word = next();
    while (word >= whole) word = next();
    return word % bound;
  }

 private:
  std::uint64_t state_;
};

}  // namespace reprise::base
