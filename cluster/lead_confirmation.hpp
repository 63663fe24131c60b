// SPDX-License-Identifier: Apache-2.0
//
// Finds out whether a leader still led when it was asked, without writing anything.
//
// How: the voters are asked in which term they are. A later leader is elected by a majority of
// them, each of which is in its term before it votes. So once a majority of them, the leader among
// them, has said behind the call that it knows of no later term, nobody had been elected before it.
//
// Invariants
//  * One round of a partition is under way at a time; calls that come meanwhile share the next one.
//  * A question or an answer that is lost is asked for again, as long as this node leads.
//
// The technique is the read index of Raft (Ongaro's dissertation, 6.4), with a question of its own
// in place of a heartbeat.
//
// Threading: confined to the driver's.

#pragma once

#include "cluster/heard_standings.hpp"
#include "cluster/peer_transport.hpp"
#include "cluster/standing_message.hpp"
#include "cluster/standing_replicas.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace reprise::cluster {

class lead_confirmation {
 public:
  using told = std::function<void(const result<void>&)>;

  /// All must outlive it. `first_round` differs from life to life of a node, and is far from those
  /// of a read_index.
  lead_confirmation(const standing_replicas& replicas, peer_transport& transport,
                    std::uint64_t first_round)
      : replicas_(replicas), transport_(transport), last_round_(first_round) {}

  /// Tells `then` that this node led the partition throughout, perhaps within the call; or
  /// `unavailable` once it leads it no longer.
  void confirm(partition_id partition, told then);

  void tick();
  /// What leads may have changed.
  void look();
  void received_answer(replica_id peer, bytes_view body);

 private:
  struct inquiry {
    std::uint64_t round = 0;
    term in_term{};
    heard_standings heard{};
    std::vector<told> callers{};
    std::vector<told> next{};
    unsigned ticks = 0;
  };

  void begin(partition_id partition);
  void put_question(const partition_standing& lead, std::uint64_t round);
  void settle(const partition_standing& now);
  [[nodiscard]] partition_standing own(partition_id partition) const;

  const standing_replicas& replicas_;
  peer_transport& transport_;
  std::map<partition_id, inquiry> inquiries_{};
  std::uint64_t last_round_;
};

}  // namespace reprise::cluster
