// SPDX-License-Identifier: Apache-2.0
//
// The thread that rings the alarms of one node. Sleeps while nothing is scheduled.

#pragma once

#include "actors/timer_wheel.hpp"
#include "base/clock.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace reprise::actors {

/// Threading: every method may be called from any thread, also from alarm::ring().
class timer_thread {
 public:
  explicit timer_thread(const base::clock& time);
  ~timer_thread() { stop(); }

  /// Does nothing after stop().
  void schedule(std::shared_ptr<alarm> who, base::clock::instant when);
  /// Without effect on one that is not scheduled, or is just ringing.
  void cancel(alarm& who);
  /// No alarm rings after it has returned. Idempotent. Not to be called from ring().
  void stop();

 private:
  void run();

  const base::clock& time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  timer_wheel wheel_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace reprise::actors
