// SPDX-License-Identifier: Apache-2.0
//
// What the nodes of a cluster have committed, as one history, and what breaks it. Throws `broken`
// when a promise is.
//
// Invariants that it proves
//  * All nodes commit the same records at the same positions, in every one of their lives.
//  Positions
//    are dense, and so are the sequences of each aggregate.
//  * A command stands in the history once.
//  * What is committed of a term was decided by one node, while it led in that term; so no two live
//    copies of an aggregate are both acknowledged.
//  * What was acknowledged stands there, where its receipt says.
// Threading: one thread.

#pragma once

#include "simulation/node.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace reprise::simulated {

/// The node has a copy of the partition, as it says itself; false where it serves no clients.
[[nodiscard]] bool holds(const node& n, partition_id partition);

struct past_record {
  aggregate_key aggregate{};
  std::uint32_t event_type = 0;
  event_id event{};
  position at{};
  sequence place{};
  timestamp time{};
  command_id command{};
  std::uint64_t term = 0;
  bytes payload{};
  /// Consensus wrote it for itself.
  [[nodiscard]] bool is_hidden() const { return aggregate.id.empty(); }
  bool operator==(const past_record&) const = default;
};

class history {
 public:
  explicit history(std::uint32_t partitions) : chosen_(partitions) {}

  /// Looks at what the node has committed since the last time.
  void look_at(const node& n);
  /// A handler has decided something there, in the term in which the node leads or believes to.
  void handled(const std::string& on, const command_id& command, std::uint64_t in_term);
  /// The node has told a client that it is done, and has been looked at.
  void acknowledged(const command_id& command, const receipt& at) const;

  [[nodiscard]] const std::vector<std::vector<past_record>>& chosen() const { return chosen_; }
  /// Those of types whose handlers are watched.
  void watch(aggregate_type_id type) { watched_.insert(type); }
  [[nodiscard]] const past_record* find(const command_id& command) const;
  [[nodiscard]] bool agrees_with(const node& n) const;
  /// Of all that was chosen.
  [[nodiscard]] std::uint64_t digest() const;
  [[nodiscard]] std::size_t terms() const { return decided_by_.size(); }

 private:
  struct cursor {
    std::uint64_t life = 0;
    position at{};
    std::uint64_t index = 0;
  };
  struct run {
    std::string on{};
    std::uint64_t in_term = 0;
    auto operator<=>(const run&) const = default;
  };

  void look_at(const node& n, partition_id partition, cursor& from);
  void choose(partition_id partition, past_record fresh, const std::string& seen_on);
  void note_event(partition_id partition, const past_record& fresh);
  void check_run(partition_id partition, const past_record& fresh);

  std::vector<std::vector<past_record>> chosen_;
  std::map<std::pair<std::string, std::uint32_t>, cursor> cursors_;
  std::map<std::uint32_t, timestamp> latest_;
  std::map<aggregate_key, sequence> heads_;
  // Where each command stands: partition and its last position.
  std::map<command_id, std::pair<partition_id, position>> commands_;
  std::set<aggregate_type_id> watched_;
  std::map<command_id, std::set<run>> runs_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> decided_by_;
};

}  // namespace reprise::simulated
