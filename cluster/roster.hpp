// SPDX-License-Identifier: Apache-2.0
//
// Which nodes a cluster has, where they are, and what is wished of them. Each node keeps one and
// tells it to the others; no node decides alone, and none is asked first.
//
// Invariants
//  * Merged in any order, and any number of times, the same rosters give the same one: each node's
//    entry is a register of which the higher version holds (state-based replicated data types:
//    Shapiro, Preguica, Baquero, Zawirski 2011).
//  * A node that is gone stays gone. Its name may come back with another replica id.
//  * How many nodes vote in a partition is one more such register, and so is of each node of which
//    partitions it has copies; that is said by the node itself.
// A roster says what is wished. What is so is said by each partition's own membership, and each
// leader brings its partition nearer to what is wished (member_changes.hpp).
// Format: roster.capnp. Threading: values.

#pragma once

#include "cluster/membership.hpp"

#include <reprise/cluster.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace reprise::cluster {

enum class node_wish : std::uint8_t {
  /// Votes, where it is chosen (chosen_voters.hpp), and leads.
  voter = 0,
  /// Keeps its copies up to date, and neither votes nor leads: it was drained.
  learner = 1,
  gone = 2,
};

/// What a node says of itself.
struct copies_choice {
  node_copies value = node_copies::all;
  /// 0 where it has not said anything.
  std::uint64_t version = 0;
  bool operator==(const copies_choice&) const = default;
};

struct roster_entry {
  cluster_node node{};
  node_wish wish = node_wish::voter;
  /// Of node and wish.
  std::uint64_t version = 1;
  copies_choice copies{};
  bool operator==(const roster_entry&) const = default;
};

/// How many nodes vote in each partition, if there are as many.
struct voter_count {
  std::uint8_t value = 3;
  /// 0 where nobody has said.
  std::uint64_t version = 0;
  bool operator==(const voter_count&) const = default;
};

/// Nodes that are not gone.
inline constexpr std::size_t nodes_max = 7;

class roster {
 public:
  /// Of those whom a cluster begins with: in the order of their names, from replica 1.
  [[nodiscard]] static roster of_founders(std::span<const cluster_node> founders);

  /// Whether anything came of it.
  bool merge(const roster& other);
  bool merge(replica_id id, const roster_entry& other);
  bool merge(const voter_count& other);
  /// An entry that holds from now on, instead of the one that is there if there is one.
  void change(replica_id id, const cluster_node& node, node_wish wish);
  /// Of one that is there.
  void change_copies(replica_id id, node_copies which);
  /// 1 to nodes_max.
  void change_voters(std::uint8_t count);

  [[nodiscard]] const roster_entry* find(replica_id id) const;
  /// False for one that is not there.
  [[nodiscard]] bool wishes(replica_id id, node_wish what) const;
  /// Who bears this name and is not gone; 0 for nobody.
  [[nodiscard]] replica_id present(std::string_view name) const;
  [[nodiscard]] std::size_t count(node_wish wish) const;
  [[nodiscard]] std::size_t voters() const { return voters_.value; }
  [[nodiscard]] const voter_count& voters_told() const { return voters_; }
  [[nodiscard]] const std::map<replica_id, roster_entry>& entries() const { return entries_; }

  bool operator==(const roster&) const = default;

 private:
  std::map<replica_id, roster_entry> entries_{};
  voter_count voters_{};
};

/// A node that has gone leaves its entry behind, so there may be many more than members.
inline constexpr std::size_t roster_entries_max = 1024;

[[nodiscard]] bytes encode(const roster& from);
/// `errc::malformed` for what encode() does not write, and for more than roster_entries_max.
[[nodiscard]] result<roster> decode_roster(bytes_view from);

}  // namespace reprise::cluster
