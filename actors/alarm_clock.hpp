// SPDX-License-Identifier: Apache-2.0
//
// Rings the alarms of one node.
//
// Threading: every method may be called from any thread, schedule() and cancel() also from
// alarm::ring().

#pragma once

#include "actors/timer_wheel.hpp"
#include "base/clock.hpp"

#include <memory>

namespace reprise::actors {

class alarm_clock {
 public:
  virtual ~alarm_clock() = default;
  /// Does nothing after stop(). Must not be scheduled already.
  virtual void schedule(std::shared_ptr<alarm> who, base::clock::instant when) = 0;
  /// Without effect on one that is not scheduled, or is just ringing.
  virtual void cancel(alarm& who) = 0;
  /// No alarm rings after it has returned. Idempotent. Not to be called from ring().
  virtual void stop() = 0;
};

}  // namespace reprise::actors
