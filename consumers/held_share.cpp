// SPDX-License-Identifier: Apache-2.0
#include "consumers/held_share.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace reprise::consumers {
namespace {

constexpr std::chrono::seconds retry_after{1};
// What is read again by who comes next costs less than to keep that it was passed.
constexpr std::uint64_t passed_worth_keeping = 4'096;

}  // namespace

held_share::held_share(group_share from)
    : partition_(from.partition),
      holding_(from.holding),
      known_(from.known),
      read_(from.through),
      kept_(from.through),
      ordered_(from.ordered.begin(), from.ordered.end()),
      // The beginning of the log goes without saying.
      is_new_(from.is_new && from.through.value > 0) {
  for (group_parked_event& what : from.parked) parked_.emplace(what.at, std::move(what));
}

void held_share::read_to(position through) {
  passed_ += through.value - read_.value;
  read_ = through;
}

void held_share::done(position at, base::clock::instant now) {
  open_.erase(at);
  ++done_;
  if (!done_since_) done_since_ = now;
}

void held_share::park(group_parked_event what) {
  const position at = what.at;
  open_.erase(at);
  trying_.erase(at);
  settled_.erase(at);
  unkept_parked_.insert(at);
  parked_.insert_or_assign(at, std::move(what));
}

void held_share::settle(position at) {
  trying_.erase(at);
  unkept_parked_.erase(at);
  parked_.erase(at);
  settled_.insert(at);
}

// What is known of here and not there yet is newer.
bool held_share::take_orders(const group_share& seen) {
  if (seen.holding != holding_) return false;
  // It is looked at again.
  if (under_way_ || seen.known < known_) return true;
  known_ = seen.known;
  is_missing_one_ = false;
  std::set<position> there;
  for (const group_parked_event& what : seen.parked) there.insert(what.at);
  std::erase_if(parked_, [&](const auto& one) {
    return !there.contains(one.first) && !unkept_parked_.contains(one.first) &&
           !trying_.contains(one.first);
  });
  std::erase_if(ordered_, [&](position at) { return !parked_.contains(at); });
  for (const position at : seen.ordered) {
    const bool is_free = parked_.contains(at) && !unkept_parked_.contains(at) &&
                         !trying_.contains(at) && std::ranges::find(ordered_, at) == ordered_.end();
    if (is_free) ordered_.push_back(at);
  }
  return true;
}

std::optional<position> held_share::take_ordered() {
  if (ordered_.empty()) return {};
  const position first = ordered_.front();
  ordered_.pop_front();
  return first;
}

position held_share::safe() const {
  return open_.empty() ? read_ : position{open_.begin()->value - 1};
}

bool held_share::is_urgent() const {
  return is_new_ || !unkept_parked_.empty() || !settled_.empty() || !unordered_.empty();
}

bool held_share::is_due(const keeping_limits& limits, base::clock::instant now) const {
  if (under_way_ || (retry_at_ && now < *retry_at_)) return false;
  return is_urgent() || done_ >= limits.events || passed_ >= limits.passed ||
         (done_since_ && now - *done_since_ >= limits.within);
}

std::optional<base::clock::instant> held_share::due_at(const keeping_limits& limits) const {
  if (under_way_) return {};
  if (retry_at_ && (is_urgent() || done_since_)) return retry_at_;
  if (done_since_) return *done_since_ + limits.within;
  return {};
}

bool held_share::has_news() const {
  return !under_way_ && (is_urgent() || done_ > 0 || passed_ >= passed_worth_keeping);
}

group_change held_share::take_change() {
  REPRISE_ASSERT(!under_way_, "one change is kept at a time");
  group_change out{.partition = partition_, .holding = holding_, .through = safe()};
  for (const position at : unkept_parked_) out.parked.push_back(parked_.at(at));
  out.settled.assign(settled_.begin(), settled_.end());
  out.unordered.assign(unordered_.begin(), unordered_.end());
  is_new_ = false;
  unkept_parked_.clear();
  settled_.clear();
  unordered_.clear();
  done_ = passed_ = 0;
  done_since_.reset();
  retry_at_.reset();
  under_way_ = out;
  return out;
}

void held_share::kept(const result<sequence>& how, base::clock::instant now) {
  REPRISE_ASSERT(under_way_.has_value(), "a change was kept that nobody took");
  const group_change what = *std::exchange(under_way_, {});
  if (how) {
    kept_ = what.through;
    is_missing_one_ = is_missing_one_ || how->value > known_.value + 1;
    known_ = std::max(known_, *how);
    return;
  }
  // What has become of them since counts.
  for (const group_parked_event& e : what.parked) {
    if (parked_.contains(e.at)) unkept_parked_.insert(e.at);
  }
  for (const position at : what.settled) {
    if (!parked_.contains(at)) settled_.insert(at);
  }
  unordered_.insert(what.unordered.begin(), what.unordered.end());
  ++done_;
  if (!done_since_) done_since_ = now;
  retry_at_ = now + retry_after;
}

}  // namespace reprise::consumers
