// SPDX-License-Identifier: Apache-2.0
//
// One lane of a projection as a node runs it: its projector, and the ways to get at it between two
// of its events.
//
// Invariants
//  * Its projector is used by one thread at a time, which holds mutex_.
//  * Nobody waits for a turn who holds mutex_: the lane that has it may need the same thread.
// Threading: every method but run() may be called from any thread; none from within the projection.

#pragma once

#include "actors/projection_progress.hpp"
#include "actors/task_pool.hpp"
#include "consumers/projector.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace reprise::actors {

class projection_lane final : public pooled_task {
 public:
  /// Is told what became of each step.
  using publisher = std::function<void(const consumers::projector&, consumers::step_state)>;
  /// `progress` must outlive it.
  projection_lane(std::unique_ptr<consumers::projector> what, const projection_progress& progress,
                  publisher publishes);

  next run() override;

  /// No event is folded once it has returned, until resume().
  void pause();
  void resume();
  /// Has it end before the next event; run() does nothing then.
  void close();
  /// Has no turn any more and waits for none, after what it does now. After close().
  void give_way();
  /// Waits for a turn and commits what is folded. Once all lanes are closed and give way.
  void finish();
  /// Does nothing from when it has returned until the lock is gone. For whom has the turn.
  [[nodiscard]] std::unique_lock<std::mutex> hold() {
    wanted_.fetch_add(1, std::memory_order_acq_rel);
    std::unique_lock held(mutex_);
    wanted_.fetch_sub(1, std::memory_order_acq_rel);
    return held;
  }
  /// See projector. While it is held.
  void begin_anew();
  /// Does something with the projector between two of its events.
  template <class F>
  auto with(F&& use) {
    const auto held = hold();
    auto outcome = std::forward<F>(use)(*what_);
    publishes_(*what_, consumers::step_state::more);
    return outcome;
  }
  /// The same with the turn, which it waits for.
  template <class F>
  auto with_turn(F&& use) {
    const std::shared_ptr<consumers::lane_commits> lanes = what_->lanes();
    lanes->await_turn(what_->lane());
    return with([&](consumers::projector& what) {
      lanes->hand_over(what.lane());
      auto outcome = std::forward<F>(use)(what);
      lanes->leave_turn(what.lane());
      return outcome;
    });
  }

  [[nodiscard]] bool paused() const { return paused_.load(std::memory_order_acquire); }
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_acquire); }
  /// See projector.
  [[nodiscard]] std::int64_t busy_since() const { return what_->busy_since(); }

 private:
  const projection_progress& progress_;
  const publisher publishes_;
  std::atomic<bool> paused_{false};
  std::atomic<bool> closed_{false};
  // Asks for the projector between two events.
  std::atomic<std::uint32_t> wanted_{0};
  std::mutex mutex_;
  // Guarded by mutex_, but for busy_since().
  const std::unique_ptr<consumers::projector> what_;
};

}  // namespace reprise::actors
