// SPDX-License-Identifier: Apache-2.0
//
// How long to wait so that work stays below a rate.
//
// Threading: confined to its owner.

#pragma once

#include <chrono>
#include <cstdint>

namespace reprise::persistence {

class pace {
 public:
  using duration = std::chrono::steady_clock::duration;

  /// 0: no limit.
  explicit pace(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// `bytes` more were dealt with, `elapsed` after the beginning: how long to pause.
  [[nodiscard]] duration pause_after(std::uint64_t bytes, duration elapsed) {
    bytes_ += bytes;
    if (bytes_per_second_ == 0) return {};
    const std::chrono::duration<double> due(static_cast<double>(bytes_) /
                                            static_cast<double>(bytes_per_second_));
    const auto left = std::chrono::duration_cast<duration>(due) - elapsed;
    return left > duration::zero() ? left : duration::zero();
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_per_second_;
  std::uint64_t bytes_ = 0;
};

}  // namespace reprise::persistence
