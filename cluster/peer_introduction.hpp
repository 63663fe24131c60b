// SPDX-License-Identifier: Apache-2.0
//
// Who a node's store is, and which stores it has met: so that a store that was lost, copied or
// belongs to another cluster is not taken for the one that voted.
//
// Invariants
//  * Once a replica id was met with one store, it is believed of no other, for ever. Both sides
//    keep that durably before they believe anything else.
// Format: docs/formats.md#replicas. Threading: values.

#pragma once

#include "cluster/membership.hpp"
#include "cluster/roster.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace reprise::cluster {

using store_uuid = std::array<std::byte, 16>;
/// Which beginning of a cluster the logs are from; zeros in a node that does not know yet.
using cluster_founding = std::array<std::byte, 16>;

/// What a node says first through each new connection, and again when it knows of other nodes.
struct peer_introduction {
  replica_id id{};
  store_uuid store{};
  std::uint32_t partitions = 0;
  cluster_founding founding{};
  roster nodes{};
};
[[nodiscard]] bytes encode(const peer_introduction& from);
/// `errc::malformed`, or `errc::incompatible` for another version.
[[nodiscard]] result<peer_introduction> decode_introduction(bytes_view from);

/// What a store remembers of its cluster.
struct cluster_memory {
  /// Of its name.
  std::array<std::byte, 16> cluster{};
  /// As what this node takes part.
  replica_id self{};
  std::string name{};
  std::map<replica_id, store_uuid> met{};
  cluster_founding founding{};
  roster nodes{};
  bool operator==(const cluster_memory&) const = default;

  /// `errc::incompatible` with the reason when that peer is not the one that was met before, or is
  /// a copy of `own`. Whether it was met for the first time, and is now remembered.
  [[nodiscard]] result<bool> meet(const peer_introduction& peer, const store_uuid& own);
};
[[nodiscard]] bytes encode(const cluster_memory& from);
/// `errc::corrupt` for anything that encode() does not write.
[[nodiscard]] result<cluster_memory> decode_memory(bytes_view from);

}  // namespace reprise::cluster
