// SPDX-License-Identifier: Apache-2.0
//
// How a partition's membership comes to what is wished of its nodes, one step at a time.
//
// Invariants
//  * A partition gains before it loses: nobody who votes is taken out while somebody who is to
//    vote, and is there, does not vote yet.
//  * Nobody who votes is taken out unless most of the voters that remain are there.
//  * Nobody who votes is taken out unless somebody votes who is to go on voting.
//  * Who is to vote, but was not chosen for this partition, loses its vote only once all that were
//    chosen have theirs; and its copy with it, unless it has copies of all partitions.
// Threading: pure.

#pragma once

#include "cluster/consensus.hpp"
#include "cluster/roster.hpp"

#include <functional>
#include <optional>

namespace reprise::cluster {

/// The next step of a partition from `now`, as far as it depends on nodes that are there
/// (`is_here`); none when all is as it is wished. Members that the roster does not know are left
/// alone.
[[nodiscard]] std::optional<membership_change> next_change(
    partition_id partition, const membership& now, const roster& wished,
    const std::function<bool(replica_id)>& is_here);

}  // namespace reprise::cluster
