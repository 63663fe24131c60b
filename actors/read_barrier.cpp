// SPDX-License-Identifier: Apache-2.0
#include "actors/read_barrier.hpp"

#include <utility>

namespace reprise::actors {

read_barrier::read_barrier(std::size_t partitions, confirm how, std::function<void()> wake)
    : confirm_(std::move(how)), wake_(std::move(wake)), queues_(partitions) {}

void read_barrier::pass(partition_id partition, told then) {
  queues_[partition.value].waiting.with([&](auto& all) { all.push_back(std::move(then)); });
  any_waits_.store(true, std::memory_order_release);
  wake_();
}

void read_barrier::flush() {
  if (!any_waits_.exchange(false, std::memory_order_acq_rel)) return;
  for (std::uint32_t i = 0; i < queues_.size(); ++i) {
    queue& q = queues_[i];
    if (!q.asked.empty()) continue;
    q.asked = q.waiting.with([](auto& all) { return std::exchange(all, {}); });
    if (q.asked.empty()) continue;
    confirm_({i}, [this, i](const result<void>& how) { answered({i}, how); });
  }
}

// May be called from within confirm_, so the next round is left to the driver's next turn.
void read_barrier::answered(partition_id partition, const result<void>& how) {
  queue& q = queues_[partition.value];
  for (const told& each : std::exchange(q.asked, {})) each(how);
  if (q.waiting.with([](const auto& all) { return all.empty(); })) return;
  any_waits_.store(true, std::memory_order_release);
  wake_();
}

void read_barrier::end() {
  const result<void> stopped = error{errc::stopped, "the node is shut down"};
  for (queue& q : queues_) {
    for (const told& each : std::exchange(q.asked, {})) each(stopped);
    for (const told& each : q.waiting.with([](auto& all) { return std::exchange(all, {}); })) {
      each(stopped);
    }
  }
}

}  // namespace reprise::actors
