// SPDX-License-Identifier: Apache-2.0
//
// The port for the consensus of one partition: inputs in, outputs out. It owns no thread, no disk,
// no socket and no clock, so that a core can be replaced (libraft is the first) and a simulation
// can drive it under one seed.
//
// How it is driven
//  * After each input the outputs are taken with take_output(), in one turn.
//  * Writes are made durable in the order of their numbers, through one queue, many in one sync
//    where they wait together. written() says how far that has come. What an entry's bytes point to
//    stays valid until its write is confirmed, or until the core is gone.
//  * Messages may be lost, repeated and delayed. They are in the output only once they may be sent.
// Invariants
//  * At most one replica leads in a term, and what is committed once stays, on every replica.
//  * What a replica says rests on what is durable here: a message that tells of a term or a vote,
//    or confirms an entry, is not in the output before its write was confirmed.
//  * Positions are dense: an entry begins where the one before it ends. The leader gives them when
//    it proposes, each replica checks them when it appends, they are final once committed; those of
//    a tail that was cut are given again.
//  * A proposal that is settled as committed is durable on a majority of the voters. One that is
//    settled otherwise may be committed or not, for nobody knows.
//  * A replica leads for others only when `leadership::ready`: everything that was committed before
//    its term is then committed here, and a membership can be changed safely.
//  * Nothing is read beyond readable(), which is committed and durable here. A follower may be told
//    that something is committed before its own disk has it, and at that place of its disk a tail
//    may stand that is about to be cut: the length of the stored log says nothing of that.
// Threading: one thread per partition's core.

#pragma once

#include "base/clock.hpp"
#include "cluster/log_entry.hpp"
#include "cluster/membership.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reprise::cluster {

/// Number of a write, from 1 in the life of a core; 0 for one that the core need not hear of.
using write_number = ordinal<struct write_number_tag>;

/// What must never be forgotten beside the log.
struct hard_state {
  cluster::term term{};
  /// Whom this replica voted for in that term.
  replica_id vote{};
  bool operator==(const hard_state&) const = default;
};

/// One step of the writer's queue. Its parts are done in the order of the fields, as one.
struct log_write {
  write_number number{};
  std::optional<hard_state> state{};
  /// Entries from this index on are no longer part of the log.
  std::optional<log_index> cut_from{};
  std::vector<log_entry> entries{};
};

struct outbound_message {
  replica_id to{};
  /// As decode_raft_message() reads them.
  bytes body{};
};

enum class replica_state : std::uint8_t { follower, candidate, leader };

struct leadership {
  replica_state state = replica_state::follower;
  cluster::term term{};
  /// Who leads, as far as is known here.
  replica_id leader{};
  /// This replica leads, and an entry of its own term is committed.
  bool ready = false;
  /// It has begun to hand over: nothing can be proposed until that is over, whoever leads then.
  bool hands_over = false;
  bool operator==(const leadership&) const = default;
};

/// How far the log is committed.
struct committed_place {
  log_index index{};
  /// The last one of that entry.
  position at{};
  bool operator==(const committed_place&) const = default;
};

/// What propose(), change_membership() or transfer_leadership() began came to its end.
struct settled_request {
  std::uint64_t request = 0;
  /// For a transfer: it is over, whoever leads now.
  bool committed = false;
};

/// The log must be made to end with this entry, from any replica whose durable log holds it.
/// Nothing up to `keep`, which is committed, may be cut meanwhile. Then filled() is due.
struct fill_request {
  log_index index{};
  cluster::term term{};
  log_index keep{};
};

struct consensus_output {
  std::vector<log_write> writes{};
  std::vector<outbound_message> messages{};
  std::vector<settled_request> settled{};
  /// Where it has changed:
  std::optional<committed_place> committed{};
  std::optional<committed_place> readable{};
  std::optional<cluster::leadership> leadership{};
  /// The last one that is committed. A replica that is no longer in it is to be closed.
  std::optional<cluster::membership> members{};
  std::optional<fill_request> fill{};
  /// The replica has failed and takes no more inputs: its log contradicts itself.
  std::optional<error> failure{};
};

/// What a follower's leader has said last of how far the log is committed, once it knew.
struct told_commit {
  log_index committed{};
  base::clock::instant at{};
};

/// Records to be appended as one entry. Views need to be valid during the call only.
struct proposal {
  std::uint32_t records = 0;
  /// Position of the first; consensus::next_position().
  position first{};
  /// Where each record begins in `body`.
  std::span<const std::uint32_t> offsets{};
  /// As messages::encode_record() writes them.
  bytes_view body{};
};

struct membership_change {
  enum class kind : std::uint8_t {
    /// Makes a stranger, or a spare, a learner.
    add,
    /// Makes a learner a voter, once it has caught up.
    promote,
    /// Makes a voter a learner.
    demote,
    remove,
  };
  kind what{};
  replica_id replica{};
};

/// What the core is told of its disk.
enum class storage_state : std::uint8_t {
  writable,
  /// Writes wait for room: nothing is proposed, the replica does not stand for election, and a
  /// leader hands over to another that has room.
  full,
};

class consensus {
 public:
  virtual ~consensus() = default;

  /// Due at each heartbeat interval, not more often.
  virtual void tick() = 0;
  /// `from` is who the link says it is. `errc::malformed`, `errc::corrupt` or `errc::incompatible`
  /// and nothing done, for what no sound replica sends; the connection is then worth little.
  [[nodiscard]] virtual result<void> receive(replica_id from, bytes_view message) = 0;
  /// Everything up to and with this write is durable.
  virtual void written(write_number up_to) = 0;
  /// The connection to that replica has ended, as it does at once when its process dies. If it was
  /// the leader, it is believed to be gone until it is heard again: this replica stands for
  /// election at a time drawn from half an election timeout, and votes for others meanwhile.
  virtual void lost(replica_id peer) = 0;
  virtual void storage(storage_state state) = 0;
  /// The log ends with the entry of the last fill_request, whose last position this is, and that is
  /// durable.
  virtual void filled(position last) = 0;

  /// Appends records; the number of the request, which will be settled, or:
  /// `errc::unavailable`  this replica does not lead, is not ready, or hands over;
  /// `errc::overloaded`   too much is in memory;
  /// `errc::disk_full`    the storage is full;
  /// `errc::too_large`    beyond entry_bytes_max, or messages::entry_records_max;
  /// `errc::invalid_argument` positions are not next in line.
  /// Nothing was appended in these cases.
  [[nodiscard]] virtual result<std::uint64_t> propose(const proposal& records) = 0;
  /// One at a time. Errors as for propose(); `errc::invalid_argument` for what is so already or
  /// cannot be, such as removing the last voter.
  [[nodiscard]] virtual result<std::uint64_t> change_membership(
      const membership_change& change) = 0;
  /// To a voter, or with id 0 to the one that is best prepared. Given up after an election timeout.
  [[nodiscard]] virtual result<std::uint64_t> transfer_leadership(replica_id to) = 0;

  /// What came of the inputs since it was called last.
  [[nodiscard]] virtual consensus_output take_output() = 0;

  [[nodiscard]] virtual cluster::leadership leadership() const = 0;
  [[nodiscard]] virtual committed_place committed() const = 0;
  /// Up to where the stored log may be read and folded.
  [[nodiscard]] virtual committed_place readable() const = 0;
  /// Nothing as long as no leader was heard.
  [[nodiscard]] virtual std::optional<told_commit> told() const = 0;
  /// The end of the log, committed or not.
  [[nodiscard]] virtual log_index last_index() const = 0;
  /// Where the next record would stand.
  [[nodiscard]] virtual position next_position() const = 0;
  /// Proposals are not refused as `overloaded`.
  [[nodiscard]] virtual bool has_room() const = 0;
  /// Bytes of entries, and of messages that wait for the disk, held in memory.
  [[nodiscard]] virtual std::size_t memory_bytes() const = 0;
};

}  // namespace reprise::cluster
