// SPDX-License-Identifier: Apache-2.0
//
// What a node of a cluster has beside the parts of a node alone: replicas, links, and the way of
// commands to whoever leads. Constructs and connects them; decides nothing.
//
// Threading: route(), replicas' leadership and stop() from any thread; all else happens on the
// links' thread, which drives the replicas.

#pragma once

#include "actors/asked_orders.hpp"
#include "actors/command_router.hpp"
#include "actors/node_drive.hpp"
#include "actors/store_answers.hpp"
#include "base/guarded.hpp"
#include "cluster/link/certificate_watch.hpp"
#include "cluster/link/links.hpp"
#include "cluster/node_order.hpp"
#include "cluster/replication.hpp"
#include "cluster/rpc/client_server.hpp"
#include "consumers/projection_change.hpp"
#include "persistence/replicated_journal.hpp"

#include <reprise/cluster.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
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
    readable_store store;
    const std::vector<std::unique_ptr<partition_actor>>& partitions;
    const base::clock& time;
    job_runner& blocking;
    node_drive& drive;
    admission& admitted;
    partition_metrics& measured;
    /// Carries out what is ordered of a projection's rows; waits, and is called by one thread at a
    /// time.
    std::function<result<consumers::order_outcome>(const consumers::projection_order&)> change{};
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
  /// The term in which it leads; 0 while it does not.
  [[nodiscard]] std::uint64_t leads_in(partition_id partition) const {
    return replicas_->leads_in(partition).value;
  }
  /// This node's program handles the type from now on; the others hear of it.
  void handle(persistence::stored_schema type);
  void route(partition_id home, command_message command) {
    router_.route(home, std::move(command));
  }
  /// How old this node's copy of a partition is; see replication.
  [[nodiscard]] std::chrono::milliseconds age(partition_id partition) const {
    return replicas_->age(partition);
  }
  /// `unavailable` where this node has no copy of the partition; others have.
  [[nodiscard]] result<void> check_held(partition_id partition) const;
  /// The last position that is known to be committed; see replication.
  [[nodiscard]] position known_end(partition_id partition) const {
    return replicas_->known_end(partition);
  }
  /// Leads no more, as far as others take over in time, and says goodbye. Idempotent.
  void stop();

 private:
  // Names of peers in the life of a process.
  static constexpr std::size_t linked_max = 64;

  cluster_member(const cluster_options& options, const ports& around);
  [[nodiscard]] result<void> begin(std::uint64_t seed);
  [[nodiscard]] std::optional<cluster::tls_files> certificates() const;
  [[nodiscard]] cluster::replication_options replication_settings(std::uint64_t seed) const;
  [[nodiscard]] cluster::link_options link_settings(std::uint64_t seed) const;
  [[nodiscard]] std::optional<std::size_t> peer_of(cluster::replica_id id) const;
  [[nodiscard]] const cluster_node& own_address() const;
  [[nodiscard]] std::vector<cluster::peer_address> wanted_peers() const;
  void link_with(const cluster::peer_address& peer);
  void follow_links();
  void await_start() const { started_.wait(false); }
  void look_at_certificates();
  void tell_of_types();

  // Links tell.
  void connected(std::size_t peer) override;
  void disconnected(std::size_t peer) override;
  void received(std::size_t peer, std::uint16_t kind, bytes_view body) override;
  void tick() override;
  void woken() override;
  // Replicas tell.
  void role_changed(partition_id partition, const cluster::replica_role& role) override;
  void nodes_changed() override;
  // Replicas and router send.
  bool send(cluster::replica_id to, cluster::frame_kind kind, bytes body) override;
  bool send_bulk(cluster::replica_id to, cluster::frame_kind kind, bytes body) override;
  [[nodiscard]] bool is_connected(cluster::replica_id to) const override;
  void wake() override;
  // Clients ask.
  // What a node has of the time that a client waits for.
  static std::chrono::milliseconds answer_timeout(std::chrono::milliseconds of_client) {
    constexpr std::chrono::milliseconds answer_travels_max{1000};
    return of_client - std::min(of_client / 5, answer_travels_max);
  }
  void ask(detail::outgoing_command command, answer then) override;
  std::uint32_t partitions() const override { return replicas_->partitions(); }
  std::string leads_elsewhere(partition_id partition) const override;
  std::string status_json() override;
  void answer_query(const detail::outgoing_command& command, answer then);
  void read_store(const detail::outgoing_command& command, answer then);
  void change_projection(const detail::outgoing_command& command, answer then);
  [[nodiscard]] result<void> carry_out(const cluster::node_order& order);
  // The router asks.
  [[nodiscard]] cluster::replica_id leader(partition_id partition) const override;

  // A peer of the links. Its place is its number there.
  struct linked_peer {
    std::string name{};
    // As which replica it is believed; 0 when it is not, or not connected.
    std::atomic<std::uint64_t> replica{0};
  };

  const cluster_options options_;
  const ports around_;
  // Only grows. Places up to linked_count_ are there for any thread.
  std::array<linked_peer, linked_max> linked_{};
  std::atomic<std::size_t> linked_count_{0};
  command_router router_;
  std::unique_ptr<cluster::replication> replicas_;
  std::unique_ptr<cluster::peer_links> links_;
  std::unique_ptr<cluster::client_port> clients_;
  // Certificates are looked at from then on, and clients_ stays as it is.
  std::atomic<bool> opened_{false};
  // Null without certificates. One look at a time, by a thread that may wait for the disk.
  std::unique_ptr<cluster::certificate_watch> watch_;
  std::atomic<bool> looking_{false};
  base::guarded<std::optional<cluster::tls_texts>> renewed_{};
  // The links' thread.
  base::clock::instant next_look_{};
  // The links' thread waits for it before it touches either.
  std::atomic<bool> started_{false};
  // Types of which nobody was told yet.
  base::guarded<std::vector<persistence::stored_schema>> untold_{};
  asked_orders orders_;
  // Queries of clients that read the disk.
  std::atomic<std::uint32_t> reads_{0};
  std::atomic<bool> drain_{false};
  std::atomic<bool> stopped_{false};
};

}  // namespace reprise::actors
