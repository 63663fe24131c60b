// SPDX-License-Identifier: Apache-2.0
//
// Deadlines of which most are cancelled: hashed timing wheel (Varghese and Lauck 1987, scheme 6).
//
// Invariants
//  * An alarm fires at most once per schedule(), and not before its time.
//  * schedule() and cancel() cost the same whatever waits.
//  * While it is scheduled an alarm keeps itself alive.
// Threading: the wheel is confined to its owner's mutex, see timer_thread.

#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace reprise::actors {

/// Something that is to happen later.
class alarm {
 public:
  virtual ~alarm() = default;
  /// Called on the timer's thread, outside of every lock; must not block.
  virtual void ring() = 0;

 private:
  friend class timer_wheel;
  // Of the slot's doubly linked list; guarded by the wheel's owner.
  alarm* before_ = nullptr;
  alarm* after_ = nullptr;
  std::shared_ptr<alarm> self_{};
  base::clock::instant when_{};
  std::uint32_t slot_ = 0;
};

class timer_wheel {
 public:
  using instant = base::clock::instant;
  static constexpr std::chrono::milliseconds tick{10};

  explicit timer_wheel(instant now);
  ~timer_wheel();
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Must not be scheduled already.
  void schedule(std::shared_ptr<alarm> who, instant when);
  /// What kept it alive; empty if it was not scheduled. To be destroyed outside the owner's mutex.
  [[nodiscard]] std::shared_ptr<alarm> cancel(alarm& who);
  /// Those due by `now`, taken off the wheel; to be rung by the caller.
  [[nodiscard]] std::vector<std::shared_ptr<alarm>> due(instant now);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint64_t size() const { return count_; }

 private:
  std::uint64_t tick_of(instant when) const;
  void unlink(alarm& who);

  const instant start_;
  std::uint64_t passed_ = 0;
  std::uint64_t count_ = 0;
  std::vector<alarm*> slots_;
};

}  // namespace reprise::actors
