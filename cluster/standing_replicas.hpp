// SPDX-License-Identifier: Apache-2.0
//
// The replicas of one node, as those see them who ask how replicas stand.

#pragma once

#include "cluster/standing_message.hpp"

#include <reprise/ids.hpp>

#include <cstdint>
#include <vector>

namespace reprise::cluster {

/// Threading: the driver's.
class standing_replicas {
 public:
  virtual ~standing_replicas() = default;
  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  [[nodiscard]] virtual replica_id self() const = 0;
  /// Who is believed now.
  [[nodiscard]] virtual std::vector<replica_id> peers() const = 0;
  /// Of these partitions, or of all where none is named, those that this node has replicas of.
  [[nodiscard]] virtual std::vector<partition_standing> standings(
      const std::vector<partition_id>& of) const = 0;
};

}  // namespace reprise::cluster
