// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before a peer is dialled again: twice as long each time up to a bound, and never
// in step with others.
//
// Threading: confined to its owner.

#pragma once

#include "base/random.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace reprise::cluster {

class backoff {
 public:
  using duration = std::chrono::milliseconds;

  /// Both must be positive.
  backoff(duration least, duration most) : least_(least), most_(most), next_(least) {}

  /// Between the half and the whole of what the turn is.
  [[nodiscard]] duration next(base::random& jitter) {
    const duration whole = next_;
    next_ = std::min(next_ * 2, most_);
    const auto half = whole.count() / 2;
    const auto more = jitter.below(static_cast<std::uint64_t>(whole.count() - half) + 1);
    return duration(half + static_cast<duration::rep>(more));
  }
  void reset() { next_ = least_; }

 private:
  duration least_;
  duration most_;
  duration next_;
};

}  // namespace reprise::cluster
