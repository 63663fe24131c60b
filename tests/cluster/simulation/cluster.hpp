// SPDX-License-Identifier: Apache-2.0
//
// A simulated cluster of one partition, and what goes wrong in it.

#pragma once

#include "tests/cluster/simulation/replica.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace reprise::cluster::simulation {

struct cluster_options {
  std::size_t voters = 3;
  /// Begin empty; they may be added.
  std::size_t others = 0;
  bool pre_vote = true;
  /// Small, so that logs leave memory and replicas have to be filled.
  std::size_t kept_bytes = 6000;
  std::size_t kept_entries_max = 24;
};

class cluster {
 public:
  cluster(std::uint64_t seed, const cluster_options& options);
  ~cluster();
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  [[nodiscard]] replica& at(std::uint64_t id) { return *all_[id - 1]; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  /// The one with the highest term of those that lead and are ready, or null.
  [[nodiscard]] replica* leader();
  /// Waits for one; throws when there is none in time.
  replica& elect(milliseconds within = milliseconds(10'000));
  /// Waits until this one leads, with only these connected.
  void let_lead(std::uint64_t id, std::initializer_list<std::uint64_t> with);
  [[nodiscard]] std::uint64_t highest_term();

  void run_for(milliseconds time) { world_.run_for(time); }
  [[nodiscard]] bool run_until(const std::function<bool()>& holds,
                               milliseconds within = milliseconds(20'000)) {
    return world_.run_until(holds, within);
  }
  /// These can talk among themselves, and so can all others.
  void split(std::initializer_list<std::uint64_t> side);
  void heal() { network_.heal(); }
  [[nodiscard]] world& chance() { return world_; }
  [[nodiscard]] network& net() { return network_; }
  [[nodiscard]] checker& checks() { return checker_; }
  [[nodiscard]] const surroundings& counts() const { return around_; }
  void calm();
  /// Its process dies, and the others see their connections to it end.
  void kill(std::uint64_t id);

  /// One thing goes wrong, or a change is asked for.
  void disturb();
  /// Everything is mended; throws when the replicas do not agree and serve again in time.
  void recover();
  void compare_logs();
  /// Each acknowledged command stands in the log once.
  void count_commands();

 private:
  void disturb_network();
  void disturb_disks();
  void change_members();
  [[nodiscard]] bool agrees();
  [[nodiscard]] replica& any() { return *all_[world_.below(all_.size())]; }
  void crash(replica& which, milliseconds for_up_to);
  void end_connections(replica& of);

  world world_;
  network network_;
  checker checker_;
  std::vector<std::unique_ptr<replica>> all_;
  surroundings around_;
};

struct campaign_result {
  std::uint64_t proposed = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t fills = 0;
  std::uint64_t crashes = 0;
  std::uint64_t cuts = 0;
  std::uint64_t changes = 0;
  std::uint64_t transfers = 0;
  std::uint64_t terms = 0;
};

/// Some seconds under load and disturbance, then recovery. Throws `broken`.
campaign_result run_campaign(std::uint64_t seed, const cluster_options& options,
                             milliseconds disturbed);

}  // namespace reprise::cluster::simulation
