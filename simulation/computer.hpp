// SPDX-License-Identifier: Apache-2.0
//
// What a simulated node runs on. The computer is there for the whole campaign, with its clock and
// its disk; a life of it is one process, from a start to a crash.
//
// Threading: one thread.

#pragma once

#include "base/clock.hpp"
#include "simulation/world.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace reprise::simulated {

/// One process. What it has left to do is never done once it is dead, and late while it stands
/// still.
class life : public std::enable_shared_from_this<life> {
 public:
  explicit life(world& in) : world_(in) {}

  void after(milliseconds delay, std::function<void()> what) {
    world_.after(delay, [self = shared_from_this(), what = std::move(what)]() mutable {
      self->happen(std::move(what));
    });
  }
  void stand_still(milliseconds time) {
    still_until_ = std::max(still_until_, world_.now() + time);
  }
  [[nodiscard]] milliseconds stands_still_until() const { return still_until_; }
  void end() { ended_ = true; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void happen(std::function<void()> what) {
    if (ended_) return;
    if (world_.now() < still_until_) return after(still_until_ - world_.now(), std::move(what));
    what();
  }

  world& world_;
  milliseconds still_until_{0};
  bool ended_ = false;
};

/// Off by a fixed time, a little too fast or too slow; what it says of the date may jump.
class computer_clock final : public base::clock {
 public:
  computer_clock(const world& of, milliseconds offset, std::int64_t per_mille)
      : world_(of), offset_(offset), per_mille_(per_mille) {}

  [[nodiscard]] timestamp now() const override {
    return timestamp(std::chrono::hours(480'000)) + offset_ + passed();
  }
  [[nodiscard]] instant steady() const override {
    return instant(std::chrono::hours(1)) + passed();
  }
  /// What it says of the date jumps; what it measures does not.
  void set(milliseconds offset) { offset_ = offset; }
  /// How long the world has to wait until this clock has gone on by as much.
  [[nodiscard]] milliseconds in_world(std::chrono::nanoseconds time) const {
    const auto here = std::chrono::ceil<milliseconds>(std::max(time, std::chrono::nanoseconds(0)));
    return milliseconds((here.count() * 1000 + per_mille_ - 1) / per_mille_);
  }

 private:
  [[nodiscard]] milliseconds passed() const { return world_.now() * per_mille_ / 1000; }

  const world& world_;
  milliseconds offset_;
  std::int64_t per_mille_;
};

struct computer {
  computer(world& in, std::string called, milliseconds clock_offset, std::int64_t clock_per_mille)
      : around(in), name(std::move(called)), clock(in, clock_offset, clock_per_mille) {}

  /// How long something takes that has no reason to take long, and sometimes does.
  [[nodiscard]] milliseconds soon() const {
    return around.up_to(milliseconds(around.one_in(20) ? 20 : 1));
  }
  [[nodiscard]] milliseconds disk_takes() const {
    return around.up_to(slow_disk ? milliseconds(300) : milliseconds(4));
  }

  world& around;
  const std::string name;
  computer_clock clock;
  bool slow_disk = false;
  /// Of a disk that the next life finds.
  bool small_disk = false;
};

}  // namespace reprise::simulated
