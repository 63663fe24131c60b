// SPDX-License-Identifier: Apache-2.0
//
// One ask on its way: where the answer and the deadline meet.
//
// Invariants
//  * The first of answer and deadline wins; the other has no effect.
// Threading: any thread.

#pragma once

#include "actors/alarm_clock.hpp"

#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace reprise::actors {

class ask final : public detail::pending_ask, public alarm {
 public:
  /// The timer must outlive it.
  explicit ask(alarm_clock& timer) : timer_(timer) {}

  void complete(result<detail::raw_answer> outcome) override;
  const result<detail::raw_answer>& wait() override;
  void on_complete(std::function<void()> then) override;
  const result<detail::raw_answer>& outcome() const override { return *outcome_; }

  /// The deadline has passed and nobody said that the command was not handled.
  void ring() override;

 private:
  enum phase : std::uint32_t { open, taken, done };
  bool settle(result<detail::raw_answer> outcome);

  alarm_clock& timer_;
  std::atomic<std::uint32_t> phase_{open};
  // Written once, before phase_ becomes done.
  std::optional<result<detail::raw_answer>> outcome_;
  std::mutex mutex_;
  std::function<void()> then_;
};

}  // namespace reprise::actors
