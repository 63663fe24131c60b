// SPDX-License-Identifier: Apache-2.0
#include "actors/projection_lane.hpp"

#include <utility>

namespace reprise::actors {

using consumers::step_state;

projection_lane::projection_lane(std::unique_ptr<consumers::projector> what,
                                 const projection_progress& progress, publisher publishes)
    : progress_(progress), publishes_(std::move(publishes)), what_(std::move(what)) {
  publishes_(*what_, step_state::more);
}

pooled_task::next projection_lane::run() {
  const std::lock_guard hold(mutex_);
  const auto interrupted = [this] {
    return closed() || paused() || wanted_.load(std::memory_order_acquire) > 0;
  };
  if (closed()) return {.when = again::never};
  const consumers::projector::progress done = what_->advance(
      interrupted,
      [this](const auto& folded) { return progress_.is_awaited(what_->lane(), folded); });
  publishes_(*what_, done.is);
  return {.when = done.is == step_state::more ? again::at_once : again::when_woken,
          .due = done.due};
}

void projection_lane::pause() {
  paused_.store(true, std::memory_order_release);
  const std::lock_guard wait(mutex_);
}

void projection_lane::resume() {
  with([this](consumers::projector& what) {
    paused_.store(false, std::memory_order_release);
    if (!closed()) what.resume();
    return true;
  });
}

void projection_lane::begin_anew() {
  what_->begin_anew();
  publishes_(*what_, step_state::more);
}

void projection_lane::close() {
  closed_.store(true, std::memory_order_release);
}

void projection_lane::give_way() {
  const std::lock_guard hold(mutex_);
  what_->lanes()->withdraw(what_->lane());
}

void projection_lane::finish() {
  what_->lanes()->await_turn(what_->lane());
  const std::lock_guard hold(mutex_);
  what_->lanes()->hand_over(what_->lane());
  what_->finish();
  publishes_(*what_, step_state::stopped);
}

}  // namespace reprise::actors
