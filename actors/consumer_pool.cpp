// SPDX-License-Identifier: Apache-2.0
#include "actors/consumer_pool.hpp"

#include <algorithm>
#include <utility>

namespace reprise::actors {

void consumer_pool::add(std::shared_ptr<pooled_task> task) {
  const std::lock_guard hold(mutex_);
  if (stopping_) return;
  tasks_.push_back({.task = std::move(task)});
  while (threads_.size() < count_) threads_.emplace_back([this] { work(); });
  changed_.notify_one();
}

void consumer_pool::wake(const pooled_task& task) {
  const std::lock_guard hold(mutex_);
  if (const auto found = find(task); found != tasks_.end()) found->ready = true;
  changed_.notify_one();
}

void consumer_pool::wake_all() {
  // Whoever commits should not wait here for those who look for work. If they all were woken and
  // none has begun since, there is nothing to tell them.
  if (all_woken_.exchange(true, std::memory_order_acq_rel)) return;
  const std::lock_guard hold(mutex_);
  for (entry& e : tasks_) e.ready = true;
  changed_.notify_all();
}

bool consumer_pool::is_running_here(const pooled_task& task) {
  const std::lock_guard hold(mutex_);
  const auto found = find(task);
  return found != tasks_.end() && found->runner == std::this_thread::get_id();
}

void consumer_pool::wait_for(const pooled_task& task) {
  std::unique_lock hold(mutex_);
  wait_while_running(hold, task);
}

void consumer_pool::remove(const pooled_task& task) {
  std::unique_lock hold(mutex_);
  if (const auto found = find(task); found != tasks_.end()) {
    found->removed = true;
    // A running one is taken out by its thread.
    if (found->runner == std::thread::id{}) tasks_.erase(found);
  }
  wait_while_running(hold, task);
}

void consumer_pool::wait_while_running(std::unique_lock<std::mutex>& hold,
                                       const pooled_task& task) {
  finished_.wait(hold, [&] {
    const auto found = find(task);
    return found == tasks_.end() || found->runner == std::thread::id{} ||
           found->runner == std::this_thread::get_id();
  });
}

void consumer_pool::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& t : threads_) {
    if (t.joinable()) t.join();
  }
  entries dropped;
  const std::lock_guard hold(mutex_);
  dropped.swap(tasks_);
}

consumer_pool::entries::iterator consumer_pool::find(const pooled_task& task) {
  return std::ranges::find_if(tasks_, [&](const entry& e) { return e.task.get() == &task; });
}

consumer_pool::entries::iterator consumer_pool::next_ready() {
  const auto now = std::chrono::steady_clock::now();
  return std::ranges::find_if(tasks_, [&](const entry& e) {
    return e.runner == std::thread::id{} && (e.ready || (e.due && *e.due <= now));
  });
}

std::optional<base::clock::instant> consumer_pool::first_due() const {
  std::optional<base::clock::instant> first;
  for (const entry& e : tasks_) {
    if (e.runner == std::thread::id{} && e.due && (!first || *e.due < *first)) first = e.due;
  }
  return first;
}

void consumer_pool::work() {
  std::unique_lock hold(mutex_);
  while (!stopping_) {
    const auto mine = next_ready();
    if (mine == tasks_.end()) {
      if (const auto due = first_due()) {
        changed_.wait_until(hold, *due);
      } else {
        changed_.wait(hold);
      }
      continue;
    }
    // Behind all others, where it keeps its place while it runs.
    tasks_.splice(tasks_.end(), tasks_, mine);
    mine->ready = false;
    // Before it looks: what is committed from here on wakes it again.
    all_woken_.exchange(false, std::memory_order_acq_rel);
    mine->due.reset();
    mine->runner = std::this_thread::get_id();
    std::shared_ptr<pooled_task> task = mine->task;
    hold.unlock();
    const pooled_task::next next = task->run();
    hold.lock();
    mine->runner = {};
    mine->due = next.due;
    if (next.when == pooled_task::again::at_once) mine->ready = true;
    if (mine->removed || next.when == pooled_task::again::never) tasks_.erase(mine);
    finished_.notify_all();
    hold.unlock();
    // If it goes with this, so does what its user's functions own, which may use the pool.
    task.reset();
    hold.lock();
  }
}

}  // namespace reprise::actors
