// SPDX-License-Identifier: Apache-2.0
#include "actors/projection_progress.hpp"

#include <algorithm>
#include <utility>

namespace reprise::actors {

using consumers::step_state;

projection_progress::projection_progress(std::string name, std::uint32_t partitions,
                                         std::uint32_t lanes, const measured& counters)
    : name_(std::move(name)), partitions_(partitions), measured_(counters) {
  state_.lanes.resize(lanes);
}

void projection_progress::publish(std::uint32_t of, bool built, lane_state what) {
  const std::lock_guard hold(mutex_);
  const bool stopped = what.is == step_state::stopped;
  state_.built = state_.built || built;
  state_.lanes[of] = std::move(what);
  count_lag();
  // To wake somebody costs more than a step, so nobody is woken for nothing.
  const bool wakes =
      stopped ||
      (state_.built && std::ranges::any_of(awaited_, [&](std::span<const receipt> wanted) {
         return have_reached(wanted);
       }));
  if (wakes) moved_.notify_all();
}

void projection_progress::begin_anew() {
  const std::lock_guard hold(mutex_);
  state_.built = false;
}

void projection_progress::count_lag() {
  std::uint64_t events = 0;
  std::chrono::milliseconds time{};
  for (const lane_state& one : state_.lanes) {
    events += one.lag_events;
    time = std::max(time, one.lag);
  }
  measured_.lag_events.set(events);
  measured_.lag_ms.set(static_cast<std::uint64_t>(time.count()));
}

// Who has what it waits for but has not woken yet is none.
bool projection_progress::is_awaited(std::uint32_t of,
                                     const std::vector<partition_cursor>& folded) const {
  const std::lock_guard hold(mutex_);
  const std::size_t lanes = state_.lanes.size();
  return std::ranges::any_of(awaited_, [&](std::span<const receipt> wanted) {
    bool news = false;
    for (const receipt& r : wanted) {
      if (!is_of(of, r)) continue;
      if (folded[r.partition.value / lanes].through < r.at) return false;
      news = news || reached(r.partition) < r.at;
    }
    return news;
  });
}

position projection_progress::reached(partition_id partition) const {
  const std::size_t lanes = state_.lanes.size();
  const std::vector<partition_cursor>& cursors = state_.lanes[partition.value % lanes].cursors;
  return cursors[partition.value / lanes].through;
}

bool projection_progress::have_reached(std::span<const receipt> wanted) const {
  return std::ranges::all_of(wanted,
                             [&](const receipt& r) { return reached(r.partition) >= r.at; });
}

// A lane that is stopped before it has come to what is wanted of it.
const projection_progress::lane_state* projection_progress::in_the_way(
    std::span<const receipt> wanted) const {
  for (std::size_t i = 0; i < state_.lanes.size(); ++i) {
    const lane_state& one = state_.lanes[i];
    if (one.is != step_state::stopped) continue;
    const bool needed = !state_.built || std::ranges::any_of(wanted, [&](const receipt& r) {
      return is_of(static_cast<std::uint32_t>(i), r) && reached(r.partition) < r.at;
    });
    if (needed) return &one;
  }
  return nullptr;
}

result<std::vector<partition_cursor>> projection_progress::await(
    std::span<const receipt> after, std::chrono::milliseconds timeout) const {
  for (const receipt& r : after) {
    if (r.partition.value >= partitions_) {
      return error{errc::invalid_argument, "a receipt names partition " +
                                               std::to_string(r.partition.value) + ", there are " +
                                               std::to_string(partitions_)};
    }
  }
  std::unique_lock hold(mutex_);
  const auto done = [&] { return state_.built && have_reached(after); };
  const auto mine = awaited_.insert(awaited_.end(), after);
  measured_.waiting.set(awaited_.size());
  moved_.wait_for(hold, timeout, [&] { return done() || in_the_way(after) != nullptr; });
  awaited_.erase(mine);
  measured_.waiting.set(awaited_.size());
  // What it has reached can be read, also when it has come to a stop behind it.
  if (done()) return cursors();
  if (const lane_state* const stopped = in_the_way(after)) {
    return stopped->trouble.value_or(
        error{errc::stopped, "the projection " + name_ + " is stopped"});
  }
  return not_yet(timeout);
}

error projection_progress::not_yet(std::chrono::milliseconds timeout) const {
  std::string why = "the projection " + name_;
  why += state_.built ? " has not come so far in " : " is still being built after ";
  why += std::to_string(timeout.count()) + " ms";
  for (const lane_state& one : state_.lanes) {
    if (!one.trouble) continue;
    why += "; " + one.trouble->message;
    break;
  }
  return {errc::unavailable, std::move(why)};
}

std::vector<partition_cursor> projection_progress::cursors() const {
  std::vector<partition_cursor> out;
  for (std::uint32_t i = 0; i < partitions_; ++i) out.push_back({{i}, reached({i})});
  return out;
}

projection_progress::snapshot projection_progress::read() const {
  const std::lock_guard hold(mutex_);
  return state_;
}

}  // namespace reprise::actors
