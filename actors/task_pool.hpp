// SPDX-License-Identifier: Apache-2.0
//
// Where consumers get their turns: each that has something to do does one step, and goes to the end
// of the queue.
//
// Invariants
//  * A task is run by one thread at a time, and not at all once remove() has returned.
//  * Whoever wakes a task while it runs makes it run once more.
// Threading: every method may be called from any thread, add() and remove() from within a task too.

#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace reprise::actors {

/// What a pool runs, step by step.
class pooled_task {
 public:
  enum class again : std::uint8_t { at_once, when_woken, never };
  struct next {
    again when = again::when_woken;
    /// Wakes it then, if nobody did before.
    std::optional<base::clock::instant> due{};
  };

  virtual ~pooled_task() = default;
  virtual next run() = 0;
};

class task_pool {
 public:
  virtual ~task_pool() = default;
  /// Runs at once. Dropped after stop().
  virtual void add(std::shared_ptr<pooled_task> task) = 0;
  virtual void wake(const pooled_task& task) = 0;
  /// Costs next to nothing while all are awake.
  virtual void wake_all() = 0;
  /// True within a step of the task.
  [[nodiscard]] virtual bool is_running_here(const pooled_task& task) = 0;
  /// Waits for a step of the task that is under way, unless it is called from within it.
  virtual void wait_for(const pooled_task& task) = 0;
  /// The same, and the task is not run again.
  virtual void remove(const pooled_task& task) = 0;
  /// Waits for the steps under way. Not from within a task. Idempotent.
  virtual void stop() = 0;
};

}  // namespace reprise::actors
