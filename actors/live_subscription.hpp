// SPDX-License-Identifier: Apache-2.0
//
// A subscription as a node runs it: its delivery, and the ways to pause and stop it from outside.
//
// Invariant: its delivery is used by the pool's thread that runs it, and by stop() once no thread
// does any more.
// Threading: every method but run() may be called from any thread, also from within the subscriber.

#pragma once

#include "actors/task_pool.hpp"
#include "base/guarded.hpp"
#include "consumers/delivery.hpp"

#include <reprise/subscription.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace reprise::actors {

/// Names of the subscriptions that run.
using running_names = base::guarded<std::set<std::string>>;

class live_subscription final : public pooled_task, public detail::running_subscription {
 public:
  /// `name`, unless it is empty, is in `names` already, and leaves them with the end.
  live_subscription(std::unique_ptr<consumers::delivery> what, std::shared_ptr<task_pool> pool,
                    std::shared_ptr<running_names> names, std::string name);

  next run() override;

  void pause() override;
  void resume() override;
  void stop() override;
  [[nodiscard]] bool running() const override { return !ended_.load(std::memory_order_acquire); }
  [[nodiscard]] std::vector<partition_cursor> cursors() const override;

 private:
  void end();

  const std::shared_ptr<task_pool> pool_;
  const std::shared_ptr<running_names> names_;
  const std::string name_;
  std::atomic<bool> paused_{false};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> ended_{false};
  base::guarded<std::vector<partition_cursor>> seen_;
  std::once_flag ending_;
  const std::unique_ptr<consumers::delivery> what_;
};

}  // namespace reprise::actors
