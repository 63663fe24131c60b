// SPDX-License-Identifier: Apache-2.0
//
// Where a group keeps how far it has come, and what it has parked.
//
// Invariant: what is kept of a partition is what the last of those who loaded it kept. Who loaded
// it earlier is answered `locked`, and keeps nothing.
// Threading: one call at a time. Answers come at once, or later on any thread.

#pragma once

#include "consumers/group_share.hpp"

#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace reprise::consumers {

class group_ledger {
 public:
  using loaded = std::function<void(partition_id, result<group_share>)>;
  using kept = std::function<void(partition_id, std::uint64_t holding, result<void>)>;

  virtual ~group_ledger() = default;
  /// `begin`: where it begins if nothing is kept yet.
  virtual void load(partition_id partition, position begin, const loaded& then) = 0;
  /// Answers for each of them.
  virtual void keep(std::vector<group_change> all, const kept& then) = 0;
};

}  // namespace reprise::consumers
