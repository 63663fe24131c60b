// SPDX-License-Identifier: Apache-2.0
//
// Time as benchmarks take it.

#pragma once

#include <chrono>

namespace reprise::benchmarks {

/// Runs from when it is made. Threading: a value.
class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace reprise::benchmarks
