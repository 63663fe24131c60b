// SPDX-License-Identifier: Apache-2.0
//
// What a node of a cluster has beside the parts of a node alone: replicas, links, and the way of
// commands to whoever leads. Constructs and connects them; decides nothing.
//
// Threading: route(), replicas' leadership and stop() from any thread; all else happens on the
// links' thread, which drives the replicas.

#pragma once

#include "actors/command_router.hpp"
#include "actors/worker_pool.hpp"
#include "cluster/link/links.hpp"
#include "cluster/replication.hpp"
#include "cluster/rpc/client_server.hpp"
#include "persistence/replicated_journal.hpp"

#include <reprise/cluster.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace reprise::actors {

class cluster_member final : private cluster::link_events,
                             private cluster::role_listener,
                             private cluster::peer_transport,
                             private cluster::client_requests,
                             private leadership_view {
 public:
  struct ports {
    persistence::replicated_journal& journal;
    const std::vector<std::unique_ptr<partition_actor>>& partitions;
    const base::clock& time;
    worker_pool& blocking;
    admission& admitted;
    partition_metrics& measured;
    /// As a user of the node would ask.
    std::function<std::shared_ptr<detail::pending_ask>(detail::outgoing_command)> ask;
  };

  /// What does not hold of them, named.
  [[nodiscard]] static result<void> check(const cluster_options& options);
  /// Begins to take part. All must outlive it; the journal is to be closed before it goes.
  [[nodiscard]] static result<std::unique_ptr<cluster_member>> start(const cluster_options& options,
                                                                     const ports& around,
                                                                     std::uint64_t seed);
  ~cluster_member() override;

  /// Opens the port for clients, if there is to be one. Before it, ask() is not called.
  [[nodiscard]] result<void> serve_clients();

  /// Commands for it are handled here.
  [[nodiscard]] bool leads(partition_id partition) const override;
  void route(partition_id home, command_message command) {
    router_.route(home, std::move(command));
  }
  /// Leads no more, as far as others take over in time, and says goodbye. Idempotent.
  void stop();

 private:
  cluster_member(const cluster_options& options, const ports& around);
  [[nodiscard]] result<void> begin(std::uint64_t seed);
  [[nodiscard]] std::optional<cluster::tls_files> certificates() const;
  [[nodiscard]] cluster::replication_options replication_settings(std::uint64_t seed) const;
  [[nodiscard]] cluster::link_options link_settings(std::uint64_t seed) const;
  [[nodiscard]] cluster::replica_id replica_of(std::size_t peer) const { return ids_[peer]; }
  [[nodiscard]] std::optional<std::size_t> peer_of(cluster::replica_id id) const;
  void await_start() const { started_.wait(false); }

  // Links tell.
  void connected(std::size_t peer) override;
  void disconnected(std::size_t peer) override;
  void received(std::size_t peer, std::uint16_t kind, bytes_view body) override;
  void tick() override;
  void woken() override;
  // Replicas tell.
  void role_changed(partition_id partition, const cluster::replica_role& role) override;
  // Replicas and router send.
  bool send(cluster::replica_id to, cluster::frame_kind kind, bytes body) override;
  bool send_bulk(cluster::replica_id to, cluster::frame_kind kind, bytes body) override;
  [[nodiscard]] bool is_connected(cluster::replica_id to) const override;
  void wake() override;
  // Clients ask.
  void ask(detail::outgoing_command command, answer then) override;
  std::string status_json() override;
  void answer_query(const detail::outgoing_command& command, answer then);
  // The router asks.
  [[nodiscard]] cluster::replica_id leader(partition_id partition) const override;

  const cluster_options options_;
  const ports around_;
  // All nodes in the order of their names; a replica's id is its place, from 1.
  std::vector<cluster_node> nodes_;
  cluster::replica_id self_{};
  // By peer of the links.
  std::vector<cluster::replica_id> ids_;
  std::vector<std::atomic<bool>> connected_;
  command_router router_;
  std::unique_ptr<cluster::replication> replicas_;
  std::unique_ptr<cluster::links> links_;
  std::unique_ptr<cluster::client_server> clients_;
  // The links' thread waits for it before it touches either.
  std::atomic<bool> started_{false};
  std::atomic<bool> drain_{false};
  std::atomic<bool> stopped_{false};
};

}  // namespace reprise::actors
