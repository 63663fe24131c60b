// SPDX-License-Identifier: Apache-2.0
#include "actors/cluster_status.hpp"

#include "base/json_text.hpp"

#include <string_view>

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

}  // namespace

std::string to_json(const cluster_status& status) {
  const auto name_of = [&](cluster::replica_id id) -> std::string {
    const bool known = id.value >= 1 && id.value <= status.nodes.size();
    return known ? status.nodes[id.value - 1].node.name : std::string();
  };
  const auto node = [&](const cluster_status::seen_node& n) {
    return json_object()
        .add("name", json_text(n.node.name))
        .add("address", json_text(n.node.host + ":" + std::to_string(n.node.port)))
        .add("connected", truth(n.connected || n.node.name == status.self))
        .close();
  };
  std::uint64_t partition = 0;
  const auto replica = [&](const cluster::replication::standing& s) {
    json_object out;
    out.add("partition", std::to_string(partition++))
        .add("leader", json_text(name_of(s.role.leader)))
        .add("leads", truth(s.role.leads))
        .add("term", std::to_string(s.role.in_term.value))
        .add("last_index", std::to_string(s.last.value))
        .add("committed_index", std::to_string(s.committed.value))
        .add("memory_bytes", std::to_string(s.memory_bytes))
        .add("voters", array_of(s.members, [&](const cluster::member& m) {
               return json_text(m.role == cluster::member_role::voter ? name_of(m.id) : "");
             }));
    if (s.failure) out.add("failure", json_text(to_string(*s.failure)));
    return out.close();
  };
  std::uint64_t leads = 0;
  for (const auto& s : status.replicas) leads += s.role.leads ? 1 : 0;
  return json_object()
      .add("node", json_text(status.self))
      .add("cluster", json_text(status.cluster))
      .add("partitions", std::to_string(status.replicas.size()))
      .add("leads", std::to_string(leads))
      .add("nodes", array_of(status.nodes, node))
      .add("replicas", array_of(status.replicas, replica))
      .close();
}

}  // namespace reprise::actors
