// SPDX-License-Identifier: Apache-2.0
#include "actors/read_barrier.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reprise::actors {
namespace {

error stopped() {
  return {errc::stopped, "the node is shut down"};
}

}  // namespace

read_barrier::read_barrier(std::size_t partitions, confirm how, std::function<void()> wake)
    : confirm_(std::move(how)), wake_(std::move(wake)), queues_(partitions) {}

void read_barrier::pass(partition_id partition, base::clock::instant deadline, told then) {
  const bool waits = queues_[partition.value].come.with([&](arrivals& a) {
    if (!a.ended) a.waiting.push_back({deadline, then});
    return !a.ended;
  });
  if (!waits) return then(stopped());
  any_waits_.store(true, std::memory_order_release);
  wake_();
}

void read_barrier::flush() {
  if (!any_waits_.exchange(false, std::memory_order_acq_rel)) return;
  for (std::uint32_t i = 0; i < queues_.size(); ++i) {
    queue& q = queues_[i];
    if (q.is_asked) continue;
    q.asked = q.come.with([](arrivals& a) { return std::exchange(a.waiting, {}); });
    if (q.asked.empty()) continue;
    q.is_asked = true;
    confirm_({i}, [this, i](const result<void>& how) { answered({i}, how); });
  }
}

// May be called from within confirm_, so the next round is left to the driver's next turn.
void read_barrier::answered(partition_id partition, const result<void>& how) {
  queue& q = queues_[partition.value];
  q.is_asked = false;
  for (const waiter& each : std::exchange(q.asked, {})) each.then(how);
  if (q.come.with([](const arrivals& a) { return a.waiting.empty(); })) return;
  any_waits_.store(true, std::memory_order_release);
  wake_();
}

void read_barrier::expire(base::clock::instant now) {
  const result<void> late =
      error{errc::expired, "no majority has confirmed who leads before the deadline"};
  const auto is_late = [&](const waiter& w) { return w.deadline <= now; };
  const auto take_late = [&](std::vector<waiter>& from) {
    std::vector<waiter> out;
    std::ranges::copy_if(from, std::back_inserter(out), is_late);
    std::erase_if(from, is_late);
    return out;
  };
  for (queue& q : queues_) {
    for (const waiter& each : take_late(q.asked)) each.then(late);
    for (const waiter& each : q.come.with([&](arrivals& a) { return take_late(a.waiting); })) {
      each.then(late);
    }
  }
}

void read_barrier::end() {
  for (queue& q : queues_) {
    for (const waiter& each : std::exchange(q.asked, {})) each.then(stopped());
    const auto left = q.come.with([](arrivals& a) {
      a.ended = true;
      return std::exchange(a.waiting, {});
    });
    for (const waiter& each : left) each.then(stopped());
  }
}

}  // namespace reprise::actors
