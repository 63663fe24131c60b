// SPDX-License-Identifier: Apache-2.0
//
// A projection as a node runs it: its lanes, and the ways to steer them from outside.
//
// Threading: every method may be called from any thread; none from within the projection.

#pragma once

#include "actors/projection_lane.hpp"
#include "actors/projection_progress.hpp"
#include "actors/task_pool.hpp"
#include "base/clock.hpp"
#include "consumers/projection_change.hpp"
#include "consumers/projector.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"

#include <reprise/ids.hpp>
#include <reprise/metrics.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
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

class projection_task final : public detail::live_projection {
 public:
  /// `lanes` as projector::open() gives them.
  projection_task(const projection_ports& ports, std::string name, std::uint32_t version,
                  std::vector<std::unique_ptr<consumers::projector>> lanes,
                  std::shared_ptr<task_pool> pool);
  ~projection_task() override { stop(); }

  /// What the pool is to run.
  [[nodiscard]] const std::vector<std::shared_ptr<projection_lane>>& lanes() const {
    return lanes_;
  }

  void pause() override;
  void resume() override;
  /// Commits what is folded; nothing is folded once it has returned. Idempotent.
  void stop();
  [[nodiscard]] projection_status status() const override;
  [[nodiscard]] result<std::vector<parked_event>> parked() const override;
  result<std::uint64_t> retry_parked(const aggregate_key& aggregate) override;
  result<void> skip_parked(const aggregate_key& aggregate) override;
  result<parked_retry> retry_parked(const parked_choice& choice) override;
  /// Changes its rows while none of its lanes does anything; then all go on with what is stored.
  /// Where it cannot be done nothing has changed, and what is folded stays. `stopped`, and what
  /// projection_change says.
  [[nodiscard]] result<consumers::order_outcome> carry_out(
      const consumers::projection_order& what, const consumers::change_lookups& lookups);

  /// The rows, once they are complete and hold what the receipts stand for. `unavailable` when that
  /// is not so in time, what stopped a lane that it waits for, `invalid_argument` for a receipt of
  /// no partition of this node.
  [[nodiscard]] result<detail::row_view> rows(std::span<const receipt> after,
                                              std::chrono::milliseconds timeout) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }

 private:
  // How old what a lane has not folded was when that was looked at last.
  struct measured_lag {
    std::chrono::milliseconds is{};
    std::optional<base::clock::instant> again{};
  };

  void publish(const consumers::projector& what, consumers::step_state is, measured_lag& lag);
  void measure(const consumers::projector& what, measured_lag& lag) const;
  [[nodiscard]] result<consumers::order_outcome> change(const consumers::projection_order& what,
                                                        const consumers::change_lookups& lookups);
  [[nodiscard]] bool is_closed() const { return lanes_.front()->closed(); }
  template <class F>
  auto steered(const aggregate_key& aggregate, F&& what);
  [[nodiscard]] lane_status status_of(std::uint32_t lane,
                                      const projection_progress::snapshot& all) const;

  const projection_ports ports_;
  const std::string name_;
  const std::uint32_t version_;
  const std::shared_ptr<task_pool> pool_;
  const std::shared_ptr<consumers::lane_commits> commits_;
  projection_progress progress_;
  // Constant after construction.
  std::vector<std::shared_ptr<projection_lane>> lanes_;
  std::once_flag stopped_;
};

}  // namespace reprise::actors
