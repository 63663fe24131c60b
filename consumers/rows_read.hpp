// SPDX-License-Identifier: Apache-2.0
//
// What a batch has read of the rows that were committed before it, so that it is noticed when
// somebody else has changed one of them since.
//
// Invariant: may hold more than was read, never less. So its memory is bounded: beyond some number
// of rows or ranges it holds all of them.
// Threading: confined to its owner.

#pragma once

#include <reprise/ids.hpp>

#include <cstdint>
#include <map>
#include <unordered_set>
#include <vector>

namespace reprise::consumers {

class rows_read {
 public:
  void row(bytes_view key);
  void range(const bytes& from, const bytes& below);
  void clear();

  /// Whether it may hold one of these keys, which are in order.
  [[nodiscard]] bool holds_any(const std::vector<bytes>& keys) const;

 private:
  std::unordered_set<std::uint64_t> rows_;
  /// Where each begins, and what it lies below.
  std::map<bytes, bytes> ranges_;
  bool all_ = false;
};

}  // namespace reprise::consumers
