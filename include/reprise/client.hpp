// SPDX-License-Identifier: Apache-2.0
//
// A client of a cluster: asks aggregates without being a node. It needs no store and hosts nothing.
//
//   reprise::client client{{.nodes = {{.host = "10.0.0.1", .port = 8001}}, .insecure = false,
//                           .authority = "ca.crt", .certificate = "client.crt",
//                           .key = "client.key"}};
//   trip_state s = client.of<trip>("trip-42").ask(trip::cmd::get{}).get();
//
// Threading: every method may be called from any thread.

#pragma once

#include <reprise/cluster.hpp>
#include <reprise/envelope.hpp>
#include <reprise/exchange.hpp>
#include <reprise/group_store.hpp>
#include <reprise/ids.hpp>
#include <reprise/inspect.hpp>
#include <reprise/node.hpp>
#include <reprise/projection_store.hpp>
#include <reprise/saga_store.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

struct client_options {
  /// Where nodes serve clients; at least one. A node is asked for by its name if that is given: its
  /// certificate must have it.
  std::vector<cluster_node> nodes{};
  /// No certificates and no encryption; only for nodes on this machine.
  bool insecure = false;
  /// PEM files: of the authority, of this client's certificate and of its key.
  std::string authority{};
  std::string certificate{};
  std::string key{};
  /// Commands under way, with 16 MiB in all; more are answered `overloaded`. 1 to 1,000,000. A node
  /// takes 32,768 of one client.
  std::uint32_t in_flight_max = 16'384;
  /// What is read of stores is what the node that answers has by itself, which may lack what was
  /// acknowledged last: for a node that no majority can be asked through.
  bool stale_reads = false;
};

/// An event of an aggregate, as a node has it.
struct past_event {
  reprise::sequence sequence{};
  position at{};
  timestamp time{};
  /// Discriminant within the aggregate's event union.
  std::uint32_t type = 0;
  event_id id{};
  /// The command that decided it.
  command_id command{};
  bytes payload{};
};

struct history_page {
  std::vector<past_event> events{};
  /// There are no more.
  bool end = false;
};

class client {
 public:
  /// Throws `failed` where open() returns an error.
  explicit client(const client_options& options);
  /// Does not connect yet. `invalid_argument`, `io_error`.
  [[nodiscard]] static result<client> open(const client_options& options);

  client(client&&) noexcept;
  client& operator=(client&&) noexcept;
  /// What is under way is answered `stopped`, or `commit_unknown` when it was sent.
  ~client();

  /// Names an aggregate; nothing happens until it is asked. Commands are sent again, to another
  /// node if need be, under the same command id until their deadline. Past states are not served to
  /// clients.
  template <class A>
  [[nodiscard]] ref<A> of(std::string id) const {
    return of<A>(std::string(), std::move(id));
  }
  template <class A>
  [[nodiscard]] ref<A> of(std::string tenant, std::string id) const {
    return {asked(), {A::api::type, std::move(tenant), std::move(id)}};
  }

  /// Events of an aggregate from a sequence on, a page of them, from any node whose copy of the
  /// partition reaches at least to `after`: with the receipt of an acknowledged command, that
  /// command's events are in it. Waits. `unavailable` when no node has as much in time.
  [[nodiscard]] result<history_page> history(
      const aggregate_key& aggregate, position after = {}, sequence from = {1},
      std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000}) const;

  /// The cluster's log, and snapshots, of whichever nodes answer: with everything that was
  /// acknowledged before this call in it, but for client_options::stale_reads. stats(), space() and
  /// verify() are about the store of one of them. Calls wait for up to ten seconds, those three
  /// longer. `unavailable` when no node answers that has as much, or nobody leads a partition;
  /// `too_large` for an answer beyond 5 MiB. It must not outlive its client.
  [[nodiscard]] result<store_reader> store() const;

  /// Writes what the nodes have committed as export_records() in exchange.hpp does. `unavailable`
  /// when no node answers, or another one that has less, `timed_out`: what was handed out then is
  /// no whole export.
  [[nodiscard]] result<export_summary> export_records(const export_sink& to,
                                                      const export_options& what = {},
                                                      const progress_listener& listener = {}) const;
  /// The same into a file, as export_to_file() there; there is none when it fails.
  [[nodiscard]] result<export_summary> export_to_file(const std::filesystem::path& to,
                                                      const export_options& what = {},
                                                      const progress_listener& listener = {}) const;

  /// The same for the instances of sagas.
  [[nodiscard]] result<saga_store> sagas() const;
  /// The same for the projections of whichever node answers: its own, once it started a consumer,
  /// with rows as far as that has folded. A table that changes while it is read may be seen at
  /// several moments.
  [[nodiscard]] result<projection_store> projections() const;
  /// Decides about parked events of a version on the one node that this client has, which keeps
  /// rows of its own: `invalid_argument` for a client of several. A node that folds the version
  /// tries them at once. Each order is carried out once, however often it had to be sent; one whose
  /// answer was lost with the node's process finds, when it is repeated, that the event which it
  /// names is not the first any more: `not_found`. It must not outlive its client. `unavailable`,
  /// `timed_out`, `not_found`.
  [[nodiscard]] result<parked_orders> orders_to_projection(const std::string& name,
                                                           std::uint32_t version) const;
  /// As drop_projection() in projection_store.hpp, of that node's rows. A node that folds the
  /// version builds it anew at once, behind the handles that its program has; views of it are
  /// `unavailable` until then.
  [[nodiscard]] result<void> drop_projection(const std::string& name, std::uint32_t version) const;
  /// As rebuild_projection() there, in the same way.
  [[nodiscard]] result<void> rebuild_projection(const std::string& name, std::uint32_t version,
                                                const start_point& from) const;
  /// As projections(), for groups.
  [[nodiscard]] result<group_store> groups() const;
  /// Decides about parked events of a group of the cluster, where each partition is led, for
  /// workers on whichever nodes. What is decided names the events that it is about, so that nothing
  /// comes of a repeat. `not_found`; where some partitions cannot carry it out now, others may
  /// have. It must not outlive its client.
  [[nodiscard]] result<group_orders> orders_to_group(const std::string& name) const;
  /// Has an instance do it, where it is led. What node's saga() says of an order that cannot be.
  [[nodiscard]] result<void> order(const left_saga_order& what) const;

  /// What a node (a number within client_options::nodes) knows of itself and of its cluster, as one
  /// JSON object; docs/operations.md says what is in it. Waits.
  [[nodiscard]] result<std::string> status(
      std::size_t node, std::chrono::milliseconds timeout = std::chrono::milliseconds{5'000}) const;

  /// Has a node take part in the cluster: one that was started with cluster_options::join, or one
  /// that was drained; one that takes part already has this address from now on. These are orders:
  /// what has come of them is in status(). All wait for the answer of one node. `invalid_argument`
  /// with what does not hold.
  [[nodiscard]] result<void> add_node(const cluster_node& node) const;
  /// It leads nothing and votes for nothing from then on, and keeps its copies up to date.
  [[nodiscard]] result<void> drain_node(const std::string& name) const;
  /// It takes part in nothing from then on. Its store is of no use to this cluster any more.
  [[nodiscard]] result<void> remove_node(const std::string& name) const;
  /// So many nodes vote in each partition from then on, if there are as many; 3 unless this was
  /// said. Every other node keeps its copy up to date, and does not count for a majority. 1 to 7.
  [[nodiscard]] result<void> set_voters(std::uint32_t count) const;
  /// Has that node lead the partition, which its leader agrees to when the node is prepared.
  [[nodiscard]] result<void> move_lead(partition_id partition, const std::string& node) const;

 private:
  class core;
  explicit client(std::unique_ptr<core> opened);
  [[nodiscard]] detail::asked_by_ref& asked() const;

  std::unique_ptr<core> core_;
};

}  // namespace reprise
