// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before something that failed is tried again: each time twice as long, up to a
// bound, less a tenth at most that is left to chance, so that many do not come back at once.
//
// Threading: confined to its owner.

#pragma once

#include "base/random.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace reprise::consumers {

class retry_schedule {
 public:
  /// Both at least 1 ms.
  retry_schedule(std::chrono::milliseconds first, std::chrono::milliseconds most,
                 std::uint64_t seed)
      : first_(first), most_(std::max(first, most)), chance_(seed) {}

  /// The wait before the nth try that follows the first one; n from 1.
  [[nodiscard]] std::chrono::milliseconds before(std::uint64_t n) {
    std::chrono::milliseconds wait = first_;
    for (std::uint64_t i = 1; i < n && wait < most_; ++i) wait = std::min(wait * 2, most_);
    const auto share = static_cast<std::uint64_t>(wait.count()) / 10;
    return wait - std::chrono::milliseconds(chance_.below(share + 1));
  }

 private:
  const std::chrono::milliseconds first_;
  const std::chrono::milliseconds most_;
  base::random chance_;
};

}  // namespace reprise::consumers
