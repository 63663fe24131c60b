// SPDX-License-Identifier: Apache-2.0
//
// The thread that rings the alarms of one node. Sleeps while nothing is scheduled.

#pragma once

#include "actors/alarm_clock.hpp"
#include "actors/timer_wheel.hpp"
#include "base/clock.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace reprise::actors {

class timer_thread final : public alarm_clock {
 public:
  explicit timer_thread(const base::clock& time);
  ~timer_thread() override { stop(); }

  void schedule(std::shared_ptr<alarm> who, base::clock::instant when) override;
  void cancel(alarm& who) override;
  void stop() override;

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
