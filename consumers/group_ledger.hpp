// SPDX-License-Identifier: Apache-2.0
//
// Where a group keeps how far it has come, and what it has parked.
//
// Invariant: what is kept of a partition is what the last of those who loaded it kept, and what
// people ordered of it since. Who loaded it earlier is answered `locked`, and keeps nothing.
// Threading: one call at a time. Answers come at once, or later on any thread.

#pragma once

#include "consumers/group_share.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace reprise::consumers {

class group_ledger {
 public:
  using loaded = std::function<void(partition_id, result<group_share>)>;
  /// With the last change of what is kept, as group_share::known.
  using kept = std::function<void(partition_id, std::uint64_t holding, result<sequence>)>;

  virtual ~group_ledger() = default;
  /// `begin`: where it begins if nothing is kept yet.
  virtual void load(partition_id partition, position begin, const loaded& then) = 0;
  /// Answers for each of them.
  virtual void keep(std::vector<group_change> all, const kept& then) = 0;
  /// What is kept, for whom has loaded it: it stays loaded.
  virtual void look(partition_id partition, const loaded& then) = 0;
  /// The last change of it, as far as this node knows; 0 where nobody else can change it.
  [[nodiscard]] virtual sequence latest(partition_id partition) const = 0;
};

}  // namespace reprise::consumers
