// SPDX-License-Identifier: Apache-2.0
#include "actors/sink_task.hpp"

#include "actors/consumer_lag.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace reprise::actors {

using consumers::step_state;

sink_task::sink_task(const ports& around, std::string name, std::uint32_t version,
                     std::unique_ptr<consumers::feeder> what, std::shared_ptr<task_pool> pool)
    : ports_(around),
      name_(std::move(name)),
      version_(version),
      pool_(std::move(pool)),
      lag_events_(
          around.measured.count("sinks." + name_ + "." + std::to_string(version) + ".lag_events")),
      what_(std::move(what)) {
  publish(step_state::more);
}

pooled_task::next sink_task::run() {
  const std::lock_guard hold(mutex_);
  if (closed_.load(std::memory_order_acquire)) return {.when = again::never};
  const auto interrupted = [this] {
    return closed_.load(std::memory_order_acquire) || paused_.load(std::memory_order_acquire);
  };
  const consumers::feeder::progress done = what_->advance(interrupted);
  publish(done.is);
  return {.when = done.is == step_state::more ? again::at_once : again::when_woken,
          .due = done.due};
}

void sink_task::pause() {
  paused_.store(true, std::memory_order_release);
  const std::lock_guard wait(mutex_);
}

void sink_task::resume() {
  {
    const std::lock_guard hold(mutex_);
    paused_.store(false, std::memory_order_release);
    if (!closed_.load(std::memory_order_acquire)) what_->resume();
  }
  pool_->wake(*this);
}

void sink_task::stop() {
  if (closed_.exchange(true, std::memory_order_acq_rel)) return;
  pool_->remove(*this);
  const std::lock_guard hold(mutex_);
  what_->finish();
  publish(step_state::stopped);
}

void sink_task::publish(step_state is) {
  lag_events_.set(what_->lag());
  published_.with([&](published& p) {
    p = {.cursors = what_->cursors(),
         .is = is,
         .trouble = what_->trouble(),
         .attempts = what_->attempts(),
         .skipped = what_->skipped()};
  });
}

projection_status sink_task::status() const {
  const published seen = published_.with([](const published& p) { return p; });
  projection_status out{.name = name_,
                        .version = version_,
                        .state = projection_state::following,
                        .cursors = seen.cursors,
                        .trouble = seen.trouble,
                        .attempts = seen.attempts,
                        .skipped = seen.skipped};
  if (seen.is == step_state::retrying) out.state = projection_state::retrying;
  if (paused_.load(std::memory_order_acquire)) out.state = projection_state::paused;
  if (seen.is == step_state::stopped) out.state = projection_state::stopped;
  measure_lag(out, ports_.log, ports_.time);
  return out;
}

}  // namespace reprise::actors
