// SPDX-License-Identifier: Apache-2.0
#include "actors/cluster_status.hpp"

#include "base/json_text.hpp"
#include "cluster/chosen_voters.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <string_view>
#include <utility>

namespace reprise::actors {
namespace {

using base::json_object;
using base::json_text;

std::string truth(bool value) {
  return value ? "true" : "false";
}

template <class List, class Render>
std::string array_of(const List& from, const Render& render) {
  std::string out;
  for (const auto& each : from) {
    out += out.empty() ? "" : ",";
    out += render(each);
  }
  return "[" + out + "]";
}

std::string address_of(const cluster_node& node) {
  return json_text(node.host + ":" + std::to_string(node.port));
}

std::string word_of(cluster::node_wish wish) {
  switch (wish) {
    case cluster::node_wish::voter:
      return "voter";
    case cluster::node_wish::learner:
      return "drained";
    case cluster::node_wish::gone:
      return "removed";
  }
  return {};
}

// In how many partitions it has that role, as far as this node knows of those that it serves.
std::uint64_t count(const cluster_status& status, cluster::replica_id id,
                    const std::function<bool(cluster::member_role)>& role) {
  std::uint64_t found = 0;
  for (const auto& s : status.replicas) {
    if (s.failure) continue;
    for (const cluster::member& m : s.members) found += m.id == id && role(m.role) ? 1 : 0;
  }
  return found;
}

// In how many partitions it is to vote.
std::uint64_t chosen_times(const cluster_status& status, cluster::replica_id id) {
  std::uint64_t found = 0;
  for (std::uint32_t partition = 0; partition < status.replicas.size(); ++partition) {
    found += cluster::chosen_voters({partition}, status.roster).contains(id) ? 1 : 0;
  }
  return found;
}

std::string node_json(const cluster_status& status, cluster::replica_id id,
                      const cluster::roster_entry& entry) {
  using cluster::member_role;
  const auto votes = [](member_role role) { return role == member_role::voter; };
  const auto learns = [](member_role role) { return role != member_role::voter; };
  return json_object()
      .add("name", json_text(entry.node.name))
      .add("address", address_of(entry.node))
      .add("connected", truth(status.connected.contains(id)))
      .add("wish", json_text(word_of(entry.wish)))
      .add("votes", std::to_string(count(status, id, votes)))
      .add("learns", std::to_string(count(status, id, learns)))
      .add("chosen", std::to_string(chosen_times(status, id)))
      .add("copies", json_text(entry.copies.value == node_copies::all ? "all" : "chosen"))
      .close();
}

std::string invited_json(const cluster_node& node) {
  return json_object().add("name", json_text(node.name)).add("address", address_of(node)).close();
}

std::string refused_json(const std::pair<const std::string, std::string>& node) {
  return json_object()
      .add("name", json_text(node.first))
      .add("why", json_text(node.second))
      .close();
}

std::string replica_json(const cluster_status& status, std::size_t partition) {
  const auto name_of = [&](cluster::replica_id id) {
    const cluster::roster_entry* const entry = status.roster.find(id);
    return json_text(entry == nullptr ? "" : entry->node.name);
  };
  const cluster::replication::standing& s = status.replicas[partition];
  cluster::membership voters;
  std::ranges::copy_if(s.members, std::back_inserter(voters), [](const cluster::member& m) {
    return m.role == cluster::member_role::voter;
  });
  json_object out;
  out.add("partition", std::to_string(partition))
      .add("leader", name_of(s.role.leader))
      .add("leads", truth(s.role.leads))
      .add("held", truth(s.is_member))
      .add("term", std::to_string(s.role.in_term.value))
      .add("last_index", std::to_string(s.last.value))
      .add("committed_index", std::to_string(s.committed.value))
      .add("memory_bytes", std::to_string(s.memory_bytes))
      .add("voters", array_of(voters, [&](const cluster::member& m) { return name_of(m.id); }));
  if (s.failure) out.add("failure", json_text(to_string(*s.failure)));
  return out.close();
}

// By name. Those that are gone are shown as long as they are still members of something.
std::vector<std::pair<cluster::replica_id, cluster::roster_entry>> shown(
    const cluster_status& status) {
  std::vector<std::pair<cluster::replica_id, cluster::roster_entry>> out;
  for (const auto& [id, entry] : status.roster.entries()) {
    const bool is_out = count(status, id, [](cluster::member_role) { return true; }) == 0;
    if (entry.wish != cluster::node_wish::gone || !is_out) out.emplace_back(id, entry);
  }
  std::ranges::sort(out, {}, [](const auto& each) { return each.second.node.name; });
  return out;
}

}  // namespace

std::string to_json(const cluster_status& status) {
  std::vector<std::size_t> partitions(status.replicas.size());
  std::iota(partitions.begin(), partitions.end(), std::size_t{0});
  std::uint64_t leads = 0;
  for (const auto& s : status.replicas) leads += s.role.leads ? 1 : 0;
  return json_object()
      .add("node", json_text(status.self))
      .add("cluster", json_text(status.cluster))
      .add("takes_part", truth(status.takes_part))
      .add("partitions", std::to_string(status.replicas.size()))
      .add("leads", std::to_string(leads))
      .add("voters", std::to_string(status.roster.voters()))
      .add("nodes",
           array_of(shown(status),
                    [&](const auto& each) { return node_json(status, each.first, each.second); }))
      .add("invited", array_of(status.invited, invited_json))
      .add("refused", array_of(status.refused, refused_json))
      .add("replicas", array_of(partitions, [&](std::size_t i) { return replica_json(status, i); }))
      .close();
}

}  // namespace reprise::actors
