// SPDX-License-Identifier: Apache-2.0
//
// Whom a node of a cluster believes, and what they tell each other of who is in it.
#include "base/log.hpp"
#include "cluster/replication.hpp"
#include "cluster/store_query.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace reprise::cluster {

result<node_registry::meeting> replication::meet(const std::string& name, bytes_view body) {
  using newcomer = peer_schemas::newcomer;
  newcomer who = newcomer::none;
  if (!registry_.takes_part()) {
    who = newcomer::here;
  } else if (registry_.nodes().present(name).value == 0) {
    who = newcomer::there;
  }
  if (auto why = schemas_.objection(name, who)) return *std::move(why);
  return registry_.meet(name, body);
}

void replication::introduced(const std::string& name, bytes_view body) {
  const auto met = meet(name, body);
  if (!met) {
    const errc code = met.error().code;
    // What this node's own disk says is nothing against a peer.
    const bool is_its_fault = code == errc::incompatible || code == errc::malformed;
    if (is_its_fault) disbelieve(name);
    refuse(name, body, met.error().message);
    roles_.nodes_changed();
    return;
  }
  // Until it is taken out everywhere, one that is gone leads and confirms like any other.
  if (is_gone(met->peer) && is_out(met->peer)) {
    refuse(name, body, "it was removed from the cluster; with an empty store it can join again");
  } else {
    refused_.erase(name);
    believe(met->peer, name, body);
  }
  if (met->roster_changed) {
    roster_changed();
  } else {
    roles_.nodes_changed();
    // It missed what was told meanwhile.
    if (met->peer_knows_less) tell(met->peer);
  }
  flush();
}

void replication::believe(replica_id peer, const std::string& name, bytes_view introduction) {
  const auto [at, is_new] = peers_.try_emplace(
      peer, believed_peer{.name = name,
                          .batch = peer_batch(options_.peer_bytes_max, options_.frame_bytes)});
  at->second.introduction.assign(introduction.begin(), introduction.end());
}

result<void> replication::handle(const persistence::stored_schema& type) {
  if (auto known = schemas_.handle(type); !known) return known;
  std::map<std::string, bytes> met;
  for (const auto& [id, p] : peers_) met.emplace(p.name, p.introduction);
  for (const auto& [name, body] : met) introduced(name, body);
  return {};
}

bytes replication::schema_notice(const persistence::stored_schema& type) const {
  return encode(schemas_answer{.partitions = partitions(), .schemas = {type}});
}

std::vector<bytes> replication::schema_notices() const {
  std::vector<bytes> out;
  for (const persistence::stored_schema& each : schemas_.handled()) {
    out.push_back(schema_notice(each));
  }
  return out;
}

void replication::heard_schemas(const std::string& name, bytes_view body) {
  const auto told = decode_schemas(body);
  result<void> heard = told ? result<void>() : result<void>(told.error());
  for (std::size_t i = 0; heard && i < told->schemas.size(); ++i) {
    heard = schemas_.hear(name, told->schemas[i]);
  }
  if (!heard) {
    base::log(base::log_level::error,
              "node " + name + " handles a type that cannot be read: " + heard.error().message);
  }
  // What it said before may be believed now, or no more.
  if (const auto refused = refused_.find(name); refused != refused_.end()) {
    introduced(name, bytes(refused->second.introduction));
    return;
  }
  const auto known = peers_.find(believed_as(name));
  if (known != peers_.end()) introduced(name, bytes(known->second.introduction));
}

// It may be believed later, when it is asked for.
void replication::refuse(const std::string& name, bytes_view body, const std::string& why) {
  refused_peer& refused = refused_[name];
  refused.introduction.assign(body.begin(), body.end());
  if (std::exchange(refused.why, why) == why) return;
  base::log(base::log_level::error, "node " + name + " is refused: " + why);
}

void replication::reconsider() {
  for (const auto& [name, refused] : std::map(refused_)) introduced(name, refused.introduction);
}

std::map<std::string, std::string> replication::refusals() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, refused] : refused_) out.emplace(name, refused.why);
  return out;
}

void replication::disbelieve(const std::string& name) {
  std::erase_if(peers_, [&](const auto& each) { return each.second.name == name; });
}

void replication::disconnected(const std::string& name) {
  const replica_id lost = believed_as(name);
  disbelieve(name);
  refused_.erase(name);
  schemas_.forget(name);
  if (lost.value == 0) return;
  for (const auto& g : groups_) {
    if (g) g->lost(lost);
  }
  flush();
}

replica_id replication::believed_as(const std::string& name) const {
  const auto found =
      std::ranges::find_if(peers_, [&](const auto& each) { return each.second.name == name; });
  return found == peers_.end() ? replica_id{} : found->first;
}

void replication::roster_changed() {
  roles_.nodes_changed();
  announce();
  if (is_gone(registry_.self()) && !std::exchange(said_gone_, true)) {
    base::log(base::log_level::error,
              "this node was removed from its cluster, and serves nothing from now on");
  }
  reconsider();
}

void replication::announce() {
  for (const auto& [id, p] : peers_) tell(id);
}

void replication::tell(replica_id peer) {
  // What is lost is said again after a while.
  static_cast<void>(transport_.send(peer, frame_kind::introduction, registry_.introduction()));
}

result<void> replication::invite(const cluster_node& node) {
  const auto changed = registry_.invite(node);
  if (!changed) return changed.error();
  if (*changed) {
    roster_changed();
  } else {
    roles_.nodes_changed();
    // It may be there already.
    reconsider();
  }
  return {};
}

result<void> replication::wish(const std::string& name, node_wish what) {
  const replica_id whose = registry_.nodes().present(name);
  if (what != node_wish::voter && !others_vote(whose)) {
    return error{errc::invalid_argument, "cluster: without " + name +
                                             " nobody would vote in some partitions; wait until "
                                             "another node votes in all of them"};
  }
  const auto changed = registry_.wish(name, what);
  if (!changed) return changed.error();
  if (*changed) {
    roster_changed();
  } else {
    roles_.nodes_changed();
  }
  return {};
}

result<void> replication::wish_voters(std::size_t count) {
  const auto changed = registry_.wish_voters(count);
  if (!changed) return changed.error();
  if (*changed) roster_changed();
  return {};
}

}  // namespace reprise::cluster
