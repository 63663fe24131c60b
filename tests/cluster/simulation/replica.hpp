// SPDX-License-Identifier: Apache-2.0
//
// One replica: a real core on a simulated disk and network, and a client of it that proposes. It
// does what a node will do: takes outputs, writes, sends, fills.

#pragma once

#include "cluster/log_fill.hpp"
#include "cluster/raft_core.hpp"
#include "tests/cluster/simulation/checker.hpp"
#include "tests/cluster/simulation/disk.hpp"
#include "tests/cluster/simulation/network.hpp"

#include <map>
#include <memory>
#include <optional>

namespace reprise::cluster::simulation {

/// What the replicas of one cluster share.
struct surroundings {
  world& in;
  network& net;
  checker& checks;
  /// Indexed by id - 1.
  std::vector<std::unique_ptr<class replica>>& all;
  raft_options options{};
  std::uint64_t next_command = 1;
  std::uint64_t proposed = 0;
  std::uint64_t fills = 0;
  std::uint64_t crashes = 0;
  std::uint64_t cuts = 0;
  std::uint64_t changes = 0;
  std::uint64_t transfers = 0;
};

class replica {
 public:
  replica(surroundings& around, replica_id id);
  ~replica();
  replica(const replica&) = delete;
  replica& operator=(const replica&) = delete;

  [[nodiscard]] replica_id id() const { return id_; }
  [[nodiscard]] disk& storage() { return disk_; }
  /// Begins from what is on disk. Why it does not serve, if it refuses.
  result<void> start();
  void crash(bool keep_a_part);
  /// Its connection to that one ends.
  void lose(replica_id peer);
  [[nodiscard]] bool up() const { return core_ != nullptr; }
  [[nodiscard]] bool leads() const { return up() && core_->leadership().ready; }
  [[nodiscard]] consensus& core() { return *core_; }

  void set_full(bool full);
  /// Proposes so many records, if it leads; the command's number, or 0.
  std::uint64_t propose(std::uint32_t records, std::size_t bytes = 0);
  void change(membership_change::kind what, replica_id who);
  void hand_over(replica_id to);
  /// The members that its own log speaks of last.
  [[nodiscard]] membership members() const;
  [[nodiscard]] log_image durable_log() const;
  /// For what a test asks the core itself.
  void turn();
  void deliver(replica_id from, const bytes& body);
  [[nodiscard]] const log_image& log() const { return image_; }
  [[nodiscard]] std::optional<bool> outcome(std::uint64_t request) const;

 private:
  struct asked {
    std::uint64_t command = 0;
    log_index at{};
    term in{};
    std::uint64_t* count = nullptr;
  };

  void tick_later();
  void note_writes(const log_write& write);
  void note_settled(const settled_request& settled);
  void check_durable(log_index at) const;
  void check_readable(log_index up_to);
  void fill_on();
  void ask_for_entries();
  void take_answer(const fill_answer& answer);

  surroundings& around_;
  replica_id id_;
  skewed_clock clock_;
  memory_budget budget_{std::uint64_t{64} << 20U};
  disk disk_;
  std::unique_ptr<raft_core> core_;
  // Counts starts and crashes; what was begun in another life comes to nothing.
  std::uint64_t life_ = 0;
  log_image image_;
  log_index seen_committed_{};
  // What the folds of this node have read, by their own account.
  log_index applied_{};
  std::map<std::uint64_t, asked> asked_;
  std::map<std::uint64_t, bool> outcomes_;
  std::optional<fill_request> wanted_;
  std::optional<log_fill> fill_;
  // What the fill's write in flight points into.
  fill_answer filling_;
};

}  // namespace reprise::cluster::simulation
