// SPDX-License-Identifier: Apache-2.0
//
// Finds out up to where each partition is committed when somebody asks, at any node of a cluster.
//
// How: all nodes are asked at once how their replicas stand. What one says that leads in a term
// holds once a majority of its voters, each behind the call, knew of no later term: then nobody can
// have been elected over it before the call. Nothing is written to the log for it.
// Invariants
//  * What was acknowledged before a call is within the ends that it is told.
//  * One round is under way at a time; calls that come meanwhile share the next one.
//  * A question or an answer that is lost is asked for again.
// The technique is the read index of Raft (Ongaro's dissertation, 6.4), in which whoever asks
// collects the confirmations in place of the leader.
// Threading: ask() from any thread; all else, and what is told, on the driver's.

#pragma once

#include "base/clock.hpp"
#include "base/waiting_calls.hpp"
#include "cluster/heard_standings.hpp"
#include "cluster/peer_transport.hpp"
#include "cluster/standing_message.hpp"
#include "cluster/standing_replicas.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace reprise::cluster {

class read_index {
 public:
  using told = std::function<void(const result<committed_ends>&)>;

  /// All must outlive it. `first_round` differs from life to life of a node, so that no answer to
  /// an earlier one is taken for one to this.
  read_index(const standing_replicas& replicas, peer_transport& transport, const base::clock& time,
             std::uint64_t first_round)
      : replicas_(replicas), transport_(transport), time_(time), last_round_(first_round) {}

  /// Tells `then` the ends of all partitions. `unavailable` at the deadline, naming a partition
  /// that nobody leads; `stopped`.
  void ask(base::clock::instant deadline, const told& then);

  void tick();
  /// Someone may have come, and has woken the transport's driver for it.
  void flush();
  void received_answer(replica_id peer, bytes_view body);
  /// Tells `stopped` to all that wait, and from now on to all that come.
  void end();

 private:
  using calls = base::waiting_calls<result<committed_ends>>;
  struct inquiry {
    heard_standings heard{};
    std::optional<position> end{};
  };
  struct round {
    round(std::uint64_t n, calls who, std::uint32_t partitions)
        : number(n), callers(std::move(who)), inquiries(partitions) {}

    std::uint64_t number;
    calls callers;
    // By partition.
    std::vector<inquiry> inquiries;
    unsigned ticks = 0;
  };

  // False when nobody waits.
  bool begin();
  void put_question();
  void hear(replica_id from, const std::vector<partition_standing>& standings);
  void finish(const result<committed_ends>& how);
  // Nothing while an end is not known.
  [[nodiscard]] std::optional<committed_ends> ends() const;
  [[nodiscard]] error what_lacks() const;
  void expire();

  const standing_replicas& replicas_;
  peer_transport& transport_;
  const base::clock& time_;
  base::arrived_calls<result<committed_ends>> come_{};
  std::optional<round> round_{};
  std::uint64_t last_round_;
};

}  // namespace reprise::cluster
