// SPDX-License-Identifier: Apache-2.0
#include "persistence/head_map.hpp"

#include "base/assert.hpp"

#include <bit>

namespace reprise::persistence {
namespace {

constexpr std::size_t slots_min = 16;

}  // namespace

std::size_t head_map::place_of(const aggregate_hash& aggregate) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = aggregate.low & mask;
  while (slots_[place].at != 0 && slots_[place].aggregate != aggregate) {
    place = (place + 1) & mask;
  }
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
  if ((size_ + 1) * 4 > slots_.size() * 3) grow(std::max(slots_min, slots_.size() * 2));
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

void head_map::reserve(std::size_t aggregates) {
  const std::size_t slots = std::bit_ceil(std::max(slots_min, aggregates * 4 / 3 + 1));
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
