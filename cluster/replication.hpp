// SPDX-License-Identifier: Apache-2.0
//
// All replicas of one node, driven by what its transport, its journal and the passing of time say.
//
// Invariants
//  * Nothing that a peer says is believed before it has introduced itself, see node_registry.hpp.
//  * What all partitions say to one peer in one turn leaves in as few frames as possible.
// Threading: everything but start() and what is marked so is called by one thread, the driver's.
// What the journal tells is taken up there, too.

#pragma once

#include "base/guarded.hpp"
#include "cluster/fill_message.hpp"
#include "cluster/lead_confirmation.hpp"
#include "cluster/lead_notice.hpp"
#include "cluster/node_registry.hpp"
#include "cluster/peer_schemas.hpp"
#include "cluster/peer_transport.hpp"
#include "cluster/read_index.hpp"
#include "cluster/replica_group.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reprise::cluster {

struct replication_options {
  cluster_node self{};
  /// Whom a new cluster begins with, the same ones on each; empty: this node joins one.
  std::vector<cluster_node> founders{};
  /// Of the cluster's name.
  std::array<std::byte, 16> cluster{};
  std::uint64_t seed = 0;
  /// Of which partitions this node has copies.
  node_copies copies = node_copies::all;
  std::chrono::milliseconds heartbeat{50};
  std::chrono::milliseconds election_timeout{300};
  /// What may wait for one peer; a frame of it.
  std::size_t peer_bytes_max = std::size_t{32} << 20U;
  std::size_t frame_bytes = std::size_t{256} << 10U;
  /// Of the log in memory, all partitions together.
  std::uint64_t memory_bytes_max = std::uint64_t{256} << 20U;
  /// Of each partition's log, for followers that lag a little; others are filled from a store.
  /// Where all together keep an eighth of memory_bytes_max, each keeps its share of that.
  std::size_t kept_bytes = std::size_t{4} << 20U;
  std::size_t kept_entries_max = 4096;
  /// How often leadership is looked at, in ticks, to spread it evenly; 0 for never.
  unsigned balance_every_ticks = 20;
  /// How often memberships are compared with what is wished, in ticks; how many partitions of this
  /// node change theirs at once.
  unsigned change_every_ticks = 2;
  unsigned changes_at_once = 4;
  /// How often nodes without a copy are told who leads, in ticks; at once when that has changed.
  unsigned notice_every_ticks = 4;
};

/// Told who leads, and that the cluster has other nodes or believes others. On the driver's thread.
class role_listener {
 public:
  virtual ~role_listener() = default;
  virtual void role_changed(partition_id partition, const replica_role& role) = 0;
  virtual void nodes_changed() = 0;
};

class replication final : public persistence::replica_listener,
                          private replica_surroundings,
                          private standing_replicas {
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
  /// What is to be said first through each new connection.
  [[nodiscard]] bytes introduction() const { return registry_.introduction(); }
  /// What the node that is linked under `name` has said of itself, of the kind `introduction`.
  void introduced(const std::string& name, bytes_view body);
  void disconnected(const std::string& name);
  /// This node's program handles the type from now on, see peer_schemas.hpp. `malformed`.
  [[nodiscard]] result<void> handle(const persistence::stored_schema& type);
  /// What is to be said of one type, and of all through each new connection, before anything else.
  [[nodiscard]] bytes schema_notice(const persistence::stored_schema& type) const;
  [[nodiscard]] std::vector<bytes> schema_notices() const;
  /// What the node that is linked under `name` has said of the types that it handles.
  void heard_schemas(const std::string& name, bytes_view body);
  /// Why nodes that are linked are not believed, by name.
  [[nodiscard]] std::map<std::string, std::string> refusals() const;
  /// A frame of the next three kinds, from a peer that is believed.
  void received(replica_id peer, frame_kind kind, bytes_view body);
  [[nodiscard]] bool believes(replica_id peer) const { return peers_.contains(peer); }
  /// As which replica the node that is linked under `name` is believed; 0 if it is not.
  [[nodiscard]] replica_id believed_as(const std::string& name) const;

  /// The nodes of the cluster, and what is wished of them. Changes as node_registry says, are told
  /// to all, and are carried out by whoever leads.
  [[nodiscard]] const node_registry& registry() const { return registry_; }
  [[nodiscard]] result<void> invite(const cluster_node& node);
  [[nodiscard]] result<void> wish(const std::string& name, node_wish what);
  [[nodiscard]] result<void> wish_voters(std::size_t count);
  /// Whether no partition that is served here has it as a member.
  [[nodiscard]] bool is_out(replica_id id) const;

  /// Tells `then` that this node led the partition until then: it has all that was acknowledged
  /// before the call. `unavailable` where it does not. The caller keeps a deadline.
  void confirm_leadership(partition_id partition, const lead_confirmation::told& then);
  /// As replica_group says.
  [[nodiscard]] result<void> hand_over(partition_id partition, replica_id to);
  /// Hands over everything that this node leads, as far as others take it.
  void hand_over_all();

  /// The term in which this node leads, so that commands can be handled here; 0 while it does not.
  /// From any thread, as all that follows.
  [[nodiscard]] term leads_in(partition_id partition) const;
  [[nodiscard]] bool leads(partition_id partition) const { return leads_in(partition).value != 0; }
  /// Who leads as far as is known here; 0 for nobody.
  [[nodiscard]] replica_id leader(partition_id partition) const;
  /// How long ago, at most, this node's copy of the partition was all that was committed, but for
  /// the time that a message travels. 0 where this node leads; the largest number where it never
  /// knew.
  [[nodiscard]] std::chrono::milliseconds age(partition_id partition) const;
  [[nodiscard]] std::uint32_t partitions() const override {
    return static_cast<std::uint32_t>(groups_.size());
  }

  /// There is a copy of the partition here, though it may not be complete yet.
  [[nodiscard]] bool holds(partition_id partition) const {
    return holds_[partition.value].load(std::memory_order_acquire);
  }
  /// Tells `then` up to where each partition is committed; see read_index.
  void ask_ends(base::clock::instant deadline, const read_index::told& then) {
    ends_.ask(deadline, then);
  }
  /// Whoever waits for that is told `stopped`. On the driver's thread, or behind its end.
  void end() { ends_.end(); }
  /// The last position that is known to be committed, held here or not.
  [[nodiscard]] position known_end(partition_id partition) const;

  /// What a partition's replica knows of itself.
  struct standing {
    replica_role role{};
    /// This node has a copy, or gets one.
    bool is_member = false;
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
  struct believed_peer {
    std::string name{};
    peer_batch batch;
    bytes introduction{};
    unsigned ticks_connected = 0;
  };
  struct refused_peer {
    bytes introduction{};
    // Said once.
    std::string why{};
  };

  replication(const replication_options& options, persistence::replicated_journal& journal,
              peer_transport& transport, role_listener& roles, const base::clock& time,
              run_elsewhere elsewhere, node_registry registry);
  [[nodiscard]] result<void> begin_logs();
  [[nodiscard]] result<void> start_groups();
  [[nodiscard]] result<node_registry::meeting> meet(const std::string& name, bytes_view body);
  void believe(replica_id peer, const std::string& name, bytes_view introduction);
  void refuse(const std::string& name, bytes_view body, const std::string& why);
  void reconsider();
  void disbelieve(const std::string& name);
  void roster_changed();
  void announce();
  void tell(replica_id peer);
  [[nodiscard]] bool is_to_vote(replica_id id) const {
    return registry_.nodes().wishes(id, node_wish::voter);
  }
  [[nodiscard]] bool is_gone(replica_id id) const {
    return registry_.nodes().wishes(id, node_wish::gone);
  }
  [[nodiscard]] bool others_vote(replica_id but) const;
  [[nodiscard]] replica_id successor(partition_id partition, const replica_group& g);
  void change_members();
  void let_go();
  void receive_batch(replica_id id, bytes_view body);
  void hear_of_leads(replica_id from, bytes_view body);
  void tell_of_leads();
  void answer_question(replica_id id, bytes_view body);
  void tell_standings(replica_id id, bytes_view body);
  void take_answer(bytes_view body);
  void flush();
  void balance();
  template <class Tell>
  void note(Tell&& tell);
  [[nodiscard]] replica_group* group(partition_id partition);

  void carry(const peer_message& message) override;
  void role_changed(partition_id partition, const replica_role& role) override;
  [[nodiscard]] bool ask_to_fill(partition_id partition, const fill_question& question) override;
  [[nodiscard]] replica_id self() const override { return registry_.self(); }
  [[nodiscard]] std::vector<replica_id> peers() const override;
  [[nodiscard]] std::vector<partition_standing> standings(
      const std::vector<partition_id>& of) const override;

  const replication_options options_;
  persistence::replicated_journal& journal_;
  peer_transport& transport_;
  role_listener& roles_;
  const base::clock& time_;
  const run_elsewhere elsewhere_;
  memory_budget budget_;
  node_registry registry_;
  peer_schemas schemas_{};
  std::map<replica_id, believed_peer> peers_;
  std::map<std::string, refused_peer> refused_;
  bool said_gone_ = false;
  // Null for a partition that cannot be served here.
  std::vector<std::unique_ptr<replica_group>> groups_;
  // For each partition: who leads, and in which term commands can be handled here.
  std::vector<std::atomic<std::uint64_t>> known_leaders_;
  std::vector<std::atomic<std::uint64_t>> leads_in_;
  // Where this node has no copy: who leads, and up to where the log goes.
  std::vector<heard_lead> heard_;
  std::vector<std::atomic<std::uint64_t>> heard_ends_;
  std::vector<std::atomic<bool>> holds_;
  read_index ends_;
  lead_confirmation confirmations_;
  bool leads_changed_ = false;
  bool roles_changed_ = false;
  base::guarded<told_by_journal> told_;
  std::uint64_t fills_asked_ = 0;
  std::uint64_t handed_over_ = 0;
  unsigned ticks_ = 0;
};

}  // namespace reprise::cluster
