// SPDX-License-Identifier: Apache-2.0
//
// The port consensus.hpp on libraft.
//
// Invariants
//  * All defects of libraft that are known are fenced in the shim (raft_shim*.c), but for two that
//    are here: a membership does not change before an entry of the leader's own term is committed
//    (else two leaders may count with different majorities), and nothing is proposed before that.
// Threading: confined to the thread that drives it.

#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "cluster/consensus.hpp"
#include "cluster/log_trail.hpp"
#include "cluster/memory_budget.hpp"
#include "cluster/raft_message.hpp"
#include "cluster/raft_shim.h"
#include "cluster/replica_log.hpp"

#include <chrono>
#include <deque>
#include <memory>

namespace reprise::cluster {

struct raft_options {
  partition_id partition{};
  replica_id self{};
  /// Of the election timers; differs from replica to replica.
  std::uint64_t seed = 0;
  std::chrono::milliseconds election_timeout{300};
  /// How often tick() is due.
  std::chrono::milliseconds heartbeat{50};
  bool pre_vote = true;
  /// On their way to one follower.
  unsigned inflight_entries_max = 8;
  /// Proposals are refused beyond this.
  std::size_t memory_bytes_max = std::size_t{16} << 20U;
  /// What is committed stays in memory up to this, so that followers that lag a little are served
  /// from there, and up to so many entries. Where the node's budget is not roomy, up to the second.
  std::size_t kept_bytes = std::size_t{4} << 20U;
  std::size_t kept_bytes_shared = std::size_t{512} << 10U;
  std::size_t kept_entries_max = 4096;
  /// By how much what is kept is exceeded before some is forgotten.
  std::size_t slack_bytes = std::size_t{2} << 20U;
  std::size_t slack_entries = 1024;
  /// A leader whose own disk confirms nothing for so long hands over.
  std::chrono::milliseconds stall_timeout{1600};
};

class raft_core final : public consensus {
 public:
  /// `budget` is shared by all partitions of the node; it and `clock` must outlive the core. An
  /// error is `errc::incompatible`: the libraft at hand is too old.
  [[nodiscard]] static result<std::unique_ptr<raft_core>> start(const raft_options& options,
                                                                const recovered_log& log,
                                                                const base::clock& clock,
                                                                memory_budget& budget);
  /// The writer must have let go of all entries.
  ~raft_core() override;
  raft_core(const raft_core&) = delete;
  raft_core& operator=(const raft_core&) = delete;

  void tick() override;
  [[nodiscard]] result<void> receive(replica_id from, bytes_view message) override;
  void written(write_number up_to) override;
  void lost(replica_id peer) override;
  void storage(storage_state state) override { storage_ = state; }
  void filled(position last) override;

  [[nodiscard]] result<std::uint64_t> propose(const proposal& records) override;
  [[nodiscard]] result<std::uint64_t> change_membership(const membership_change& change) override;
  [[nodiscard]] result<std::uint64_t> transfer_leadership(replica_id to) override;

  [[nodiscard]] consensus_output take_output() override;

  [[nodiscard]] cluster::leadership leadership() const override { return leadership_; }
  [[nodiscard]] committed_place committed() const override { return committed_; }
  [[nodiscard]] committed_place readable() const override { return readable_; }
  [[nodiscard]] std::optional<told_commit> told() const override { return told_; }
  [[nodiscard]] log_index last_index() const override { return trail_.last_index(); }
  [[nodiscard]] position next_position() const override { return trail_.last_position().next(); }
  [[nodiscard]] bool has_room() const override {
    return !budget_.exhausted() && memory_bytes() < options_.memory_bytes_max;
  }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return trail_.memory_bytes() + held_bytes_;
  }

 private:
  // A write that is not confirmed. Of entries of consensus it owns the bytes.
  struct pending_write {
    write_number number{};
    base::clock::instant since{};
    bool appends = false;
    // Of an append: what of it is still part of the log.
    log_index last{};
    std::deque<bytes> owned{};
  };
  struct held_message {
    write_number behind{};
    outbound_message message{};
  };
  // A stranger becomes a learner in two steps of the core's.
  struct adding {
    std::uint64_t request = 0;
    replica_id replica{};
    bool named = false;
  };

  raft_core(const raft_options& options, const base::clock& clock, memory_budget& budget);
  [[nodiscard]] bool begin(const recovered_log& log);

  // What the shim asks for.
  static const raft_shim_calls& calls();
  [[nodiscard]] bool contradicts(const raft_message& append) const;
  void on_save_state(hard_state state);
  void on_cut(log_index from);
  void on_append(log_index first, const void* entries, unsigned count);
  void on_send(const raft_shim_message& message);
  void on_fill(log_index index, cluster::term in_term);
  [[nodiscard]] std::size_t kept_bytes() const;
  [[nodiscard]] unsigned on_kept_entries(log_index index) const;
  void on_settled(std::uint64_t request, bool committed);

  log_write& new_write();
  void hold(outbound_message message);
  [[nodiscard]] log_entry entry_of_core(const raft_shim_entry& from, log_index index,
                                        pending_write& write) const;
  void end_turn();
  void continue_adding();
  void note_leadership();
  void note_committed();
  void note_readable();
  void note_told(const raft_message& append);
  void note_members();
  void forget();
  void hand_over_when_stuck();
  [[nodiscard]] bool stuck() const;
  [[nodiscard]] replica_id best_successor() const;
  [[nodiscard]] result<void> leads_ready() const;
  [[nodiscard]] result<std::uint64_t> begin_adding(replica_id replica);
  [[nodiscard]] result<void> check_change(const membership_change& change) const;
  [[nodiscard]] membership current_members() const;

  // Constant after construction.
  const raft_options options_;
  const base::clock& clock_;
  memory_budget& budget_;

  base::random random_;
  raft_shim* shim_ = nullptr;
  log_trail trail_;
  consensus_output output_;
  cluster::leadership leadership_;
  committed_place committed_;
  committed_place readable_;
  std::optional<told_commit> told_;
  // End of the part of the present log that is durable.
  log_index durable_{};
  log_index members_at_{};
  std::uint64_t budgeted_bytes_ = 0;

  write_number last_write_{};
  // Messages wait for this one.
  write_number hold_{};
  std::deque<pending_write> pending_;
  std::deque<held_message> held_;
  std::size_t held_bytes_ = 0;
  storage_state storage_ = storage_state::writable;

  std::uint64_t last_request_ = 0;
  std::uint64_t own_barrier_ = 0;
  std::uint64_t own_transfer_ = 0;
  replica_id handed_to_{};
  std::optional<adding> adding_;

  // The message that is being received, for what its entries were stored as.
  const raft_message* arriving_ = nullptr;
  bool filling_ = false;
  std::optional<error> failure_;
};

}  // namespace reprise::cluster
