// SPDX-License-Identifier: Apache-2.0
//
// A bank on a simulated cluster under one seed, and what is done to it.
//
// Threading: one thread.

#pragma once

#include "cluster/node_order.hpp"
#include "simulation/fleet.hpp"
#include "tests/simulation/customers.hpp"
#include "tests/simulation/inspector.hpp"
#include "tests/simulation/powered_disk.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reprise::simulated {

struct campaign_options {
  std::uint64_t nodes = 3;
  std::uint32_t partitions = 2;
  /// One more joins while the others are at work, is drained or removed some day, and comes again.
  bool joins = false;
  /// The last founders, so many of them, have copies only of what they vote in.
  std::uint64_t with_chosen_copies = 0;
  std::uint64_t customers = 4;
  milliseconds lasts{12'000};
  /// At most, what they say of the date; it jumps within that.
  milliseconds clocks_apart = std::chrono::minutes(5);
  durability acknowledged = durability::synced;
  /// Stores are read through the nodes meanwhile.
  bool inspected = false;
};

struct campaign_result {
  customers::tally clients{};
  inspector::tally inspections{};
  std::uint64_t records = 0;
  std::uint64_t transfers = 0;
  std::uint64_t terms = 0;
  fleet::tally wrong{};
  std::uint64_t orders = 0;
  std::uint64_t removals = 0;
  std::uint64_t commits_lost = 0;
  std::uint64_t frames = 0;
  /// Partitions of which a node had no copy at the end.
  std::uint64_t copies_less = 0;
  std::uint64_t digest = 0;
};

class bank_cluster {
 public:
  bank_cluster(std::uint64_t seed, const campaign_options& options);
  ~bank_cluster() = default;
  bank_cluster(const bank_cluster&) = delete;
  bank_cluster& operator=(const bank_cluster&) = delete;

  /// Throws `broken`.
  [[nodiscard]] campaign_result run();

 private:
  [[nodiscard]] cluster_plan make_plan();
  [[nodiscard]] std::vector<std::string> names() const;
  void host(const std::string& on, detail::node_core& core);
  void observe(const std::string& on, const command_id& command, const aggregate_key& whose);
  void give_order();
  [[nodiscard]] bool has_joined();
  [[nodiscard]] bool is_out();
  void come_anew();
  void let_newcomer_in();
  void look();
  void check_projection(node& n, bool must_be_there);
  void settle();

  const campaign_options options_;
  world world_;
  history past_;
  std::map<std::string, powered_disk> disks_;
  const cluster_plan plan_;
  fleet fleet_;
  customers customers_;
  inspector inspector_;
  // Somebody was told to remove the newcomer, and may not have heard it.
  bool removing_ = false;
  campaign_result result_;
};

[[nodiscard]] campaign_result run_campaign(std::uint64_t seed, const campaign_options& options);

}  // namespace reprise::simulated
