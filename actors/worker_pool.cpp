// SPDX-License-Identifier: Apache-2.0
#include "actors/worker_pool.hpp"

#include <utility>

namespace reprise::actors {

worker_pool::worker_pool(std::uint32_t threads) {
  threads_.reserve(threads);
  for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void worker_pool::submit(std::function<void()> job) {
  const std::lock_guard hold(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  changed_.notify_one();
}

void worker_pool::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
    changed_.notify_all();
  }
  for (std::thread& t : threads_) {
    if (t.joinable()) t.join();
  }
}

void worker_pool::run() {
  std::unique_lock hold(mutex_);
  while (true) {
    changed_.wait(hold, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    hold.unlock();
    job();
    job = nullptr;
    hold.lock();
  }
}

}  // namespace reprise::actors
