// SPDX-License-Identifier: Apache-2.0
//
// Time as a parameter. Only assembly (node::open, the tools' main) makes a system clock.

#pragma once

#include <reprise/envelope.hpp>

#include <chrono>

namespace reprise::base {

/// Threading: every method may be called from any thread.
class clock {
 public:
  using instant = std::chrono::steady_clock::time_point;

  virtual ~clock() = default;
  /// Wall-clock time, for what is stored. May jump.
  [[nodiscard]] virtual timestamp now() const = 0;
  /// Never goes back; for durations and deadlines.
  [[nodiscard]] virtual instant steady() const = 0;
};

class system_clock final : public clock {
 public:
  [[nodiscard]] timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
  [[nodiscard]] instant steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace reprise::base
