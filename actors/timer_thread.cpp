// SPDX-License-Identifier: Apache-2.0
#include "actors/timer_thread.hpp"

#include <utility>
#include <vector>

namespace reprise::actors {

timer_thread::timer_thread(const base::clock& time)
    : time_(time), wheel_(time.steady()), thread_([this] { run(); }) {}

void timer_thread::schedule(std::shared_ptr<alarm> who, base::clock::instant when) {
  const std::lock_guard hold(mutex_);
  if (stopping_) return;
  const bool was_empty = wheel_.empty();
  wheel_.schedule(std::move(who), when);
  if (was_empty) changed_.notify_one();
}

void timer_thread::cancel(alarm& who) {
  // Destroyed after the lock is let go: what it keeps alive may be the user's.
  std::shared_ptr<alarm> kept;
  {
    const std::lock_guard hold(mutex_);
    kept = wheel_.cancel(who);
  }
}

void timer_thread::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void timer_thread::run() {
  std::unique_lock hold(mutex_);
  while (!stopping_) {
    if (wheel_.empty()) {
      changed_.wait(hold, [this] { return stopping_ || !wheel_.empty(); });
      continue;
    }
    changed_.wait_for(hold, timer_wheel::tick, [this] { return stopping_; });
    std::vector<std::shared_ptr<alarm>> ringing = wheel_.due(time_.steady());
    if (ringing.empty() || stopping_) continue;
    hold.unlock();
    for (const auto& a : ringing) a->ring();
    ringing.clear();
    hold.lock();
  }
}

}  // namespace reprise::actors
