// SPDX-License-Identifier: Apache-2.0
//
// A few threads for consumers: each takes the next one that has something to do, lets it do one
// step, and puts it at the end of the queue.
//
// Invariants
//  * A task is run by one thread at a time, and not at all once remove() has returned.
//  * Whoever wakes a task while it runs makes it run once more.
//  * Threads are started with the first task; a node without consumers has none.
// Threading: every method may be called from any thread, add() and remove() from within a task too.

#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

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

class consumer_pool {
 public:
  explicit consumer_pool(std::uint32_t threads) : count_(threads) {}
  ~consumer_pool() { stop(); }

  /// Runs at once. Dropped after stop().
  void add(std::shared_ptr<pooled_task> task);
  void wake(const pooled_task& task);
  /// Costs next to nothing while all are awake.
  void wake_all();
  /// True within a step of the task.
  [[nodiscard]] bool is_running_here(const pooled_task& task);
  /// Waits for a step of the task that is under way, unless it is called from within it.
  void wait_for(const pooled_task& task);
  /// The same, and the task is not run again.
  void remove(const pooled_task& task);
  /// Waits for the steps under way. Not from within a task. Idempotent.
  void stop();

 private:
  struct entry {
    std::shared_ptr<pooled_task> task;
    bool ready = true;
    bool removed = false;
    /// Who runs it; nobody's id while it is not run.
    std::thread::id runner{};
    std::optional<base::clock::instant> due{};
  };
  using entries = std::list<entry>;

  void work();
  [[nodiscard]] entries::iterator next_ready();
  [[nodiscard]] std::optional<base::clock::instant> first_due() const;
  [[nodiscard]] entries::iterator find(const pooled_task& task);
  void wait_while_running(std::unique_lock<std::mutex>& hold, const pooled_task& task);

  const std::uint32_t count_;
  // While it is true, each task is ready, or is made so by the thread that made it true.
  std::atomic<bool> all_woken_{false};
  std::mutex mutex_;
  // All guarded by mutex_.
  std::condition_variable changed_;
  std::condition_variable finished_;
  entries tasks_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace reprise::actors
