// SPDX-License-Identifier: Apache-2.0
#include "persistence/head_map.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace reprise::persistence {
namespace {

constexpr std::size_t slots_min = 16;

// Full at three quarters, and then a quarter larger: memory is what idle aggregates cost.
constexpr std::size_t slots_for(std::size_t aggregates) {
  return aggregates * 4 / 3 + 1;
}

}  // namespace

// Hashes map to slots in their own order (Lemire 2019, "Fast random integer generation in an
// interval"), so that a table grows by reading one end to end and writing the other.
std::size_t head_map::home_of(const aggregate_hash& aggregate) const {
  __extension__ using wide = unsigned __int128;
  return static_cast<std::size_t>((wide{aggregate.low} * slots_.size()) >> 64U);
}

std::size_t head_map::place_of(const aggregate_hash& aggregate) const {
  std::size_t place = home_of(aggregate);
  while (slots_[place].at != 0 && slots_[place].aggregate != aggregate) place = behind(place);
  return place;
}

aggregate_head head_map::head_in(const slot& s) const {
  aggregate_head head{.last = {s.last & ~is_rare}, .at = {s.at}, .is = aggregate_head::state::live};
  if ((s.last & is_rare) != 0) {
    const rare& more = rare_.at(s.aggregate);
    head.is = more.is;
    head.begins = more.begins;
    head.first_readable = more.first_readable;
  }
  return head;
}

aggregate_head head_map::find(const aggregate_hash& aggregate) const {
  if (slots_.empty()) return {};
  const slot& found = slots_[place_of(aggregate)];
  return found.at == 0 ? aggregate_head{} : head_in(found);
}

void head_map::put(const aggregate_hash& aggregate, const aggregate_head& head) {
  REPRISE_ASSERT(head.at.value != 0 && head.is != aggregate_head::state::absent,
                 "an aggregate with a head has a record");
  if (slots_for(size_ + 1) > slots_.size()) {
    grow(std::max(slots_min, slots_.size() + slots_.size() / 4));
  }
  slot& place = slots_[place_of(aggregate)];
  if (place.at == 0) ++size_;
  const bool was_rare = (place.last & is_rare) != 0;
  const bool rarely = head.is != aggregate_head::state::live || head.begins.value != 1 ||
                      head.first_readable.value != 1;
  place = {aggregate, head.at.value, head.last.value | (rarely ? is_rare : 0)};
  if (rarely) {
    rare_[aggregate] = {head.is, head.begins, head.first_readable};
  } else if (was_rare) {
    rare_.erase(aggregate);
  }
}

void head_map::erase(const aggregate_hash& aggregate) {
  if (slots_.empty()) return;
  std::size_t hole = place_of(aggregate);
  if (slots_[hole].at == 0) return;
  if ((slots_[hole].last & is_rare) != 0) rare_.erase(aggregate);
  --size_;
  // Those behind it move up, unless that would put them before their home (Knuth, volume 3, 6.4 R).
  for (std::size_t next = behind(hole); slots_[next].at != 0; next = behind(next)) {
    const std::size_t home = home_of(slots_[next].aggregate);
    const bool home_between =
        hole <= next ? hole < home && home <= next : hole < home || home <= next;
    if (home_between) continue;
    slots_[hole] = slots_[next];
    hole = next;
  }
  slots_[hole] = {};
}

void head_map::clear() {
  slots_.clear();
  rare_.clear();
  size_ = 0;
}

void head_map::reserve(std::size_t aggregates) {
  const std::size_t slots = std::max(slots_min, slots_for(aggregates));
  if (slots > slots_.size()) grow(slots);
}

void head_map::grow(std::size_t slots) {
  std::vector<slot> old(slots);
  old.swap(slots_);
  for (const slot& s : old) {
    if (s.at != 0) slots_[place_of(s.aggregate)] = s;
  }
}

}  // namespace reprise::persistence
