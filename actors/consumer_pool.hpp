// SPDX-License-Identifier: Apache-2.0
//
// A few threads for consumers.
//
// Invariant: threads are started with the first task; a node without consumers has none.
// Threading: see task_pool.

#pragma once

#include "actors/task_pool.hpp"
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

class consumer_pool final : public task_pool {
 public:
  explicit consumer_pool(std::uint32_t threads) : count_(threads) {}
  ~consumer_pool() override { stop(); }

  void add(std::shared_ptr<pooled_task> task) override;
  void wake(const pooled_task& task) override;
  void wake_all() override;
  [[nodiscard]] bool is_running_here(const pooled_task& task) override;
  void wait_for(const pooled_task& task) override;
  void remove(const pooled_task& task) override;
  void stop() override;

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
