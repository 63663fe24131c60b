// SPDX-License-Identifier: Apache-2.0
//
// A few threads for work that blocks: replays and saving snapshots.

#pragma once

#include "actors/job_runner.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reprise::actors {

/// Runs so many jobs at once as it has threads. Threading: any thread.
class worker_pool final : public job_runner {
 public:
  explicit worker_pool(std::uint32_t threads);
  ~worker_pool() override { stop(); }

  void submit(std::function<void()> job) override;
  void stop() override;

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace reprise::actors
