// SPDX-License-Identifier: Apache-2.0
#include "consumers/lane_commits.hpp"

#include "base/assert.hpp"
#include "consumers/follower.hpp"
#include "consumers/parked_events.hpp"
#include "consumers/row_overlay.hpp"

#include <algorithm>
#include <utility>

namespace reprise::consumers {
namespace {

// What is kept in mind at most for a batch that takes long, of what others have changed meanwhile.
// Beyond it that batch is folded again, whatever it has read.
constexpr std::size_t changed_rows_max = 1U << 19U;

}  // namespace

lane_commits::lane_commits(persistence::row_store& rows, std::string name, std::uint32_t lanes)
    : rows_(rows), name_(std::move(name)), lanes_(lanes), complete_(lanes), began_(lanes) {}

result<std::shared_ptr<lane_commits>> lane_commits::open(const persistence::journal& log,
                                                         persistence::row_store& rows,
                                                         std::string name, std::uint32_t lanes) {
  REPRISE_ASSERT(lanes >= 1 && lanes <= log.partitions(), "each lane has a partition");
  std::shared_ptr<lane_commits> made(new lane_commits(rows, std::move(name), lanes));
  if (auto known = made->recall(log); !known) return std::move(known).error();
  return made;
}

result<lane_commits::known> lane_commits::look(const persistence::journal& log) const {
  auto stored = rows_.read(name_);
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  auto behind = cursors_behind(log, *taken, "the projection " + name_ + " has come to");
  if (!behind) return std::move(behind).error();
  const auto built = is_built(row_reader(std::move(*stored)));
  if (!built) return built.error();
  return known{.cursors = std::move(*behind), .built = *built};
}

void lane_commits::forget() {
  const std::lock_guard hold(mutex_);
  is_known_ = false;
  built_ = false;
  complete_.assign(lanes_, false);
  for (auto& began : began_) began.reset();
  forget_old();
}

result<void> lane_commits::recall(const persistence::journal& log) {
  const std::lock_guard hold(mutex_);
  if (is_known_) return {};
  auto found = look(log);
  if (!found) return std::move(found).error();
  cursors_ = std::move(found->cursors);
  built_ = found->built;
  is_known_ = true;
  return {};
}

std::vector<partition_cursor> lane_commits::cursors(std::uint32_t lane) const {
  const std::lock_guard hold(mutex_);
  std::vector<partition_cursor> out;
  for (std::size_t i = lane; i < cursors_.size(); i += lanes_) out.push_back(cursors_[i]);
  return out;
}

// What is committed between the two is taken for a change since, which is too much and does no
// harm.
result<std::unique_ptr<persistence::row_snapshot>> lane_commits::read(std::uint32_t lane) {
  {
    const std::lock_guard hold(mutex_);
    began_[lane] = commits_;
    forget_old();
  }
  return rows_.read(name_);
}

void lane_commits::let_go(std::uint32_t lane) {
  const std::lock_guard hold(mutex_);
  began_[lane].reset();
  forget_old();
}

void lane_commits::arrive(std::uint32_t lane) {
  const std::lock_guard hold(mutex_);
  is_taken_ = is_taken_ || turn_ == lane;
}

bool lane_commits::take_turn(std::uint32_t lane) {
  const std::lock_guard hold(mutex_);
  // Who leaves gives it to the first that waits, so nobody waits while it is free.
  if (!turn_) turn_ = lane;
  if (turn_ == lane) {
    is_taken_ = true;
    return true;
  }
  if (std::ranges::find(waiting_, lane) == waiting_.end()) waiting_.push_back(lane);
  return false;
}

void lane_commits::await_turn(std::uint32_t lane) {
  const std::uint32_t guest = guest_of(lane);
  std::unique_lock hold(mutex_);
  if (!turn_) {
    turn_ = guest;
    is_taken_ = true;
    return;
  }
  // More than one may come for the same lane.
  waiting_.push_back(guest);
  turn_moved_.wait(hold, [&] { return turn_ == guest && !is_taken_; });
  is_taken_ = true;
}

void lane_commits::hand_over(std::uint32_t lane) {
  const std::lock_guard hold(mutex_);
  REPRISE_ASSERT(turn_ == guest_of(lane), "only who has the turn hands it over");
  turn_ = lane;
}

// One that is given the turn while it is about to rest until then has not taken it: it would not be
// woken again if it gave it away.
void lane_commits::leave_turn(std::uint32_t lane) {
  const std::lock_guard hold(mutex_);
  if (turn_ == lane && is_taken_) give_turn();
}

void lane_commits::withdraw(std::uint32_t lane) {
  const std::lock_guard hold(mutex_);
  std::erase(waiting_, lane);
  if (turn_ == lane) give_turn();
}

void lane_commits::give_turn() {
  turn_.reset();
  is_taken_ = false;
  if (!waiting_.empty()) {
    turn_ = waiting_.front();
    waiting_.pop_front();
  }
  turn_moved_.notify_all();
}

std::optional<std::uint32_t> lane_commits::turn() const {
  const std::lock_guard hold(mutex_);
  return turn_ && *turn_ < lanes_ ? turn_ : std::nullopt;
}

result<bool> lane_commits::commit(std::uint32_t lane, const batch& what) {
  persistence::checkpoint taken;
  {
    const std::lock_guard hold(mutex_);
    REPRISE_ASSERT(turn_ == lane, "lanes commit one after the other");
    if (is_overtaken(lane, what.read)) return false;
    taken.cursors = cursors_;
  }
  for (const partition_cursor& c : what.cursors) taken.cursors[c.partition.value] = c;
  if (auto done = rows_.commit(name_, what.changes, taken); !done) return std::move(done).error();
  std::vector<bytes> keys;
  if (lanes_ > 1) {
    keys.reserve(what.changes.size());
    for (const auto& [key, value] : what.changes) keys.push_back(key);
  }
  const std::lock_guard hold(mutex_);
  cursors_ = std::move(taken.cursors);
  if (what.completes) complete_[lane] = true;
  built_ = built_ || std::ranges::all_of(complete_, [](bool one) { return one; });
  remember(lane, std::move(keys));
  return true;
}

bool lane_commits::is_overtaken(std::uint32_t lane, const rows_read& read) const {
  const std::optional<std::uint64_t>& began = began_[lane];
  // It has read nothing.
  if (lanes_ == 1 || !began) return false;
  if (*began < forgotten_) return true;
  return std::ranges::any_of(changes_, [&](const change& c) {
    return c.number > *began && c.lane != lane && read.holds_any(c.keys);
  });
}

void lane_commits::remember(std::uint32_t lane, std::vector<bytes> keys) {
  ++commits_;
  began_[lane].reset();
  if (!keys.empty()) {
    changed_rows_ += keys.size();
    changes_.push_back({.number = commits_, .lane = lane, .keys = std::move(keys)});
  }
  forget_old();
}

void lane_commits::forget_old() {
  std::uint64_t oldest = commits_;
  for (const auto& began : began_) oldest = std::min(oldest, began.value_or(commits_));
  while (!changes_.empty() &&
         (changes_.front().number <= oldest || changed_rows_ > changed_rows_max)) {
    forgotten_ = changes_.front().number;
    changed_rows_ -= changes_.front().keys.size();
    changes_.pop_front();
  }
}

bool lane_commits::completes_all(std::uint32_t lane) const {
  const std::lock_guard hold(mutex_);
  for (std::uint32_t i = 0; i < lanes_; ++i) {
    if (i != lane && !complete_[i]) return false;
  }
  return true;
}

bool lane_commits::built() const {
  const std::lock_guard hold(mutex_);
  return built_;
}

}  // namespace reprise::consumers
