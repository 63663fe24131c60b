// SPDX-License-Identifier: Apache-2.0
//
// A few threads for work that blocks: replays and saving snapshots.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reprise::actors {

/// Runs jobs in the order of their submission, so many at once as it has threads. The number of
/// waiting jobs is bounded by those who submit: one for each activation at most.
/// Threading: any thread.
class worker_pool {
 public:
  explicit worker_pool(std::uint32_t threads);
  ~worker_pool() { stop(); }

  /// Dropped after stop().
  void submit(std::function<void()> job);
  /// Drops what has not begun and waits for the rest. Idempotent.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace reprise::actors
