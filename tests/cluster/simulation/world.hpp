// SPDX-License-Identifier: Apache-2.0
//
// Time and chance of the simulated replicas of one partition, and their clocks.
//
// Threading: one thread.

#pragma once

#include "base/clock.hpp"
#include "simulation/world.hpp"

namespace reprise::cluster::simulation {

using simulated::broken;
using simulated::check;
using simulated::milliseconds;
using simulated::world;

/// A replica's own clock: off by a fixed time, and a little too fast or too slow.
class skewed_clock final : public base::clock {
 public:
  skewed_clock(const world& of, milliseconds offset, std::int64_t per_mille)
      : world_(of), offset_(offset), per_mille_(per_mille) {}
  [[nodiscard]] timestamp now() const override { return timestamp(since_begin()); }
  [[nodiscard]] instant steady() const override { return instant(since_begin()); }

 private:
  [[nodiscard]] milliseconds since_begin() const {
    return offset_ + world_.now() * per_mille_ / 1000;
  }

  const world& world_;
  milliseconds offset_;
  std::int64_t per_mille_;
};

}  // namespace reprise::cluster::simulation
