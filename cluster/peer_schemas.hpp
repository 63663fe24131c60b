// SPDX-License-Identifier: Apache-2.0
//
// The types that the programs of a cluster's nodes handle, and whether these programs fit each
// other: whether one reads what the other writes.
//
// Invariants
//  * A node that is new to the cluster must handle every type that is handled here, and read all
//    that this program writes: what is stored already is of this generation.
//  * Of two nodes that both take part, one at least must read what the other writes; so a program
//  is
//    replaced node by node.
// Threading: confined to the driver's thread.

#pragma once

#include "messages/schema_bundle.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reprise::cluster {

class peer_schemas {
 public:
  /// Of one peer; what it tells beyond them is refused.
  static constexpr std::size_t types_max = 4'096;

  /// Who of the two is new to the cluster.
  enum class newcomer : std::uint8_t { none, there, here };

  /// This node's program handles the type from now on. `malformed`.
  [[nodiscard]] result<void> handle(const persistence::stored_schema& type);
  /// What the program of a peer handles. `malformed`, and beyond types_max `too_large`.
  [[nodiscard]] result<void> hear(const std::string& peer, const persistence::stored_schema& type);
  /// It is not linked any more; it tells all anew when it is.
  void forget(const std::string& peer) { theirs_.erase(peer); }

  /// What handle() was given, by type.
  [[nodiscard]] std::vector<persistence::stored_schema> handled() const;
  /// `incompatible` with the type that differs, and how; nothing when they fit.
  [[nodiscard]] std::optional<error> objection(const std::string& peer, newcomer who) const;

 private:
  // Why one cannot read what the other writes; empty when it can.
  struct comparison {
    std::string here{};
    std::string there{};
  };
  struct peer_type {
    bytes bundle{};
    comparison found{};
  };
  struct own_type {
    persistence::stored_schema stored{};
    messages::schema_bundle schema;
  };

  [[nodiscard]] result<comparison> compare(aggregate_type_id type, bytes_view theirs) const;

  std::map<aggregate_type_id, own_type> own_;
  std::map<std::string, std::map<aggregate_type_id, peer_type>> theirs_;
};

}  // namespace reprise::cluster
