// SPDX-License-Identifier: Apache-2.0
#include "persistence/replica_tail.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace reprise::persistence {

void replica_tail::restore(std::uint64_t folded, std::deque<unfolded_entry> behind) {
  const std::lock_guard hold(mutex_);
  folded_ = folded;
  behind_ = std::move(behind);
}

void replica_tail::add(const unfolded_entry& next) {
  const std::lock_guard hold(mutex_);
  REPRISE_ASSERT(next.index == folded_ + behind_.size() + 1, "indexes of a log are dense");
  behind_.push_back(next);
}

void replica_tail::cut(std::uint64_t from) {
  const std::lock_guard hold(mutex_);
  REPRISE_ASSERT(from > folded_, "what is committed is never cut");
  while (!behind_.empty() && behind_.back().index >= from) behind_.pop_back();
}

std::optional<unfolded_entry> replica_tail::oldest(std::uint64_t up_to) const {
  const std::lock_guard hold(mutex_);
  if (behind_.empty() || behind_.front().index > up_to) return {};
  return behind_.front();
}

void replica_tail::fold_oldest() {
  const std::lock_guard hold(mutex_);
  folded_ = behind_.front().index;
  behind_.pop_front();
}

std::uint64_t replica_tail::folded() const {
  const std::lock_guard hold(mutex_);
  return folded_;
}

std::uint64_t replica_tail::last() const {
  const std::lock_guard hold(mutex_);
  return folded_ + behind_.size();
}

std::optional<unfolded_entry> replica_tail::find(std::uint64_t index) const {
  const std::lock_guard hold(mutex_);
  if (index <= folded_ || index > folded_ + behind_.size()) return {};
  return behind_[index - folded_ - 1];
}

std::vector<unfolded_entry> replica_tail::from(std::uint64_t index) const {
  const std::lock_guard hold(mutex_);
  const std::uint64_t skipped =
      std::min<std::uint64_t>(index > folded_ ? index - folded_ - 1 : 0, behind_.size());
  return {behind_.begin() + static_cast<std::ptrdiff_t>(skipped), behind_.end()};
}

}  // namespace reprise::persistence
