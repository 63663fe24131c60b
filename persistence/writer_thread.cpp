// SPDX-License-Identifier: Apache-2.0
#include "persistence/writer_thread.hpp"

namespace reprise::persistence {

void writer_thread::start(driven_writer& work) {
  thread_ = std::thread([this, &work] {
    for (bool more = true; more;) {
      const bool rung = wait(work.patience());
      more = work.step(rung);
    }
  });
}

bool writer_thread::wait(std::chrono::milliseconds patience) {
  if (patience.count() > 0) {
    std::unique_lock hold(mutex_);
    wake_.wait_for(hold, patience, [this] { return rung_.load(); });
  }
  // Before the step takes what waits: what comes from here on rings again.
  return rung_.exchange(false);
}

void writer_thread::ring() {
  if (rung_.exchange(true)) return;
  // So that it cannot be between looking and falling asleep.
  { const std::lock_guard hold(mutex_); }
  wake_.notify_one();
}

void writer_thread::finish() {
  ring();
  if (thread_.joinable()) thread_.join();
}

}  // namespace reprise::persistence
