// SPDX-License-Identifier: Apache-2.0
//
// A feed as a node runs it: its feeder, and the ways to steer it from outside.
//
// Invariant: its feeder is used by one thread at a time, which holds mutex_.
// Threading: every method but run() may be called from any thread; none from within the sink.

#pragma once

#include "actors/task_pool.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "consumers/feeder.hpp"
#include "persistence/journal.hpp"

#include <reprise/metrics.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace reprise::actors {

class sink_task final : public pooled_task, public detail::live_feed {
 public:
  /// All but the pool must outlive it.
  struct ports {
    const persistence::journal& log;
    const base::clock& time;
    reprise::metrics& measured;
  };

  sink_task(const ports& around, std::string name, std::uint32_t version,
            std::unique_ptr<consumers::feeder> what, std::shared_ptr<task_pool> pool);

  next run() override;

  void pause() override;
  void resume() override;
  /// Commits what is written; nothing is written once it has returned.
  void stop();
  [[nodiscard]] projection_status status() const override;

 private:
  // What others may know without waiting for a step to end.
  struct published {
    std::vector<partition_cursor> cursors{};
    consumers::feeder::state is = consumers::feeder::state::more;
    std::optional<error> trouble{};
    std::uint64_t attempts = 0;
    std::uint64_t skipped = 0;
  };
  void publish(consumers::feeder::state is);

  const ports ports_;
  const std::string name_;
  const std::uint32_t version_;
  const std::shared_ptr<task_pool> pool_;
  counter& lag_events_;
  std::atomic<bool> paused_{false};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  // Guarded by mutex_.
  const std::unique_ptr<consumers::feeder> what_;
  base::guarded<published> published_;
};

}  // namespace reprise::actors
