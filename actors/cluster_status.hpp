// SPDX-License-Identifier: Apache-2.0
//
// What a node says of its cluster: who is there, who leads what, how far logs are.
//
// Format: docs/operations.md#status. Threading: pure.

#pragma once

#include "cluster/replication.hpp"

#include <reprise/cluster.hpp>

#include <string>
#include <vector>

namespace reprise::actors {

struct cluster_status {
  std::string self{};
  std::string cluster{};
  struct seen_node {
    cluster_node node{};
    bool connected = false;
  };
  /// In the order of replica ids.
  std::vector<seen_node> nodes{};
  /// By partition.
  std::vector<cluster::replication::standing> replicas{};
};

[[nodiscard]] std::string to_json(const cluster_status& status);

}  // namespace reprise::actors
