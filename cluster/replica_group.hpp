// SPDX-License-Identifier: Apache-2.0
//
// One partition on one node: its core of consensus, and what the core says is done. Writes go to
// the journal, messages to the peers, what is staged is proposed, what is committed is folded, or
// answered where it was staged here.
//
// Invariants
//  * The journal takes appends of the partition only while this replica leads, an entry of its term
//    is committed, and everything in its log is folded. Until then nobody hosts an aggregate here.
//  * Once it leads no longer, or a proposal was lost, all that was staged is answered as unknown
//    before anything else of the partition is folded.
//  * A node that is no member rests: it stands for no election, and knows who leads from what it is
//    told. The first message of consensus that comes says that it is a member again.
// Threading: confined to the driver's thread, but for what says otherwise.

#pragma once

#include "cluster/consensus.hpp"
#include "cluster/lead_notice.hpp"
#include "cluster/log_fill.hpp"
#include "cluster/memory_budget.hpp"
#include "cluster/peer_batch.hpp"
#include "cluster/raft_core.hpp"
#include "cluster/stored_log.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace reprise::cluster {

/// What a replica is to those who use its node.
struct replica_role {
  /// Commands can be handled here.
  bool leads = false;
  /// Who leads as far as is known; 0 for nobody.
  replica_id leader{};
  term in_term{};
  bool operator==(const replica_role&) const = default;
};

/// What a group needs of its node.
class replica_surroundings {
 public:
  virtual ~replica_surroundings() = default;
  /// A message of consensus for a peer.
  virtual void carry(const peer_message& message) = 0;
  virtual void role_changed(partition_id partition, const replica_role& role) = 0;
  /// Asks some peer that may know; false when there is none.
  [[nodiscard]] virtual bool ask_to_fill(partition_id partition, const fill_question& question) = 0;
};

class replica_group {
 public:
  struct options {
    raft_options raft{};
    /// Entries that were proposed and not committed yet. More are gathered into larger ones.
    std::size_t proposals_max = 4;
  };

  /// Begins from what the journal has of it. `errc::corrupt` and others as recover_log() says: this
  /// node then takes no part in the partition. All must outlive it, and the journal must have let
  /// go of its writes before it goes.
  [[nodiscard]] static result<std::unique_ptr<replica_group>> start(
      const options& how, persistence::replicated_journal& journal, replica_surroundings& around,
      const base::clock& time, memory_budget& budget);

  void tick();
  [[nodiscard]] result<void> receive(replica_id from, bytes_view message);
  /// The journal has told.
  void written(std::uint64_t number);
  void folded();
  /// The connection to that node has ended.
  void lost(replica_id peer);
  void storage(storage_state state);
  /// Something is staged.
  void propose();
  /// Some peer has answered.
  void take(fill_answer answer, log_index from);
  /// Takes no part any more; the reason is told to those who wait.
  void fail(const error& why);
  /// A leader has told that this node is not, or is, among its members. What is older than what
  /// this replica has heard from a leader itself counts for nothing.
  void hear(const heard_lead& lead);

  [[nodiscard]] result<void> hand_over(replica_id to);
  /// Begins a step; one at a time. Asks that are under way are answered as unknown where it cannot
  /// be put behind them.
  [[nodiscard]] result<void> change_membership(const membership_change& change);
  [[nodiscard]] bool is_changing() const { return change_ != 0; }

  /// When it had everything that was committed: as a follower knows it from what its leader said
  /// last; nothing before that. From any thread.
  [[nodiscard]] std::optional<base::clock::instant> current_at() const;

  [[nodiscard]] partition_id partition() const { return partition_; }
  [[nodiscard]] const replica_role& role() const { return role_; }
  [[nodiscard]] const membership& members() const { return members_; }
  [[nodiscard]] const consensus& core() const { return *core_; }
  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }
  /// This node has a copy, or gets one.
  [[nodiscard]] bool is_member() const;

 private:
  struct asked_proposal {
    std::uint64_t request = 0;
    log_index index{};
  };
  struct numbered_write {
    std::uint64_t number = 0;
    write_number of_core{};
  };

  replica_group(const options& how, persistence::replicated_journal& journal,
                replica_surroundings& around)
      : options_(how),
        partition_(how.raft.partition),
        journal_(journal),
        around_(around),
        log_(journal, how.raft.partition) {}

  void turn();
  void push(const log_write& write);
  void settle(const settled_request& settled);
  void follow_readable(committed_place readable);
  void open_if_ready();
  void shut(const error& unproposed);
  [[nodiscard]] bool propose_staged(std::size_t most);
  void note_proposal(std::uint64_t request);
  [[nodiscard]] error led_elsewhere() const;
  void note_role();
  void note_current();
  void fill_on();
  void ask_for_entries();
  [[nodiscard]] bool all_written() const { return numbers_.empty(); }

  const options options_;
  const partition_id partition_;
  persistence::replicated_journal& journal_;
  replica_surroundings& around_;
  const stored_log log_;

  std::unique_ptr<consensus> core_;
  membership members_;
  replica_role role_;
  // In nanoseconds of the steady clock; 0: never yet.
  std::atomic<std::int64_t> current_at_{0};
  // What the leader said, as long as not all of it is here.
  std::optional<told_commit> told_;
  storage_state storage_ = storage_state::writable;
  std::optional<error> failure_;
  // Who leads while this node rests.
  std::optional<replica_role> told_role_;

  // The journal takes appends, in this term.
  bool open_ = false;
  term open_in_{};
  // Where the log ends as long as nobody but open_'s appends adds to it.
  log_index last_own_{};
  std::deque<asked_proposal> proposals_;
  // A proposal came to nothing.
  bool lost_proposal_ = false;
  // Something may be staged that was not proposed, because the lead is being handed over.
  bool holds_back_ = false;
  // The change of the membership that is under way; 0 for none.
  std::uint64_t change_ = 0;
  log_index fold_ordered_{};

  std::uint64_t last_number_ = 0;
  std::deque<numbered_write> numbers_;

  std::optional<fill_request> wanted_;
  std::optional<log_fill> fill_;
  // What the fill's write in flight points into.
  fill_answer filling_;
  unsigned ticks_since_asked_ = 0;
};

}  // namespace reprise::cluster
