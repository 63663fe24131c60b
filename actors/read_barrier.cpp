// SPDX-License-Identifier: Apache-2.0
#include "actors/read_barrier.hpp"

#include <utility>

namespace reprise::actors {
namespace {

error stopped() {
  return {errc::stopped, "the node is shut down"};
}

}  // namespace

read_barrier::read_barrier(std::size_t partitions, confirm how, std::function<void()> wake)
    : confirm_(std::move(how)), wake_(std::move(wake)), queues_(partitions) {}

void read_barrier::pass(partition_id partition, base::clock::instant deadline, const told& then) {
  if (!queues_[partition.value].come.add({deadline, then})) return then(stopped());
  any_waits_.store(true, std::memory_order_release);
  wake_();
}

void read_barrier::flush() {
  if (!any_waits_.exchange(false, std::memory_order_acq_rel)) return;
  for (std::uint32_t i = 0; i < queues_.size(); ++i) {
    queue& q = queues_[i];
    if (q.is_asked) continue;
    q.asked = q.come.take();
    if (q.asked.empty()) continue;
    q.is_asked = true;
    confirm_({i}, [this, i](const result<void>& how) { answered({i}, how); });
  }
}

// May be called from within confirm_, so the next round is left to the driver's next turn.
void read_barrier::answered(partition_id partition, const result<void>& how) {
  queue& q = queues_[partition.value];
  q.is_asked = false;
  base::tell(std::exchange(q.asked, {}), how);
  if (q.come.empty()) return;
  any_waits_.store(true, std::memory_order_release);
  wake_();
}

void read_barrier::expire(base::clock::instant now) {
  const result<void> late =
      error{errc::expired, "no majority has confirmed who leads before the deadline"};
  for (queue& q : queues_) {
    base::waiting_calls<result<void>> out;
    base::move_late(q.asked, now, out);
    q.come.move_late(now, out);
    base::tell(out, late);
  }
}

void read_barrier::end() {
  for (queue& q : queues_) {
    base::tell(std::exchange(q.asked, {}), result<void>(stopped()));
    base::tell(q.come.end(), result<void>(stopped()));
  }
}

}  // namespace reprise::actors
