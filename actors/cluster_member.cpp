// SPDX-License-Identifier: Apache-2.0
#include "actors/cluster_member.hpp"

#include "actors/cluster_status.hpp"
#include "base/checksum.hpp"
#include "base/log.hpp"
#include "cluster/node_query.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace reprise::actors {

using cluster::frame_kind;
using cluster::replica_id;

namespace {

using cluster::nodes_max;
// What a stop waits at most for others to take over what this node leads.
constexpr std::chrono::milliseconds hand_over_max{1000};

error invalid(const std::string& what) {
  return {errc::invalid_argument, "cluster: " + what};
}

// New certificates are in use so late at most.
constexpr std::chrono::seconds look_at_certificates_every{2};

// The same on each node that names the same cluster.
std::array<std::byte, 16> id_of(const std::string& name) {
  return base::checksum128(std::as_bytes(std::span(name)));
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
    if (auto fine = cluster::check(node); !fine) return fine;
    if (i > 0 && nodes[i - 1].name == node.name)
      return invalid("two nodes are called " + node.name);
  }
  if (std::ranges::find(nodes, o.self, &cluster_node::name) == nodes.end()) {
    return invalid(o.self + " is not among the nodes");
  }
  if (o.join && nodes.size() == 1) return invalid("there is no other node whose cluster to join");
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
      router_({.leadership = *this,
               .confirm =
                   [this](partition_id partition, std::function<void(result<void>)> then) {
                     replicas_->confirm_leadership(partition, std::move(then));
                   },
               .transport = *this,
               .partitions = around.partitions,
               .time = around.time,
               .admitted = around.admitted,
               .measured = around.measured}),
      orders_(around.blocking) {}

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
  // Before the links read them: what changes in between is found.
  if (const auto files = certificates()) {
    watch_ = std::make_unique<cluster::certificate_watch>(*files, options_.self, around_.time);
  }
  const cluster::link_options how = link_settings(seed);
  for (std::size_t i = 0; i < how.peers.size(); ++i) linked_[i].name = how.peers[i].node;
  linked_count_.store(how.peers.size());
  auto links = around_.drive.link(how, *this);
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
  if (options_.client_port == 0) {
    opened_.store(true);
    return {};
  }
  const std::string& host =
      options_.client_host.empty() ? options_.listen_host : options_.client_host;
  auto server = around_.drive.serve({.listen_host = host.empty() ? own_address().host : host,
                                     .listen_port = options_.client_port,
                                     .tls = certificates()},
                                    *this);
  if (!server) return std::move(server).error();
  clients_ = std::move(*server);
  opened_.store(true);
  return {};
}

std::optional<cluster::tls_files> cluster_member::certificates() const {
  if (options_.insecure) return {};
  return cluster::tls_files{options_.authority, options_.certificate, options_.key};
}

cluster::replication_options cluster_member::replication_settings(std::uint64_t seed) const {
  return {.self = own_address(),
          .founders = options_.join ? std::vector<cluster_node>{} : options_.nodes,
          .cluster = id_of(options_.name),
          .seed = seed,
          .copies = options_.copies,
          .heartbeat = options_.heartbeat,
          .election_timeout = options_.election_timeout};
}

cluster::link_options cluster_member::link_settings(std::uint64_t seed) const {
  const cluster_node& self = own_address();
  cluster::link_limits limits;
  // A link that ends for silence says that its node is gone; that must not be said before consensus
  // would say it.
  limits.silence = std::max(limits.silence, 2 * options_.election_timeout);
  return {.self = options_.self,
          .cluster = id_of(options_.name),
          .incarnation = seed,
          .listen_host = options_.listen_host.empty() ? self.host : options_.listen_host,
          .listen_port = options_.listen_port == 0 ? self.port : options_.listen_port,
          .peers = wanted_peers(),
          .tls = certificates(),
          .tick = options_.heartbeat,
          .limits = limits,
          .seed = seed};
}

const cluster_node& cluster_member::own_address() const {
  return *std::ranges::find(options_.nodes, options_.self, &cluster_node::name);
}

std::optional<std::size_t> cluster_member::peer_of(replica_id id) const {
  const std::size_t count = linked_count_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count && id.value != 0; ++i) {
    if (linked_[i].replica.load(std::memory_order_acquire) == id.value) return i;
  }
  return {};
}

// Whom this node should be linked with: who is in the cluster, who is asked to come, and who was
// named to this node and is not gone.
std::vector<cluster::peer_address> cluster_member::wanted_peers() const {
  const cluster::node_registry& registry = replicas_->registry();
  std::map<std::string, cluster_node> wanted;
  std::set<std::string> gone;
  for (const auto& [id, entry] : registry.nodes().entries()) {
    const bool still = entry.wish != cluster::node_wish::gone || replicas_->believes(id);
    if (still) {
      wanted.insert_or_assign(entry.node.name, entry.node);
    } else {
      gone.insert(entry.node.name);
    }
  }
  for (const auto& [name, node] : registry.invited()) wanted.insert_or_assign(name, node);
  for (const cluster_node& node : options_.nodes) {
    const cluster::roster_entry* const entry =
        registry.nodes().find(registry.nodes().present(node.name));
    // An address that was ordered since the cluster began is newer than the one of the start.
    const bool was_ordered = entry != nullptr && entry->version > 1;
    const bool is_wanted = wanted.contains(node.name) || !gone.contains(node.name);
    if (is_wanted && !was_ordered) wanted.insert_or_assign(node.name, node);
  }
  wanted.erase(options_.self);
  std::vector<cluster::peer_address> peers;
  peers.reserve(wanted.size());
  for (const auto& [name, node] : wanted) peers.push_back({name, node.host, node.port});
  return peers;
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
    while (linked_count_.load() > 0 && leads_any() && around_.time.steady() < until) {
      around_.drive.pause(std::chrono::milliseconds(5));
    }
  }
  if (clients_) clients_->stop();
  router_.stop();
  if (links_) links_->stop();
  router_.end();
  if (replicas_) replicas_->end();
}

// Links tell. Each turn ends with sending what came of it.

void cluster_member::connected(std::size_t peer) {
  await_start();
  // Before it says who it is, so that it is not refused for what it has not said yet.
  for (bytes& each : replicas_->schema_notices()) {
    static_cast<void>(
        links_->send(peer, static_cast<std::uint16_t>(frame_kind::schema), std::move(each)));
  }
  static_cast<void>(links_->send(peer, static_cast<std::uint16_t>(frame_kind::introduction),
                                 replicas_->introduction()));
}

void cluster_member::disconnected(std::size_t peer) {
  await_start();
  replicas_->disconnected(linked_[peer].name);
  follow_links();
  router_.flush();
}

void cluster_member::received(std::size_t peer, std::uint16_t kind, bytes_view body) {
  await_start();
  const auto what = static_cast<frame_kind>(kind);
  const replica_id id{linked_[peer].replica.load()};
  if (what == frame_kind::introduction) {
    replicas_->introduced(linked_[peer].name, body);
  } else if (what == frame_kind::schema) {
    replicas_->heard_schemas(linked_[peer].name, body);
  } else if (id.value == 0) {
    return;
  } else if (what == frame_kind::command) {
    router_.received_commands(id, body);
  } else if (what == frame_kind::outcome) {
    router_.received_outcomes(id, body);
  } else if (what == frame_kind::order) {
    const auto order = cluster::decode_node_order(body);
    // Only who leads can do it; sent on, it might go round in circles.
    if (order && order->what == cluster::node_order::kind::lead &&
        order->partition.value < replicas_->partitions() && leads(order->partition)) {
      static_cast<void>(carry_out(*order));
    }
  } else {
    replicas_->received(id, what, body);
  }
  router_.flush();
}

// Links to whom there should be links, and nobody else.
void cluster_member::nodes_changed() {
  if (!links_) return;
  const std::vector<cluster::peer_address> wanted = wanted_peers();
  for (const cluster::peer_address& peer : wanted) link_with(peer);
  for (std::size_t i = 0; i < linked_count_.load(); ++i) {
    const bool is_wanted =
        std::ranges::find(wanted, linked_[i].name, &cluster::peer_address::node) != wanted.end();
    if (!is_wanted) links_->remove_peer(i);
  }
  follow_links();
}

void cluster_member::link_with(const cluster::peer_address& peer) {
  const auto complain = [&](const std::string& why) {
    base::log(base::log_level::error, "node " + peer.node + " is not linked: " + why);
  };
  const std::size_t count = linked_count_.load();
  const auto end = linked_.begin() + static_cast<std::ptrdiff_t>(count);
  const bool is_known =
      std::ranges::find(linked_.begin(), end, peer.node, &linked_peer::name) != end;
  if (!is_known && count == linked_max) {
    return complain("there were too many names since this node was started");
  }
  const auto added = links_->add_peer(peer);
  if (!added) return complain(added.error().message);
  if (is_known) return;
  linked_[*added].name = peer.node;
  linked_count_.store(*added + 1, std::memory_order_release);
}

// Who is believed where.
void cluster_member::follow_links() {
  bool more = false;
  for (std::size_t i = 0; i < linked_count_.load(); ++i) {
    const replica_id now = replicas_->believed_as(linked_[i].name);
    const replica_id before{linked_[i].replica.exchange(now.value)};
    if (now == before) continue;
    if (before.value != 0) router_.disconnected(before);
    more = more || now.value != 0;
  }
  if (more) router_.tick();
}

void cluster_member::tick() {
  await_start();
  replicas_->tick();
  if (drain_.load()) replicas_->hand_over_all();
  router_.tick();
  router_.flush();
  if (watch_ && opened_.load()) look_at_certificates();
}

void cluster_member::look_at_certificates() {
  const auto texts = renewed_.with([](auto& renewed) { return std::exchange(renewed, {}); });
  if (texts) {
    auto used = links_->use(*texts);
    if (used && clients_) used = clients_->use(*texts);
    if (!used) {
      base::log(base::log_level::error, "new certificates: " + used.error().message);
    }
  }
  if (around_.time.steady() < next_look_ || looking_.exchange(true)) return;
  next_look_ = around_.time.steady() + look_at_certificates_every;
  around_.blocking.submit([this] {
    if (auto found = watch_->look()) {
      renewed_.with([&](auto& renewed) { renewed = std::move(found); });
    }
    looking_.store(false);
  });
}

void cluster_member::woken() {
  await_start();
  if (drain_.load()) replicas_->hand_over_all();
  tell_of_types();
  replicas_->woken();
  router_.flush();
}

void cluster_member::handle(persistence::stored_schema type) {
  untold_.with([&](auto& untold) { untold.push_back(std::move(type)); });
  wake();
}

void cluster_member::tell_of_types() {
  const auto untold = untold_.with([](auto& all) { return std::exchange(all, {}); });
  for (const persistence::stored_schema& type : untold) {
    const bytes notice = replicas_->schema_notice(type);
    for (std::size_t i = 0; i < linked_count_.load(); ++i) {
      // Whoever is not connected hears of it when it is.
      static_cast<void>(links_->send(i, static_cast<std::uint16_t>(frame_kind::schema), notice));
    }
    if (const auto known = replicas_->handle(type); !known) {
      base::log(base::log_level::error, type.name + ": " + known.error().message);
    }
  }
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
  return peer_of(to).has_value();
}

void cluster_member::wake() {
  if (started_.load()) links_->wake();
}

void cluster_member::ask(detail::outgoing_command command, answer then) {
  if (command.to.type == cluster::node_itself) return answer_query(command, std::move(then));
  // So that what is known here at the deadline still finds the client waiting.
  command.how.timeout = answer_timeout(command.how.timeout);
  const auto pending = around_.ask(std::move(command));
  // Whoever completes it holds it; held by itself, one that is never completed would stay for ever.
  pending->on_complete([&asked = *pending, then = std::move(then)] { then(asked.outcome()); });
}

std::string cluster_member::leads_elsewhere(partition_id partition) const {
  if (partition.value >= replicas_->partitions()) return {};
  const replica_id leader = replicas_->leader(partition);
  if (leader.value == 0 || leader == replicas_->registry().self()) return {};
  const cluster::roster_entry* const entry = replicas_->registry().nodes().find(leader);
  return entry == nullptr ? std::string() : entry->node.name;
}

std::string cluster_member::status_json() {
  const cluster::node_registry& registry = replicas_->registry();
  cluster_status status{.self = options_.self,
                        .cluster = options_.name,
                        .takes_part = registry.takes_part(),
                        .roster = registry.nodes()};
  for (const auto& [id, entry] : registry.nodes().entries()) {
    // A node that is linked and refused, for its store or its partitions, is as good as not there.
    if (replicas_->believes(id) || id == registry.self()) status.connected.insert(id);
  }
  for (const auto& [name, node] : registry.invited()) status.invited.push_back(node);
  status.refused = replicas_->refusals();
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
