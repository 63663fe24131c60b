// SPDX-License-Identifier: Apache-2.0
#include "cluster/log_trail.hpp"

#include "base/assert.hpp"

namespace reprise::cluster {
namespace {

// What the core spends on an entry beside its bytes, as measured.
constexpr std::size_t entry_overhead_bytes = 150;

}  // namespace

void log_trail::restart(log_index index, position at) {
  base_index_ = index;
  base_position_ = at;
  entries_.clear();
  memory_bytes_ = 0;
}

bool log_trail::append(const log_entry& entry) {
  if (entry.index() != last_index().next() || entry.header.first != last_position().next()) {
    return false;
  }
  held add{.last = entry.header.last(),
           .in_term = entry.in_term(),
           .bytes = entry.stored.size() + entry_overhead_bytes};
  if (entry.kind != entry_kind::records)
    add.stored.assign(entry.stored.begin(), entry.stored.end());
  memory_bytes_ += add.bytes;
  entries_.push_back(std::move(add));
  return true;
}

void log_trail::cut(log_index from) {
  REPRISE_ASSERT(from > base_index_, "what is forgotten is committed");
  while (last_index() >= from) {
    memory_bytes_ -= entries_.back().bytes;
    entries_.pop_back();
  }
}

void log_trail::forget(log_index up_to) {
  REPRISE_ASSERT(up_to <= last_index(), "only what is there is forgotten");
  while (base_index_ < up_to) {
    base_position_ = entries_.front().last;
    memory_bytes_ -= entries_.front().bytes;
    entries_.pop_front();
    base_index_ = base_index_.next();
  }
}

position log_trail::last_position() const {
  return entries_.empty() ? base_position_ : entries_.back().last;
}

position log_trail::last_position_of(log_index index) const {
  return index == base_index_ ? base_position_ : at(index).last;
}

bytes_view log_trail::stored(log_index index) const {
  return at(index).stored;
}

std::size_t log_trail::entries_within(log_index last, std::size_t bytes) const {
  std::size_t count = 0;
  std::size_t sum = 0;
  for (log_index index = last; holds(index); index = {index.value - 1}) {
    sum += at(index).bytes;
    if (sum > bytes) break;
    ++count;
  }
  return count;
}

const log_trail::held& log_trail::at(log_index index) const {
  REPRISE_ASSERT(holds(index), "only entries in memory are asked for");
  return entries_[index.value - base_index_.value - 1];
}

}  // namespace reprise::cluster
