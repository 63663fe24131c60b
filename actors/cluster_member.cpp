// SPDX-License-Identifier: Apache-2.0
#include "actors/cluster_member.hpp"

#include "actors/cluster_status.hpp"
#include "base/checksum.hpp"
#include "base/log.hpp"
#include "cluster/node_query.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <thread>
#include <utility>

namespace reprise::actors {

using cluster::frame_kind;
using cluster::replica_id;

namespace {

constexpr std::size_t nodes_max = 7;
constexpr std::size_t name_bytes_max = 63;
// What a stop waits at most for others to take over what this node leads.
constexpr std::chrono::milliseconds hand_over_max{1000};

error invalid(const std::string& what) {
  return {errc::invalid_argument, "cluster: " + what};
}

constexpr std::chrono::milliseconds answer_travels_max{1000};

// One answer must fit into one message.
constexpr std::size_t history_bytes_max = std::size_t{1} << 20U;

result<detail::raw_answer> read_history(const persistence::journal& journal,
                                        const cluster::history_query& query) {
  const partition_id home = journal.partition_of(query.aggregate);
  if (journal.committed(home) < query.after) {
    return error{errc::unavailable, "this node's copy does not reach so far yet",
                 persistence::led_elsewhere};
  }
  history_page page;
  std::size_t bytes = 0;
  const std::uint64_t most =
      query.limit == 0 ? std::numeric_limits<std::uint32_t>::max() : std::uint64_t{query.limit};
  const auto read = journal.read(
      query.aggregate, {.from = query.from, .limit = most},
      [&](const persistence::stored_record& record) {
        page.events.push_back({.sequence = record.sequence,
                               .at = record.at,
                               .time = record.time,
                               .type = record.event_type,
                               .id = record.event,
                               .command = record.command,
                               .payload = {record.payload.begin(), record.payload.end()}});
        bytes += sizeof(past_event) + record.payload.size();
        return bytes < history_bytes_max;
      });
  if (!read && read.error().code != errc::not_found) return read.error();
  page.end = !read || read->end;
  return detail::raw_answer{.reply = cluster::encode(page)};
}

// The same on each node that names the same members.
std::array<std::byte, 16> id_of(const std::string& name, const std::vector<cluster_node>& nodes) {
  std::string text = name;
  for (const cluster_node& node : nodes) text += "\n" + node.name;
  return base::checksum128(std::as_bytes(std::span(text)));
}

std::vector<cluster_node> sorted(std::vector<cluster_node> nodes) {
  std::ranges::sort(nodes, {}, &cluster_node::name);
  return nodes;
}

}  // namespace

result<void> cluster_member::check(const cluster_options& o) {
  if (o.nodes.empty() || o.nodes.size() > nodes_max) {
    return invalid("there are " + std::to_string(o.nodes.size()) + " nodes, it must be 1 to 7");
  }
  const std::vector<cluster_node> nodes = sorted(o.nodes);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const cluster_node& node = nodes[i];
    if (node.name.empty() || node.name.size() > name_bytes_max) {
      return invalid("a node's name has 1 to 63 characters");
    }
    if (i > 0 && nodes[i - 1].name == node.name)
      return invalid("two nodes are called " + node.name);
    if (node.host.empty() || node.port == 0) {
      return invalid("node " + node.name + " has no address");
    }
  }
  if (std::ranges::find(nodes, o.self, &cluster_node::name) == nodes.end()) {
    return invalid(o.self + " is not among the nodes");
  }
  const bool secure = !o.authority.empty() && !o.certificate.empty() && !o.key.empty();
  const bool files = !o.authority.empty() || !o.certificate.empty() || !o.key.empty();
  if (o.insecure ? files : !secure) {
    return invalid("either authority, certificate and key are given, or insecure");
  }
  if (o.heartbeat.count() < 5 || o.heartbeat * 3 > o.election_timeout) {
    return invalid(
        "the heartbeat must be at least 5 ms, and at most a third of the election timeout");
  }
  return {};
}

cluster_member::cluster_member(const cluster_options& options, const ports& around)
    : options_(options),
      around_(around),
      nodes_(sorted(options.nodes)),
      connected_(nodes_.size()),
      router_({.leadership = *this,
               .transport = *this,
               .partitions = around.partitions,
               .time = around.time,
               .admitted = around.admitted,
               .measured = around.measured}) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const replica_id id{i + 1};
    if (nodes_[i].name == options_.self) {
      self_ = id;
    } else {
      ids_.push_back(id);
    }
  }
}

cluster_member::~cluster_member() {
  stop();
}

result<std::unique_ptr<cluster_member>> cluster_member::start(const cluster_options& options,
                                                              const ports& around,
                                                              std::uint64_t seed) {
  std::unique_ptr<cluster_member> made(new cluster_member(options, around));
  if (auto begun = made->begin(seed); !begun) return std::move(begun).error();
  return made;
}

result<void> cluster_member::begin(std::uint64_t seed) {
  // Nobody leads until a majority says so.
  for (const auto& partition : around_.partitions) partition->lead(false);
  auto replicas = cluster::replication::start(
      replication_settings(seed), around_.journal, *this, *this, around_.time,
      [this](std::function<void()> job) { around_.blocking.submit(std::move(job)); });
  if (!replicas) return std::move(replicas).error();
  replicas_ = std::move(*replicas);
  auto links = cluster::links::start(link_settings(seed), *this);
  if (!links) {
    around_.journal.close();
    return std::move(links).error();
  }
  links_ = std::move(*links);
  started_.store(true);
  started_.notify_all();
  links_->wake();
  return {};
}

result<void> cluster_member::serve_clients() {
  if (options_.client_port == 0) return {};
  const auto self = std::ranges::find(nodes_, options_.self, &cluster_node::name);
  const std::string& host =
      options_.client_host.empty() ? options_.listen_host : options_.client_host;
  auto server = cluster::client_server::start(links_->loop(),
                                              {.listen_host = host.empty() ? self->host : host,
                                               .listen_port = options_.client_port,
                                               .tls = certificates()},
                                              *this);
  if (!server) return std::move(server).error();
  clients_ = std::move(*server);
  return {};
}

std::optional<cluster::tls_files> cluster_member::certificates() const {
  if (options_.insecure) return {};
  return cluster::tls_files{options_.authority, options_.certificate, options_.key};
}

cluster::replication_options cluster_member::replication_settings(std::uint64_t seed) const {
  cluster::replication_options how{.self = self_,
                                   .cluster = id_of(options_.name, nodes_),
                                   .seed = seed,
                                   .heartbeat = options_.heartbeat,
                                   .election_timeout = options_.election_timeout};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    how.nodes.emplace(replica_id{i + 1}, nodes_[i].name);
  }
  return how;
}

cluster::link_options cluster_member::link_settings(std::uint64_t seed) const {
  const auto self = std::ranges::find(nodes_, options_.self, &cluster_node::name);
  cluster::link_options how{
      .self = options_.self,
      .cluster = id_of(options_.name, nodes_),
      .incarnation = seed,
      .listen_host = options_.listen_host.empty() ? self->host : options_.listen_host,
      .listen_port = options_.listen_port == 0 ? self->port : options_.listen_port,
      .peers = {},
      .tls = {},
      .tick = options_.heartbeat,
      .limits = {},
      .seed = seed};
  for (const cluster_node& node : nodes_) {
    if (node.name != options_.self) how.peers.push_back({node.name, node.host, node.port});
  }
  how.tls = certificates();
  return how;
}

std::optional<std::size_t> cluster_member::peer_of(replica_id id) const {
  const auto found = std::ranges::find(ids_, id);
  if (found == ids_.end()) return {};
  return static_cast<std::size_t>(found - ids_.begin());
}

void cluster_member::stop() {
  if (stopped_.exchange(true)) return;
  if (started_.load()) {
    // So that nobody has to find out by waiting.
    drain_.store(true);
    links_->wake();
    const auto until = around_.time.steady() + hand_over_max;
    const auto leads_any = [&] {
      for (std::uint32_t i = 0; i < around_.partitions.size(); ++i) {
        if (leads({i})) return true;
      }
      return false;
    };
    while (nodes_.size() > 1 && leads_any() && around_.time.steady() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  if (clients_) clients_->stop();
  router_.stop();
  if (links_) links_->stop();
  router_.end();
}

// Links tell. Each turn ends with sending what came of it.

void cluster_member::connected(std::size_t peer) {
  await_start();
  connected_[peer].store(true);
  replicas_->connected(replica_of(peer));
  router_.tick();
  router_.flush();
}

void cluster_member::disconnected(std::size_t peer) {
  await_start();
  connected_[peer].store(false);
  replicas_->disconnected(replica_of(peer));
  router_.disconnected(replica_of(peer));
  router_.flush();
}

void cluster_member::received(std::size_t peer, std::uint16_t kind, bytes_view body) {
  await_start();
  const auto what = static_cast<frame_kind>(kind);
  const replica_id id = replica_of(peer);
  if (what == frame_kind::command || what == frame_kind::outcome) {
    if (!replicas_->believes(id)) return;
    if (what == frame_kind::command) {
      router_.received_commands(id, body);
    } else {
      router_.received_outcomes(id, body);
    }
  } else {
    replicas_->received(id, what, body);
  }
  router_.flush();
}

void cluster_member::tick() {
  await_start();
  replicas_->tick();
  if (drain_.load()) replicas_->hand_over_all();
  router_.tick();
  router_.flush();
}

void cluster_member::woken() {
  await_start();
  if (drain_.load()) replicas_->hand_over_all();
  replicas_->woken();
  router_.flush();
}

void cluster_member::role_changed(partition_id partition, const cluster::replica_role& role) {
  around_.partitions[partition.value]->lead(role.leads);
  // While they begin, nothing waits yet.
  if (replicas_) router_.role_changed(partition);
}

// Sending.

bool cluster_member::send(replica_id to, frame_kind kind, bytes body) {
  const auto peer = peer_of(to);
  return peer && links_ && links_->send(*peer, static_cast<std::uint16_t>(kind), std::move(body));
}

bool cluster_member::send_bulk(replica_id to, frame_kind kind, bytes body) {
  const auto peer = peer_of(to);
  return peer && links_ &&
         links_->send_bulk(*peer, static_cast<std::uint16_t>(kind), std::move(body));
}

bool cluster_member::is_connected(replica_id to) const {
  const auto peer = peer_of(to);
  return peer && connected_[*peer].load();
}

void cluster_member::wake() {
  if (started_.load()) links_->wake();
}

// Reads the disk, so it is done elsewhere.
void cluster_member::answer_query(const detail::outgoing_command& command, answer then) {
  auto query = cluster::decode_history_query(command.payload);
  if (command.command != cluster::history_command || !query) {
    then(error{errc::unknown_command, "a node knows no such query"});
    return;
  }
  around_.blocking.submit([this, query = std::move(*query), then = std::move(then)] {
    then(read_history(around_.journal, query));
  });
}

void cluster_member::ask(detail::outgoing_command command, answer then) {
  if (command.to.type == cluster::node_itself) return answer_query(command, std::move(then));
  // So that what is known here at the deadline still finds the client waiting.
  command.how.timeout -= std::min(command.how.timeout / 5, answer_travels_max);
  const auto pending = around_.ask(std::move(command));
  pending->on_complete([pending, then = std::move(then)] { then(pending->outcome()); });
}

std::string cluster_member::status_json() {
  cluster_status status{.self = options_.self, .cluster = options_.name};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    // A node that is linked and refused, for its store or its partitions, is as good as not there.
    status.nodes.push_back({nodes_[i], replicas_->believes(replica_id{i + 1})});
  }
  for (std::uint32_t i = 0; i < replicas_->partitions(); ++i) {
    status.replicas.push_back(replicas_->standing_of({i}));
  }
  return to_json(status);
}

bool cluster_member::leads(partition_id partition) const {
  return replicas_->leads(partition);
}

replica_id cluster_member::leader(partition_id partition) const {
  return replicas_->leader(partition);
}

}  // namespace reprise::actors
