// SPDX-License-Identifier: Apache-2.0
#include "consumers/rows_read.hpp"

#include "base/checksum.hpp"

#include <algorithm>

namespace reprise::consumers {
namespace {

constexpr std::size_t rows_max = 1U << 20U;
constexpr std::size_t ranges_max = 1U << 10U;

}  // namespace

void rows_read::row(bytes_view key) {
  if (all_) return;
  rows_.insert(base::checksum64(key));
  all_ = rows_.size() > rows_max;
}

void rows_read::range(const bytes& from, const bytes& below) {
  if (all_) return;
  bytes& known = ranges_.try_emplace(from, below).first->second;
  known = std::max(known, below);
  all_ = ranges_.size() > ranges_max;
}

void rows_read::clear() {
  rows_.clear();
  ranges_.clear();
  all_ = false;
}

bool rows_read::holds_any(const std::vector<bytes>& keys) const {
  if (all_) return !keys.empty();
  for (const auto& [from, below] : ranges_) {
    const auto first = std::ranges::lower_bound(keys, from);
    if (first != keys.end() && *first < below) return true;
  }
  return !rows_.empty() && std::ranges::any_of(keys, [&](const bytes& key) {
    return rows_.contains(base::checksum64(key));
  });
}

}  // namespace reprise::consumers
