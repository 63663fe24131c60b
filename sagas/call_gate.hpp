// SPDX-License-Identifier: Apache-2.0
//
// Whether a function outside may be called now: not more often than agreed, and not at all for a
// while when it has failed again and again. The circuit is closed while all is well, open while
// nothing is called, and half open while one call at a time finds out whether it works again.
//
// Threading: confined to its owner. Time is a parameter.

#pragma once

#include "base/clock.hpp"

#include <reprise/saga.hpp>

#include <cstdint>
#include <optional>

namespace reprise::sagas {

class call_gate {
 public:
  enum class circuit : std::uint8_t { closed, half_open, open };
  struct hold {
    base::clock::instant until{};
    /// It is not for the rate but because calls fail.
    bool is_trouble = false;
  };

  /// Numbers that must be at least 1 and are not count as 1.
  explicit call_gate(const call_limits& limits);

  /// Nothing: it may be called, and the call counts as begun. Otherwise when to ask again.
  [[nodiscard]] std::optional<hold> begin(base::clock::instant now);
  /// A call has ended. A rejection is no failure.
  void end(bool failed, base::clock::instant now);
  [[nodiscard]] circuit state() const { return state_; }

 private:
  [[nodiscard]] bool is_limited() const { return limits_.per_second > 0; }
  [[nodiscard]] std::optional<base::clock::instant> too_early(base::clock::instant now) const;
  void open(base::clock::instant now);

  const call_limits limits_;
  const base::clock::instant::duration interval_;
  circuit state_ = circuit::closed;
  // In a row.
  std::uint32_t failures_ = 0;
  std::uint32_t successes_ = 0;
  base::clock::instant open_until_{};
  bool trying_ = false;
  // When the next call would begin if all kept to the interval.
  base::clock::instant next_{};
};

}  // namespace reprise::sagas
