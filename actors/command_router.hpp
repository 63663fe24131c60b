// SPDX-License-Identifier: Apache-2.0
//
// The way of a command in a cluster: to the partition's actor where this node leads, to the node
// that does otherwise, and again, under the same command id, when that changes in between.
//
// Invariants
//  * A command is answered once: by whoever handled it, or at its deadline. It is `unavailable` or
//    `expired` only if nobody can have handled it.
//  * What a saga asks for is sent by the node that leads the saga, as long as it does, and taken
//    from nobody else.
//  * What became of a command of another node is told through the connection that it came by, and
//    no other: in its next life that node gives other commands the same numbers.
//  * One that is linearizable is handed to the partition's actor by way of the barrier only.
//  * Commands for one partition that wait for a leader keep their order, and later ones queue
//    behind them. What waits holds its share of the node's bound.
// Threading: route() and what callers are told through from any thread; methods marked so on the
// driver's.

#pragma once

#include "actors/command_message.hpp"
#include "actors/partition_actor.hpp"
#include "actors/read_barrier.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "cluster/peer_transport.hpp"
#include "cluster/remote_command.hpp"

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace reprise::actors {

/// Who leads which partition, as far as this node knows. Threading: any thread.
class leadership_view {
 public:
  virtual ~leadership_view() = default;
  /// Commands can be handled here.
  [[nodiscard]] virtual bool leads(partition_id partition) const = 0;
  /// Whom to ask instead; 0 for nobody.
  [[nodiscard]] virtual cluster::replica_id leader(partition_id partition) const = 0;
};

class command_router {
 public:
  struct ports {
    const leadership_view& leadership;
    read_barrier::confirm confirm;
    cluster::peer_transport& transport;
    const std::vector<std::unique_ptr<partition_actor>>& partitions;
    const base::clock& time;
    admission& admitted;
    partition_metrics& measured;
  };

  explicit command_router(const ports& around);
  ~command_router();

  /// Takes the command on its way; its caller will be told.
  void route(partition_id home, command_message command);
  /// What waits is answered `stopped`, and so is all that comes.
  void stop();
  /// Behind stop(), once the driver has ended: what was sent and not answered is unknown for good.
  void end();

  // On the driver's thread.

  /// Who leads has changed.
  void role_changed(partition_id partition);
  /// What was sent there may have been handled or not.
  void disconnected(cluster::replica_id peer);
  void received_commands(cluster::replica_id peer, bytes_view body);
  void received_outcomes(cluster::replica_id peer, bytes_view body);
  /// Sends what was left here for other nodes.
  void flush();
  /// Tries again what waits, and gives up what waited too long.
  void tick();

 private:
  class routed_command;
  class remote_caller;
  using routed = std::shared_ptr<routed_command>;

  // Of one partition: those that wait for a leader, in the order in which they were asked.
  struct lane {
    std::deque<routed> waiting{};
    std::uint64_t last_number = 0;
    // Some that waited are on their way, and what is asked meanwhile goes behind them.
    bool drains = false;
  };
  struct owed_outcome {
    std::uint64_t connection = 0;
    cluster::remote_outcome told{};
  };
  struct outbound {
    std::vector<routed> commands{};
    std::vector<owed_outcome> outcomes{};
  };

  void dispatch(const routed& command);
  void hand_to_partition(const routed& command);
  void offer(const routed& command);
  void hand_to_peer(const routed& command, cluster::replica_id peer);
  void answered(const routed& command, result<detail::raw_answer> outcome);
  [[nodiscard]] result<detail::raw_answer> unless_just_opened(
      result<detail::raw_answer> outcome) const;
  void wait_again(const routed& command);
  void finish(const routed& command, result<detail::raw_answer> outcome);
  void reclaim(partition_id partition);
  void retry(partition_id partition);
  // The next one behind that number; null, and the lane drains no more, when there is none.
  [[nodiscard]] routed next_waiting(partition_id partition, std::uint64_t behind);
  void expire(partition_id partition);
  [[nodiscard]] bool has_leader(partition_id partition) const;
  [[nodiscard]] bool may_come_from(cluster::replica_id peer, const detail::delivery& from) const;
  void handle(cluster::remote_command from, const std::shared_ptr<remote_caller>& caller);
  void lost(cluster::replica_id peer);
  // False when the peer is not connected any more.
  bool send_commands(cluster::replica_id peer, const std::vector<routed>& commands);
  void send_outcomes(cluster::replica_id peer, std::vector<owed_outcome> outcomes);

  const ports around_;
  const base::clock::instant opened_;
  std::vector<base::guarded<lane>> waiting_;
  base::guarded<std::map<cluster::replica_id, outbound>> outbound_;
  // Sent and not answered. The driver's own.
  std::map<cluster::replica_id, std::map<std::uint64_t, routed>> sent_;
  std::uint64_t last_request_ = 0;
  // Connections with each peer that have ended. The driver's own.
  std::map<cluster::replica_id, std::uint64_t> connections_;
  read_barrier barrier_;
  std::atomic<bool> stopped_{false};
};

}  // namespace reprise::actors
