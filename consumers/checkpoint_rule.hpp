// SPDX-License-Identifier: Apache-2.0
//
// When a consumer's checkpoint is to be saved: after so many events, after so many records that
// were merely passed, or when progress has gone unsaved for so long.
//
// Threading: confined to its owner; time is a parameter.

#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace reprise::consumers {

struct checkpoint_limits {
  /// At least 1.
  std::uint64_t events = 1;
  /// Records that the filter left out; at least 1.
  std::uint64_t passed = 4096;
  std::chrono::milliseconds within{1'000};
};

class checkpoint_rule {
 public:
  explicit checkpoint_rule(const checkpoint_limits& limits) : limits_(limits) {}

  void handled(base::clock::instant now) {
    ++events_;
    progress(now);
  }
  void passed(std::uint64_t records, base::clock::instant now) {
    if (records == 0) return;
    passed_ += records;
    progress(now);
  }
  void saved() {
    events_ = 0;
    passed_ = 0;
    since_.reset();
  }

  [[nodiscard]] bool unsaved() const { return since_.has_value(); }
  [[nodiscard]] bool due(base::clock::instant now) const {
    return events_ >= limits_.events || passed_ >= limits_.passed ||
           (since_ && now - *since_ >= limits_.within);
  }
  /// When it is due for its age; nothing while everything is saved.
  [[nodiscard]] std::optional<base::clock::instant> due_at() const {
    if (!since_) return {};
    return *since_ + limits_.within;
  }

 private:
  void progress(base::clock::instant now) {
    if (!since_) since_ = now;
  }

  const checkpoint_limits limits_;
  std::uint64_t events_ = 0;
  std::uint64_t passed_ = 0;
  /// When the oldest progress that is not saved was made.
  std::optional<base::clock::instant> since_{};
};

}  // namespace reprise::consumers
