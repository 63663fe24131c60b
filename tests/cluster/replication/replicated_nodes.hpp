// SPDX-License-Identifier: Apache-2.0
//
// Nodes with their stores on disk and all their replicas, and a network in memory between them that
// can be cut. One thread, the test's, drives all of them; time is real, since disks are.

#pragma once

#include "base/clock.hpp"
#include "cluster/replication.hpp"
#include "persistence/replicated_journal.hpp"

#include <reprise/metrics.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reprise::cluster {

/// Told what became of appends, by their tags.
class answers final : public persistence::append_listener {
 public:
  void appended(std::span<persistence::append_answer> answered) override;
  [[nodiscard]] std::optional<result<persistence::append_receipt>> of(std::uint64_t tag) const;

 private:
  base::guarded<std::map<std::uint64_t, result<persistence::append_receipt>>> known_;
};

struct nodes_options {
  std::uint64_t count = 3;
  std::uint32_t partitions = 2;
  /// How much of a log followers are served from memory.
  std::size_t kept_bytes = std::size_t{4} << 20U;
  /// Leadership stays where it was won unless this says how often it is looked at, in ticks.
  unsigned balance_every_ticks = 0;
  /// Nodes with these numbers have copies of chosen partitions only.
  std::set<std::uint64_t> with_chosen_copies{};
};

class replicated_nodes {
 public:
  explicit replicated_nodes(const nodes_options& options = {});
  ~replicated_nodes();
  replicated_nodes(const replicated_nodes&) = delete;
  replicated_nodes& operator=(const replicated_nodes&) = delete;

  /// The first nodes_options::count found the cluster, others join it.
  [[nodiscard]] result<void> start(std::uint64_t id);
  /// As one that joins, also if it was a founder.
  [[nodiscard]] result<void> start_anew(std::uint64_t id);
  void start_all();
  void stop(std::uint64_t id);
  [[nodiscard]] bool is_up(std::uint64_t id) const { return nodes_.contains(id); }
  /// Nothing goes between this node and any other.
  void cut_off(std::uint64_t id);
  void heal(std::uint64_t id);
  [[nodiscard]] std::filesystem::path folder_of(std::uint64_t id) const;

  /// Drives all of them until `holds`; false when that takes too long.
  [[nodiscard]] bool until(const std::function<bool()>& holds,
                           std::chrono::seconds patience = std::chrono::seconds(20));
  /// Who leads that partition among those that are connected; 0 for nobody.
  [[nodiscard]] std::uint64_t leader(std::uint32_t partition = 0) const;
  /// Waits for one that is none of these.
  std::uint64_t elect(std::uint32_t partition = 0, const std::set<std::uint64_t>& but = {});

  [[nodiscard]] persistence::replicated_journal& journal(std::uint64_t id);
  [[nodiscard]] replication& replicas(std::uint64_t id);
  /// An aggregate of that partition.
  [[nodiscard]] aggregate_key key(const std::string& name, std::uint32_t partition = 0) const;
  /// Appends an event; the tag under which it will be answered.
  std::uint64_t append(std::uint64_t at, const aggregate_key& to, std::size_t payload = 100);
  [[nodiscard]] const answers& answered() const { return answers_; }
  /// Appends and waits; whether it was accepted.
  bool append_and_wait(std::uint64_t at, const aggregate_key& to, std::size_t payload = 100);
  /// All records of a partition as one node reads them: ids and sequences, in order.
  [[nodiscard]] std::vector<std::string> history(std::uint64_t at, std::uint32_t partition = 0);
  /// Waits until all that have copies read the same up to the same place.
  [[nodiscard]] bool agree(std::uint32_t partition = 0);
  /// Who has a copy of the partition, as its leader says; nobody where none is known.
  [[nodiscard]] std::set<std::uint64_t> holders(std::uint32_t partition) const;
  [[nodiscard]] bool believes(std::uint64_t one, std::uint64_t other);
  [[nodiscard]] replica_id replica_of(std::uint64_t id);
  [[nodiscard]] static cluster_node node_named(std::uint64_t id);
  /// From the next start of that node on.
  void let_hold(std::uint64_t id, node_copies which);
  /// Frames of a kind that were sent so far, by anyone.
  [[nodiscard]] std::uint64_t sent(frame_kind kind) const {
    const auto found = sent_.find(kind);
    return found == sent_.end() ? 0 : found->second;
  }

 private:
  struct node;
  class link;
  [[nodiscard]] bool reach(std::uint64_t one, std::uint64_t other) const;
  [[nodiscard]] std::uint64_t node_of(replica_id replica) const;
  [[nodiscard]] result<void> start(std::uint64_t id, bool joins);
  void connect_all();
  bool step();

  nodes_options options_;
  std::filesystem::path root_;
  base::system_clock clock_;
  std::map<std::uint64_t, std::unique_ptr<node>> nodes_;
  std::set<std::uint64_t> cut_off_;
  answers answers_;
  std::map<frame_kind, std::uint64_t> sent_;
  std::uint64_t last_tag_ = 0;
  base::clock::instant next_tick_{};
};

}  // namespace reprise::cluster
