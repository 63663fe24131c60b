// SPDX-License-Identifier: Apache-2.0
//
// Which of a client's nodes leads which partition, as answers have told: asked there, a command is
// not handed on.
//
// Invariants
//  * It is a hint. A node that does not lead hands a command on, and says who does.
// Threading: confined to the loop's thread.

#pragma once

#include "persistence/aggregate_hash.hpp"
#include "persistence/options.hpp"

#include <reprise/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace reprise::cluster {

class known_leads {
 public:
  /// Of `partitions`, which is as a node says, `partition` is led by that node, a number of the
  /// client's own. What cannot be is passed by.
  void learn(partition_id partition, std::uint32_t partitions, std::size_t node) {
    if (partition.value >= partitions || partitions > persistence::partitions_max) return;
    if (by_partition_.size() != partitions) by_partition_.assign(partitions, {});
    by_partition_[partition.value] = node;
  }
  /// It did not answer.
  void forget(std::size_t node) {
    for (auto& lead : by_partition_) {
      if (lead == node) lead.reset();
    }
  }
  [[nodiscard]] std::optional<std::size_t> node_for(const aggregate_key& aggregate) const {
    if (by_partition_.empty()) return {};
    const auto partitions = static_cast<std::uint32_t>(by_partition_.size());
    return by_partition_[persistence::partition_of(aggregate, partitions).value];
  }

 private:
  std::vector<std::optional<std::size_t>> by_partition_{};
};

}  // namespace reprise::cluster
