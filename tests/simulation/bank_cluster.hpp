// SPDX-License-Identifier: Apache-2.0
//
// A bank on a simulated cluster under one seed, and what is done to it.
//
// Threading: one thread.

#pragma once

#include "cluster/node_order.hpp"
#include "tests/simulation/customers.hpp"

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace reprise::simulation {

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
};

struct campaign_result {
  customers::tally clients{};
  std::uint64_t records = 0;
  std::uint64_t transfers = 0;
  std::uint64_t terms = 0;
  std::uint64_t crashes = 0;
  std::uint64_t stops = 0;
  std::uint64_t cuts = 0;
  std::uint64_t resets = 0;
  std::uint64_t pauses = 0;
  std::uint64_t jumps = 0;
  std::uint64_t moves = 0;
  std::uint64_t small_disks = 0;
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
  ~bank_cluster();
  bank_cluster(const bank_cluster&) = delete;
  bank_cluster& operator=(const bank_cluster&) = delete;

  /// Throws `broken`.
  [[nodiscard]] campaign_result run();

 private:
  void host(const std::string& on, detail::node_core& core);
  void observe(const std::string& on, const command_id& command, const aggregate_key& whose);
  [[nodiscard]] node& named(const std::string& name);
  [[nodiscard]] node& any() { return *nodes_[world_.below(nodes_.size())]; }
  void trouble();
  [[nodiscard]] milliseconds some_offset() { return world_.up_to(options_.clocks_apart); }
  void go_down(node& n, bool orderly);
  void come_up_later(node& n);
  void cut_some();
  void give_order();
  void tell_any(const cluster::node_order& order);
  [[nodiscard]] bool has_joined();
  [[nodiscard]] bool is_out();
  void come_anew();
  void let_newcomer_in();
  void put_on_small_disk(node& n);
  void look();
  void check_projection(node& n, bool must_be_there);
  void settle();

  const campaign_options options_;
  world world_;
  std::filesystem::path folder_;
  network network_;
  history past_;
  cluster_plan plan_;
  std::vector<std::unique_ptr<computer>> computers_;
  std::vector<std::unique_ptr<node>> nodes_;
  customers customers_;
  // Somebody was told to remove the newcomer, and may not have heard it.
  bool removing_ = false;
  campaign_result result_;
};

[[nodiscard]] campaign_result run_campaign(std::uint64_t seed, const campaign_options& options);

}  // namespace reprise::simulation
