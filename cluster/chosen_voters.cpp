// SPDX-License-Identifier: Apache-2.0
#include "cluster/chosen_voters.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace reprise::cluster {
namespace {

// The same on all nodes of a cluster, for ever: another formula would move votes.
std::uint64_t weight(partition_id partition, replica_id node) {
  return base::random(base::random(partition.value).next() ^ node.value).next();
}

}  // namespace

std::set<replica_id> chosen_of(partition_id partition, std::span<const replica_id> nodes,
                               std::size_t count) {
  std::vector<std::pair<std::uint64_t, replica_id>> ranked;
  ranked.reserve(nodes.size());
  for (const replica_id node : nodes) ranked.emplace_back(weight(partition, node), node);
  std::ranges::sort(ranked, std::greater());
  ranked.resize(std::min(ranked.size(), count));
  std::set<replica_id> chosen;
  for (const auto& [unused, node] : ranked) chosen.insert(node);
  return chosen;
}

std::set<replica_id> chosen_voters(partition_id partition, const roster& nodes) {
  std::vector<replica_id> able;
  able.reserve(nodes.entries().size());
  for (const auto& [id, entry] : nodes.entries()) {
    if (entry.wish == node_wish::voter) able.push_back(id);
  }
  return chosen_of(partition, able, nodes.voters());
}

}  // namespace reprise::cluster
