// SPDX-License-Identifier: Apache-2.0
//
// A projection as a node runs it: its projector, the ways to steer it from outside, and those who
// wait until it has come somewhere.
//
// Invariant: its projector is used by one thread at a time, which holds mutex_.
// Threading: every method but run() may be called from any thread; none from within the projection.

#pragma once

#include "actors/consumer_pool.hpp"
#include "base/clock.hpp"
#include "consumers/projector.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"

#include <reprise/ids.hpp>
#include <reprise/metrics.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace reprise::actors {

/// What a projection's task works with; all of it must outlive it.
struct projection_ports {
  const persistence::journal& log;
  persistence::row_store& rows;
  const base::clock& time;
  reprise::metrics& measured;
};

class projection_task final : public pooled_task, public detail::live_projection {
 public:
  projection_task(const projection_ports& ports, std::string name, std::uint32_t version,
                  std::unique_ptr<consumers::projector> what, std::shared_ptr<consumer_pool> pool);

  next run() override;

  void pause() override;
  void resume() override;
  /// Commits what is folded; nothing is folded once it has returned.
  void stop();
  [[nodiscard]] projection_status status() const override;
  [[nodiscard]] result<std::vector<parked_event>> parked() const override;
  result<std::uint64_t> retry_parked(const aggregate_key& aggregate) override;
  result<void> skip_parked(const aggregate_key& aggregate) override;
  result<parked_retry> retry_parked(const parked_choice& choice) override;

  /// The rows, once they are complete and hold what the receipts stand for. `unavailable` when that
  /// is not so in time, what stopped it when it is stopped, `invalid_argument` for a receipt of no
  /// partition of this node.
  [[nodiscard]] result<detail::row_view> rows(std::span<const receipt> after,
                                              std::chrono::milliseconds timeout) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }

 private:
  // What others may know without waiting for a step to end.
  struct published {
    std::vector<partition_cursor> cursors{};
    bool built = false;
    consumers::projector::state is = consumers::projector::state::more;
    std::optional<error> trouble{};
    std::uint64_t attempts = 0;
    std::uint64_t skipped = 0;
    std::uint64_t parked_keys = 0;
    std::uint64_t parked_events = 0;
  };

  void publish(consumers::projector::state is);
  [[nodiscard]] bool is_awaited(const std::vector<partition_cursor>& folded) const;
  template <class F>
  auto steered(F&& what);
  [[nodiscard]] result<void> await(std::span<const receipt> after,
                                   std::chrono::milliseconds timeout,
                                   std::vector<partition_cursor>& reached) const;

  const projection_ports ports_;
  const std::string name_;
  const std::uint32_t version_;
  const std::shared_ptr<consumer_pool> pool_;
  counter& lag_events_;
  counter& waiting_;
  std::atomic<bool> paused_{false};
  std::atomic<bool> closed_{false};
  // Asks for the projector between two events.
  std::atomic<std::uint32_t> wanted_{0};
  std::mutex mutex_;
  // Guarded by mutex_, but for busy_since().
  const std::unique_ptr<consumers::projector> what_;
  mutable std::mutex published_mutex_;
  mutable std::condition_variable moved_;
  // Guarded by published_mutex_.
  published published_;
  mutable std::list<std::span<const receipt>> awaited_;
};

}  // namespace reprise::actors
