// SPDX-License-Identifier: Apache-2.0
//
// Copies of entries that were written and are to be folded soon. Without them each one would be
// looked up in the store, on a page that this process has not touched yet.
//
// Invariants
//  * No more bytes than given; what finds no room is read from the store.
// Threading: confined to the writer.

#pragma once

#include <reprise/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace reprise::persistence {

class written_entries {
 public:
  written_entries(std::size_t partitions, std::size_t bytes_max)
      : bytes_max_(bytes_max), of_(partitions) {}

  /// Keys of a partition ascend.
  void add(partition_id partition, std::uint64_t key, bytes_view stored) {
    if (bytes_ + stored.size() > bytes_max_) return;
    bytes_ += stored.size();
    of_[partition.value].push_back({key, {stored.begin(), stored.end()}});
  }

  /// The entry with that key; it and those before it are forgotten.
  [[nodiscard]] std::optional<bytes> take(partition_id partition, std::uint64_t key) {
    std::deque<entry>& known = of_[partition.value];
    while (!known.empty() && known.front().key <= key) {
      entry first = std::move(known.front());
      known.pop_front();
      bytes_ -= first.stored.size();
      if (first.key == key) return std::move(first.stored);
    }
    return {};
  }

  /// Those of a partition that was cut, or is folded no more.
  void forget(partition_id partition) {
    for (const entry& each : of_[partition.value]) bytes_ -= each.stored.size();
    of_[partition.value].clear();
  }

 private:
  struct entry {
    std::uint64_t key = 0;
    bytes stored{};
  };

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::vector<std::deque<entry>> of_;
};

}  // namespace reprise::persistence
