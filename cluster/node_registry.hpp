// SPDX-License-Identifier: Apache-2.0
//
// What a node knows, durably, of itself and of the other nodes of its cluster, and whom it
// believes.
//
// Invariants
//  * What others are told, or is acted upon, has been stored before.
//  * A peer is believed when it is in the roster, under the name by which it is linked, and comes
//    with the store that it was met with first.
//  * A node that is not in the roster itself takes part in nothing. It learns the roster from the
//    nodes that it was told of, whom it takes at their word; so does one of those whom it knew,
//    when all others changed while it was away.
// Threading: confined to the driver's thread.

#pragma once

#include "cluster/peer_introduction.hpp"
#include "cluster/roster.hpp"
#include "persistence/replicated_journal.hpp"

#include <reprise/cluster.hpp>

#include <map>
#include <span>
#include <string>

namespace reprise::cluster {

/// `invalid_argument` and what is wrong with its name or its address.
[[nodiscard]] result<void> check(const cluster_node& node);

class node_registry {
 public:
  struct options {
    cluster_node self{};
    /// Whom a new cluster begins with, this node too; empty: this node joins one.
    std::vector<cluster_node> founders{};
    /// Of the cluster's name.
    std::array<std::byte, 16> cluster{};
    /// For the replica id of one that joins.
    std::uint64_t seed = 0;
    node_copies copies = node_copies::all;
  };

  /// Reads what the store knows, or begins to know. `incompatible` when the store belongs to
  /// another cluster or node, or to a node alone that is not the only founder.
  [[nodiscard]] static result<node_registry> open(persistence::replicated_journal& journal,
                                                  const options& how);

  /// It knows only what it was told now: remembered() must be stored before anything else is done.
  [[nodiscard]] bool is_new() const { return is_new_; }
  [[nodiscard]] bytes remembered() const { return encode(memory_); }
  [[nodiscard]] replica_id self() const { return memory_.self; }
  /// Whether its logs begin with the founders as members.
  [[nodiscard]] bool is_founder() const { return memory_.self.value <= nodes_max; }
  /// As what they begin in that partition, the same on all of them.
  [[nodiscard]] membership founders(partition_id partition) const;
  /// Is in the roster, and not gone.
  [[nodiscard]] bool takes_part() const;
  [[nodiscard]] const roster& nodes() const { return memory_.nodes; }
  /// Asked for, and not met yet.
  [[nodiscard]] const std::map<std::string, cluster_node>& invited() const { return invited_; }

  /// What this node says through each new connection, and again when the roster changed.
  [[nodiscard]] bytes introduction() const;
  struct meeting {
    replica_id peer{};
    bool roster_changed = false;
    /// This node knows of something that the peer does not.
    bool peer_knows_less = false;
  };
  /// What the node that is linked under `name` says of itself. An error is why it is not believed:
  /// `malformed`, `incompatible`, or what the store says.
  [[nodiscard]] result<meeting> meet(const std::string& name, bytes_view introduction);

  /// A node that may take part once it is met; one that was drained takes part again, one that is
  /// there already has this address from now on. Whether the roster changed. `invalid_argument`.
  [[nodiscard]] result<bool> invite(const cluster_node& node);
  /// `invalid_argument` for a name that is not there, and when nobody would be left to vote.
  [[nodiscard]] result<bool> wish(const std::string& name, node_wish what);
  /// How many nodes are to vote in each partition. Whether that is new. `invalid_argument`.
  [[nodiscard]] result<bool> wish_voters(std::size_t count);

 private:
  node_registry(persistence::replicated_journal& journal, node_copies copies)
      : journal_(&journal), partitions_(journal.partitions()), copies_(copies) {}
  void say_own_copies(cluster_memory& known) const;
  [[nodiscard]] result<void> save(cluster_memory changed);
  [[nodiscard]] std::optional<error> objection(const std::string& name,
                                               const peer_introduction& said,
                                               const cluster_memory& known) const;

  persistence::replicated_journal* journal_;
  std::uint32_t partitions_;
  node_copies copies_;
  cluster_memory memory_{};
  bool is_new_ = false;
  std::map<std::string, cluster_node> invited_{};
};

}  // namespace reprise::cluster
