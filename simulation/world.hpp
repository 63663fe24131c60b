// SPDX-License-Identifier: Apache-2.0
//
// Time and chance of a simulated cluster. Everything that happens is an event of this queue, so one
// seed repeats it all.
//
// Threading: one thread.

#pragma once

#include "base/random.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <stdexcept>
#include <string>
#include <vector>

namespace reprise::simulated {

using std::chrono::milliseconds;

/// Something that must hold does not; what() says what.
class broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void check(bool holds, const std::string& what) {
  if (!holds) throw broken(what);
}

class world {
 public:
  explicit world(std::uint64_t seed) : chance_(seed) {}

  [[nodiscard]] milliseconds now() const { return now_; }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return chance_.below(bound); }
  [[nodiscard]] bool one_in(std::uint64_t count) { return chance_.below(count) == 0; }
  [[nodiscard]] std::uint64_t seed() { return chance_.next(); }
  [[nodiscard]] milliseconds up_to(milliseconds most) {
    return milliseconds(below(static_cast<std::uint64_t>(most.count()) + 1));
  }

  void after(milliseconds delay, std::function<void()> what) {
    events_.push({now_ + delay, ++order_, std::move(what)});
  }
  /// Within an event, or in something that an event calls.
  [[nodiscard]] bool is_running() const { return depth_ > 0; }
  void run_for(milliseconds time) {
    const milliseconds end = now_ + time;
    while (!events_.empty() && events_.top().at <= end) {
      // The queue lends its top only as a constant.
      const event next = events_.top();
      events_.pop();
      now_ = next.at;
      happen(next.what);
    }
    // Something in it may have had time pass, too.
    now_ = std::max(now_, end);
  }
  /// Until `holds`, looked at every few milliseconds; false when that takes longer.
  [[nodiscard]] bool run_until(const std::function<bool()>& holds, milliseconds within) {
    const milliseconds end = now_ + within;
    while (now_ < end) {
      if (holds()) return true;
      run_for(milliseconds(5));
    }
    return holds();
  }

 private:
  struct event {
    milliseconds at{};
    std::uint64_t order = 0;
    std::function<void()> what;
    bool operator<(const event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void happen(const std::function<void()>& what) {
    ++depth_;
    try {
      what();
    } catch (...) {
      --depth_;
      throw;
    }
    --depth_;
  }

  base::random chance_;
  milliseconds now_{1000};
  std::uint64_t order_ = 0;
  std::priority_queue<event> events_;
  unsigned depth_ = 0;
};

}  // namespace reprise::simulated
