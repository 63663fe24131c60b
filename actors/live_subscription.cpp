// SPDX-License-Identifier: Apache-2.0
#include "actors/live_subscription.hpp"

#include <utility>

namespace reprise::actors {

live_subscription::live_subscription(std::unique_ptr<consumers::delivery> what,
                                     std::shared_ptr<task_pool> pool,
                                     std::shared_ptr<running_names> names, std::string name)
    : pool_(std::move(pool)),
      names_(std::move(names)),
      name_(std::move(name)),
      seen_(what->cursors()),
      what_(std::move(what)) {}

pooled_task::next live_subscription::run() {
  const auto interrupted = [this] {
    return stopped_.load(std::memory_order_acquire) || paused_.load(std::memory_order_acquire);
  };
  const consumers::delivery::progress done = what_->advance(interrupted);
  seen_.with([&](auto& seen) { seen = what_->cursors(); });
  if (stopped_.load(std::memory_order_acquire) || done.is == consumers::delivery::state::ended) {
    end();
    return {.when = again::never};
  }
  return {.when = done.is == consumers::delivery::state::more ? again::at_once : again::when_woken,
          .due = done.due};
}

void live_subscription::pause() {
  paused_.store(true, std::memory_order_release);
  pool_->wait_for(*this);
}

void live_subscription::resume() {
  paused_.store(false, std::memory_order_release);
  pool_->wake(*this);
}

void live_subscription::stop() {
  stopped_.store(true, std::memory_order_release);
  if (pool_->is_running_here(*this)) return;
  pool_->remove(*this);
  end();
}

std::vector<partition_cursor> live_subscription::cursors() const {
  return seen_.with([](const auto& seen) { return seen; });
}

// Once, by whoever comes first; others wait until it is done.
void live_subscription::end() {
  std::call_once(ending_, [this] {
    what_->finish();
    names_->with([&](auto& names) { names.erase(name_); });
    ended_.store(true, std::memory_order_release);
  });
}

}  // namespace reprise::actors
