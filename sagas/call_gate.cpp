// SPDX-License-Identifier: Apache-2.0
#include "sagas/call_gate.hpp"

#include <algorithm>
#include <chrono>

namespace reprise::sagas {
namespace {

using std::chrono::milliseconds;

// While a trial is out nobody knows how long it takes.
milliseconds look_again(const call_limits& limits) {
  return std::clamp(limits.open_for / 10, milliseconds(10), milliseconds(1'000));
}

call_limits sensible(call_limits limits) {
  limits.burst = std::max(limits.burst, 1U);
  limits.trials = std::max(limits.trials, 1U);
  limits.open_for = std::max(limits.open_for, milliseconds(1));
  return limits;
}

}  // namespace

call_gate::call_gate(const call_limits& limits)
    : limits_(sensible(limits)),
      interval_(std::chrono::nanoseconds(1'000'000'000 / std::max(limits.per_second, 1U))) {}

std::optional<call_gate::hold> call_gate::begin(base::clock::instant now) {
  if (state_ == circuit::open) {
    if (now < open_until_) return hold{.until = open_until_, .is_trouble = true};
    state_ = circuit::half_open;
    successes_ = 0;
    trying_ = false;
  }
  if (state_ == circuit::half_open && trying_) {
    return hold{.until = now + look_again(limits_), .is_trouble = true};
  }
  if (const auto until = too_early(now)) return hold{.until = *until};
  if (is_limited()) next_ = std::max(next_, now) + interval_;
  trying_ = state_ == circuit::half_open;
  return {};
}

std::optional<base::clock::instant> call_gate::too_early(base::clock::instant now) const {
  if (!is_limited()) return {};
  const base::clock::instant from = next_ - interval_ * (limits_.burst - 1);
  if (now >= from) return {};
  return from;
}

void call_gate::end(bool failed, base::clock::instant now) {
  switch (state_) {
    case circuit::closed:
      failures_ = failed ? failures_ + 1 : 0;
      if (limits_.failures_max > 0 && failures_ >= limits_.failures_max) open(now);
      return;
    case circuit::half_open:
      trying_ = false;
      if (failed) {
        open(now);
      } else if (++successes_ >= limits_.trials) {
        state_ = circuit::closed;
        failures_ = 0;
      }
      return;
    case circuit::open:
      // It began before the circuit was opened.
      return;
  }
}

void call_gate::open(base::clock::instant now) {
  state_ = circuit::open;
  open_until_ = now + limits_.open_for;
}

}  // namespace reprise::sagas
