// SPDX-License-Identifier: Apache-2.0
#include "actors/ask.hpp"

#include <utility>

namespace reprise::actors {

using detail::raw_answer;

void ask::complete(result<raw_answer> outcome) {
  if (settle(std::move(outcome))) timer_.cancel(*this);
}

void ask::ring() {
  settle(error{errc::timed_out, "no answer came before the deadline; the outcome is unknown"});
}

bool ask::settle(result<raw_answer> outcome) {
  std::uint32_t expected = open;
  if (!phase_.compare_exchange_strong(expected, taken, std::memory_order_relaxed)) return false;
  outcome_ = std::move(outcome);
  std::function<void()> then;
  {
    const std::lock_guard hold(mutex_);
    phase_.store(done, std::memory_order_release);
    then = std::move(then_);
  }
  phase_.notify_all();
  if (then) then();
  return true;
}

const result<raw_answer>& ask::wait() {
  for (std::uint32_t now = phase_.load(std::memory_order_acquire); now != done;
       now = phase_.load(std::memory_order_acquire)) {
    phase_.wait(now, std::memory_order_acquire);
  }
  return *outcome_;
}

void ask::on_complete(std::function<void()> then) {
  {
    const std::lock_guard hold(mutex_);
    if (phase_.load(std::memory_order_acquire) != done) {
      then_ = std::move(then);
      return;
    }
  }
  then();
}

}  // namespace reprise::actors
