// SPDX-License-Identifier: Apache-2.0
#include "actors/group_task.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <utility>

namespace reprise::actors {

result<std::shared_ptr<group_member_task>> group_task::join(std::uint32_t window,
                                                            group_worker worker) {
  const std::lock_guard hold(mutex_);
  if (stopped_) return error{errc::stopped, "the node is closed"};
  const std::uint64_t id = what_->join(window);
  auto made = std::make_shared<group_member_task>(shared_from_this(), id, std::move(worker), pool_);
  members_.emplace(id, made);
  return made;
}

void group_task::leave(const group_member_task& who) {
  {
    const std::lock_guard hold(mutex_);
    members_.erase(who.id());
    what_->leave(who.id());
    if (members_.empty()) what_->finish();
  }
  pool_->wake(*this);
}

void group_task::stop() {
  std::vector<std::shared_ptr<group_member_task>> all;
  {
    const std::lock_guard hold(mutex_);
    stopped_ = true;
    for (const auto& [id, member] : members_) {
      if (auto alive = member.lock()) all.push_back(std::move(alive));
    }
  }
  for (const auto& member : all) member->leave();
  pool_->remove(*this);
}

bool group_task::has_members() {
  const std::lock_guard hold(mutex_);
  return !members_.empty();
}

std::optional<consumers::work_group::assignment> group_task::take(std::uint64_t member) {
  const std::lock_guard hold(mutex_);
  return what_->take(member);
}

bool group_task::has_work(std::uint64_t member) {
  const std::lock_guard hold(mutex_);
  return what_->has_work(member);
}

pooled_task::next group_task::run() {
  std::vector<std::shared_ptr<group_member_task>> busy;
  next out;
  {
    const std::lock_guard hold(mutex_);
    if (stopped_) return {.when = again::never};
    const consumers::work_group::progress done = what_->advance();
    out = {.when = done.more ? again::at_once : again::when_woken, .due = done.due};
    for (const auto& [id, member] : members_) {
      if (!what_->has_work(id)) continue;
      if (auto alive = member.lock()) busy.push_back(std::move(alive));
    }
  }
  for (const auto& member : busy) pool_->wake(*member);
  return out;
}

void group_task::answer(std::uint64_t number, std::optional<group_verdict> failed,
                        const std::string& why) {
  {
    const std::lock_guard hold(mutex_);
    what_->answer(number, failed, why);
  }
  pool_->wake(*this);
}

group_status group_task::status() const {
  const std::lock_guard hold(mutex_);
  return what_->status();
}

result<std::vector<group_parked_event>> group_task::parked() const {
  const std::lock_guard hold(mutex_);
  return what_->parked();
}

result<std::uint64_t> group_task::replay_parked(std::uint64_t most) {
  auto done = [&] {
    const std::lock_guard hold(mutex_);
    return what_->replay_parked(most);
  }();
  pool_->wake(*this);
  return done;
}

result<std::uint64_t> group_task::drop_parked() {
  const std::lock_guard hold(mutex_);
  return what_->drop_parked();
}

pooled_task::next group_member_task::run() {
  if (left_.load(std::memory_order_acquire)) return {.when = again::never};
  const auto one = group_->take(id_);
  if (!one) return {.when = again::when_woken};
  const task answer(group_, one->number);
  const auto done = detail::contained(errc::handler_failed, "the worker", [&] {
    worker_({.meta = one->meta,
             .payload = one->payload,
             .number = one->number,
             .assignments = one->assignments},
            answer);
  });
  if (!done) answer.failed(group_verdict::retry, done.error().message);
  return {.when = group_->has_work(id_) ? again::at_once : again::when_woken};
}

void group_member_task::leave() {
  if (left_.exchange(true, std::memory_order_acq_rel)) return;
  // Waits for the call that is under way; what it answers still counts.
  pool_->remove(*this);
  group_->leave(*this);
}

}  // namespace reprise::actors
