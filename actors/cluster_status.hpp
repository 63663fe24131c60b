// SPDX-License-Identifier: Apache-2.0
//
// What a node says of its cluster: who is there, who leads what, how far logs are.
//
// Format: docs/operations.md#status. Threading: pure.

#pragma once

#include "cluster/replication.hpp"

#include <reprise/cluster.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace reprise::actors {

struct cluster_status {
  std::string self{};
  std::string cluster{};
  /// It is in the roster, and not gone.
  bool takes_part = false;
  cluster::roster roster{};
  /// Linked, believed; this node too.
  std::set<cluster::replica_id> connected{};
  std::vector<cluster_node> invited{};
  /// Names of nodes that are linked and not believed, and why.
  std::map<std::string, std::string> refused{};
  /// By partition.
  std::vector<cluster::replication::standing> replicas{};
};

[[nodiscard]] std::string to_json(const cluster_status& status);

}  // namespace reprise::actors
