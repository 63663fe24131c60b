// SPDX-License-Identifier: Apache-2.0
#include "actors/group_task.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace reprise::actors {
namespace {

// How often a node of a cluster looks whether it leads other partitions, where nothing is
// committed.
constexpr std::chrono::milliseconds look_every{500};
constexpr std::chrono::seconds load_again_after{1};

}  // namespace

result<std::shared_ptr<group_member_task>> group_task::join(std::uint32_t window,
                                                            group_worker worker) {
  const std::lock_guard hold(mutex_);
  if (stopped_) return error{errc::stopped, "the node is closed"};
  const std::uint64_t id = what_->join(window);
  auto held = follow_leads();
  if (held) held = keep(false);
  if (!held) {
    what_->leave(id);
    return std::move(held).error();
  }
  auto made = std::make_shared<group_member_task>(shared_from_this(), id, std::move(worker), pool_);
  members_.emplace(id, made);
  return made;
}

void group_task::leave(const group_member_task& who) {
  {
    const std::lock_guard hold(mutex_);
    members_.erase(who.id());
    what_->leave(who.id());
    if (what_->members() == 0) {
      static_cast<void>(keep(true));
      static_cast<void>(follow_leads());
    }
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
    // What is wrong with a partition is to be seen, and stands in the way of no other one.
    static_cast<void>(follow_leads());
    const consumers::work_group::progress done = what_->advance();
    static_cast<void>(keep(false));
    out = {.when = done.more ? again::at_once : again::when_woken, .due = done.due};
    if (home_.leads) {
      const auto look = home_.time.steady() + look_every;
      out.due = std::min(out.due.value_or(look), look);
    }
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
  const auto dropped = what_->drop_parked();
  if (!dropped) return dropped.error();
  if (auto kept = keep(false); !kept) return std::move(kept).error();
  return *dropped;
}

// ---- the partitions that it holds. With mutex_ held.

bool group_task::wants(partition_id partition) const {
  return what_->members() > 0 && (!home_.leads || home_.leads(partition));
}

result<void> group_task::follow_leads() {
  for (std::uint32_t i = 0; i < home_.partitions; ++i) {
    const partition_id partition{i};
    if (!wants(partition)) {
      if (what_->holds(partition)) what_->let_go(partition);
      continue;
    }
    if (waits(partition)) continue;
    if (what_->holds(partition)) {
      look_for_orders(partition);
      continue;
    }
    if (!loading_.insert(partition).second) continue;
    home_.ledger->load(
        partition, what_->begins_at(partition),
        [self = weak_from_this()](partition_id of, result<consumers::group_share> found) {
          const auto alive = self.lock();
          if (!alive) return;
          alive->answered([&](answers& a) { a.loaded.emplace_back(of, std::move(found)); });
        });
  }
  return hear();
}

bool group_task::waits(partition_id partition) const {
  const auto later = load_again_.find(partition);
  return later != load_again_.end() && home_.time.steady() < later->second;
}

// What people order of parked events is told to the ledger, through whichever node.
void group_task::look_for_orders(partition_id partition) {
  if (!what_->is_outdated(partition, home_.ledger->latest(partition))) return;
  if (!looking_.insert(partition).second) return;
  home_.ledger->look(
      partition, [self = weak_from_this()](partition_id of, result<consumers::group_share> found) {
        const auto alive = self.lock();
        if (!alive) return;
        alive->answered([&](answers& a) { a.seen.emplace_back(of, std::move(found)); });
      });
}

result<void> group_task::keep(bool ends) {
  auto changes = what_->take_changes(ends);
  if (!changes.empty()) {
    home_.ledger->keep(
        std::move(changes),
        [self = weak_from_this()](partition_id of, std::uint64_t holding, result<sequence> how) {
          const auto alive = self.lock();
          if (!alive) return;
          alive->answered([&](answers& a) { a.kept.push_back({of, holding, std::move(how)}); });
        });
  }
  return hear();
}

// What was answered until now; the first error of it.
result<void> group_task::hear() {
  answers all = answers_.with([](answers& a) { return std::exchange(a, {}); });
  result<void> out;
  const auto note = [&](result<void> one) {
    if (out) out = std::move(one);
  };
  for (auto& [partition, found] : all.loaded) note(take_up(partition, std::move(found)));
  for (const answers::one_kept& one : all.kept) {
    what_->kept(one.partition, one.holding, one.how);
    // Another node has it now, or had it between: what that one has done is to be known.
    if (!one.how && one.how.error().code == errc::locked) what_->let_go(one.partition);
    note(one.how ? result<void>() : one.how.error());
  }
  // Behind what is kept, for that is newer.
  for (auto& [partition, found] : all.seen) {
    looking_.erase(partition);
    if (found) {
      what_->take_orders(*found);
    } else {
      load_again_[partition] = home_.time.steady() + load_again_after;
    }
  }
  return out;
}

result<void> group_task::take_up(partition_id partition, result<consumers::group_share> found) {
  loading_.erase(partition);
  load_again_.erase(partition);
  if (!wants(partition)) return {};
  auto done = found ? what_->take_up(std::move(*found)) : result<void>(std::move(found).error());
  if (!done) {
    load_again_[partition] = home_.time.steady() + load_again_after;
    what_->troubled(done.error());
  }
  return done;
}

// On any thread; also at once, with mutex_ held.
template <class Put>
void group_task::answered(Put&& put) {
  answers_.with(std::forward<Put>(put));
  pool_->wake(*this);
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
