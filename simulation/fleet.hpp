// SPDX-License-Identifier: Apache-2.0
//
// The computers and nodes of a simulated cluster, the network between them, and what goes wrong
// with them.
//
// Threading: one thread.

#pragma once

#include "cluster/node_order.hpp"
#include "simulation/node.hpp"

#include <reprise/simulation.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::simulated {

class fleet {
 public:
  /// What has gone wrong.
  struct tally {
    std::uint64_t crashes = 0;
    std::uint64_t stops = 0;
    std::uint64_t cuts = 0;
    std::uint64_t resets = 0;
    std::uint64_t pauses = 0;
    std::uint64_t jumps = 0;
    std::uint64_t moves = 0;
    std::uint64_t small_disks = 0;
  };

  /// No node is up yet. World and plan must outlive it; `names` are the plan's founders and those
  /// who may join them. Throws std::runtime_error where there is no room for temporary files.
  fleet(world& in, const cluster_plan& plan, const std::vector<std::string>& names,
        milliseconds clocks_apart);
  ~fleet();
  fleet(const fleet&) = delete;
  fleet& operator=(const fleet&) = delete;

  [[nodiscard]] const std::vector<std::unique_ptr<node>>& nodes() const { return nodes_; }
  [[nodiscard]] node& named(const std::string& name) const;
  /// By chance.
  [[nodiscard]] node& any() const { return *nodes_[world_.below(nodes_.size())]; }
  [[nodiscard]] network& links() { return network_; }
  [[nodiscard]] const tally& counted() const { return tally_; }

  /// Perhaps one of these, with one of the nodes. False: it is time for an order instead.
  bool go_wrong(const troubles& may);
  /// Somebody is told that somebody shall lead some partition.
  void move_lead();
  /// Any node is told, if it hears it.
  void tell_any(const cluster::node_order& order) const;
  /// Links lose nothing, disks are fast and have room, and who is down starts. Who stands still
  /// does so until its time is over.
  void mend();
  /// Where it is down. Time may be passing, so nothing is thrown: check_started() tells.
  void start(node& n);
  /// Throws `broken` when a node could not start.
  void check_started() const {
    if (not_started_) throw broken(*not_started_);
  }

 private:
  void go_down(node& n, bool orderly);
  void start_later(node& n);
  void cut_some();
  void put_on_small_disk(node& n);
  [[nodiscard]] milliseconds some_offset() const { return world_.up_to(clocks_apart_); }

  world& world_;
  const cluster_plan& plan_;
  const milliseconds clocks_apart_;
  const std::filesystem::path folder_;
  network network_;
  std::vector<std::unique_ptr<computer>> computers_;
  std::vector<std::unique_ptr<node>> nodes_;
  tally tally_;
  std::optional<std::string> not_started_;
};

}  // namespace reprise::simulated
