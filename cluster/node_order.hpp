// SPDX-License-Identifier: Apache-2.0
//
// What an operator wishes of the nodes of a cluster, as a client tells it to one of them.
//
// Format: node_query.capnp. Threading: pure functions.

#pragma once

#include <reprise/cluster.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>

namespace reprise::cluster {

/// To node_itself, see node_query.hpp.
inline constexpr std::uint32_t order_command = 2;

struct node_order {
  enum class kind : std::uint8_t { add = 0, drain = 1, remove = 2, lead = 3, voters = 4 };
  kind what{};
  /// All of it for `add`, its name for others that are about a node.
  cluster_node node{};
  /// For `lead`.
  partition_id partition{};
  /// For `voters`.
  std::uint32_t count = 0;
};

[[nodiscard]] bytes encode(const node_order& order);
/// `errc::malformed`.
[[nodiscard]] result<node_order> decode_node_order(bytes_view from);

}  // namespace reprise::cluster
