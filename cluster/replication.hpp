// SPDX-License-Identifier: Apache-2.0
//
// All replicas of one node, driven by what its transport, its journal and the passing of time say.
//
// Invariants
//  * Nothing that a peer says is believed before it has introduced itself as the one that was met
//    before under its id.
//  * What all partitions say to one peer in one turn leaves in as few frames as possible.
// Threading: tick(), woken(), connected(), disconnected(), received() and what is marked so are
// called by one thread, the driver's. What the journal tells is taken up there, too.

#pragma once

#include "base/guarded.hpp"
#include "cluster/fill_message.hpp"
#include "cluster/peer_introduction.hpp"
#include "cluster/peer_transport.hpp"
#include "cluster/replica_group.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reprise::cluster {

struct replication_options {
  /// Begins with the members of a new cluster; each of them names the same ones, by name.
  std::map<replica_id, std::string> nodes{};
  replica_id self{};
  std::array<std::byte, 16> cluster{};
  std::uint64_t seed = 0;
  std::chrono::milliseconds heartbeat{50};
  std::chrono::milliseconds election_timeout{300};
  /// What may wait for one peer; a frame of it.
  std::size_t peer_bytes_max = std::size_t{32} << 20U;
  std::size_t frame_bytes = std::size_t{256} << 10U;
  /// Of the log in memory, all partitions together.
  std::uint64_t memory_bytes_max = std::uint64_t{256} << 20U;
  /// Of each partition's log, for followers that lag a little; others are filled from a store.
  std::size_t kept_bytes = std::size_t{4} << 20U;
  std::size_t kept_entries_max = 4096;
  /// How often leadership is looked at, in ticks, to spread it evenly; 0 for never.
  unsigned balance_every_ticks = 20;
};

/// Told who leads. On the driver's thread.
class role_listener {
 public:
  virtual ~role_listener() = default;
  virtual void role_changed(partition_id partition, const replica_role& role) = 0;
};

class replication final : public persistence::replica_listener, private replica_surroundings {
 public:
  /// Runs something that reads the disk, on another thread.
  using run_elsewhere = std::function<void(std::function<void()>)>;

  /// Writes what a new store begins with, and starts all replicas. `incompatible` when the store
  /// belongs to another cluster or another node; the journal is closed where it has begun. All must
  /// outlive it; the journal is to be closed before it goes.
  [[nodiscard]] static result<std::unique_ptr<replication>> start(
      const replication_options& options, persistence::replicated_journal& journal,
      peer_transport& transport, role_listener& roles, const base::clock& time,
      run_elsewhere elsewhere);
  ~replication() override;

  void tick();
  void woken();
  void connected(replica_id peer);
  void disconnected(replica_id peer);
  /// A frame of one of the first four kinds.
  void received(replica_id peer, frame_kind kind, bytes_view body);
  [[nodiscard]] bool believes(replica_id peer) const;

  /// As replica_group says. Driver's thread.
  void confirm_leadership(partition_id partition, std::function<void(result<void>)> then);
  [[nodiscard]] result<void> hand_over(partition_id partition, replica_id to);
  /// Hands over everything that this node leads, as far as others take it.
  void hand_over_all();

  /// From any thread.
  [[nodiscard]] bool leads(partition_id partition) const;
  /// Who leads as far as is known here; 0 for nobody.
  [[nodiscard]] replica_id leader(partition_id partition) const;
  [[nodiscard]] std::uint32_t partitions() const {
    return static_cast<std::uint32_t>(groups_.size());
  }

  /// What a partition's replica knows of itself. Driver's thread.
  struct standing {
    replica_role role{};
    log_index last{};
    log_index committed{};
    std::size_t memory_bytes = 0;
    membership members{};
    std::optional<error> failure{};
  };
  [[nodiscard]] standing standing_of(partition_id partition) const;

  // What the journal tells, from its threads.
  void staged(partition_id partition) override;
  void written(partition_id partition, std::uint64_t number) override;
  void folded(partition_id partition, std::uint64_t index) override;
  void damaged(partition_id partition, const error& why) override;
  void storage_full(bool full) override;
  void storage_failed(const error& why) override;

 private:
  struct told_by_journal {
    std::vector<partition_id> staged{};
    std::vector<std::pair<partition_id, std::uint64_t>> written{};
    std::vector<partition_id> folded{};
    std::vector<std::pair<partition_id, error>> damaged{};
    // Read elsewhere, to be sent.
    std::vector<std::pair<replica_id, bytes>> answers{};
    std::optional<bool> full{};
    std::optional<error> failed{};
  };
  struct peer {
    std::string name{};
    peer_batch batch;
    bool connected = false;
    bool believed = false;
    // Refused with this reason; said once.
    std::string refused{};
    unsigned ticks_connected = 0;
  };

  replication(const replication_options& options, persistence::replicated_journal& journal,
              peer_transport& transport, role_listener& roles, const base::clock& time,
              run_elsewhere elsewhere);
  [[nodiscard]] result<void> remember_self();
  [[nodiscard]] result<void> begin_logs();
  [[nodiscard]] result<void> start_groups();
  void introduce(replica_id id, bytes_view body);
  void receive_batch(replica_id id, bytes_view body);
  void answer_question(replica_id id, bytes_view body);
  void take_answer(bytes_view body);
  void flush();
  void balance();
  template <class Tell>
  void note(Tell&& tell);
  [[nodiscard]] replica_group* group(partition_id partition);
  [[nodiscard]] membership voters() const;

  void carry(const peer_message& message) override;
  void role_changed(partition_id partition, const replica_role& role) override;
  [[nodiscard]] bool ask_to_fill(partition_id partition, const fill_question& question) override;

  const replication_options options_;
  persistence::replicated_journal& journal_;
  peer_transport& transport_;
  role_listener& roles_;
  const base::clock& time_;
  const run_elsewhere elsewhere_;
  memory_budget budget_;
  cluster_memory memory_;
  std::map<replica_id, peer> peers_;
  // Null for a partition that cannot be served here.
  std::vector<std::unique_ptr<replica_group>> groups_;
  // For each partition: who leads, and in the last bit whether commands can be handled here.
  std::vector<std::atomic<std::uint64_t>> known_leaders_;
  base::guarded<told_by_journal> told_;
  std::atomic<std::uint64_t> told_times_{0};
  std::uint64_t fills_asked_ = 0;
  unsigned ticks_ = 0;
};

}  // namespace reprise::cluster
