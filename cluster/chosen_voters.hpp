// SPDX-License-Identifier: Apache-2.0
//
// Which nodes vote in a partition. Others may have a copy of it; the votes of a few are enough, and
// a command waits for a majority of those only.
//
// Invariants
//  * All nodes with the same roster choose the same ones, and nothing has to be told.
//  * Who comes takes votes only for itself, and the votes of who goes are spread over all others
//    (rendezvous hashing: Thaler, Ravishankar 1998).
// Threading: pure.

#pragma once

#include "cluster/roster.hpp"

#include <set>
#include <span>

namespace reprise::cluster {

/// Of the nodes that are to vote at all, as many as the roster says; fewer where there are fewer.
[[nodiscard]] std::set<replica_id> chosen_voters(partition_id partition, const roster& nodes);

/// The same of any nodes.
[[nodiscard]] std::set<replica_id> chosen_of(partition_id partition,
                                             std::span<const replica_id> nodes, std::size_t count);

}  // namespace reprise::cluster
