// SPDX-License-Identifier: Apache-2.0
//
// A clock whose time the test moves.
//
// Threading: confined to the test.

#pragma once

#include "base/clock.hpp"

#include <chrono>

namespace reprise::consumers::testing {

struct moved_clock final : base::clock {
  std::chrono::milliseconds passed{0};
  [[nodiscard]] timestamp now() const override { return timestamp{passed}; }
  [[nodiscard]] instant steady() const override { return instant{std::chrono::hours{1} + passed}; }
};

}  // namespace reprise::consumers::testing
