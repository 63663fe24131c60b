// SPDX-License-Identifier: Apache-2.0
#include "persistence/place_tail.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reprise::persistence {

void place_tail::restore(std::vector<place> places, std::size_t saved) {
  const std::lock_guard hold(mutex_);
  places_ = std::move(places);
  saved_ = saved;
}

void place_tail::add(place behind) {
  const std::lock_guard hold(mutex_);
  places_.push_back(behind);
}

std::optional<place> place_tail::find(position at) const {
  const std::lock_guard hold(mutex_);
  const auto behind = std::ranges::upper_bound(places_, at, {}, &place::first);
  if (behind == places_.begin()) return {};
  return *std::prev(behind);
}

std::size_t place_tail::unsaved_rows() const {
  const std::lock_guard hold(mutex_);
  if (saved_ == places_.size()) return 0;
  return (places_.size() + places_per_row - 1) / places_per_row - saved_ / places_per_row;
}

std::vector<place> place_tail::unsaved_row(std::size_t n) const {
  const std::lock_guard hold(mutex_);
  const std::size_t begin = (saved_ / places_per_row + n) * places_per_row;
  const std::size_t end = std::min(begin + places_per_row, places_.size());
  if (begin >= end) return {};
  return {places_.begin() + static_cast<std::ptrdiff_t>(begin),
          places_.begin() + static_cast<std::ptrdiff_t>(end)};
}

void place_tail::saved_upto(std::uint64_t key) {
  const std::lock_guard hold(mutex_);
  const auto behind = std::ranges::upper_bound(places_, key, {}, &place::key);
  saved_ = static_cast<std::size_t>(behind - places_.begin());
  const std::size_t full = saved_ / places_per_row * places_per_row;
  places_.erase(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(full));
  saved_ -= full;
}

}  // namespace reprise::persistence
