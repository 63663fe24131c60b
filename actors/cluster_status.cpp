// SPDX-License-Identifier: Apache-2.0
#include "actors/cluster_status.hpp"

#include "base/json_text.hpp"

#include <string_view>

namespace reprise::actors {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out;
  base::add_json_text(out, text);
  return out;
}

// One object, member by member.
class json_object {
 public:
  json_object& text(std::string_view name, std::string_view value) {
    return raw(name, in_quotes(value));
  }
  json_object& number(std::string_view name, std::uint64_t value) {
    return raw(name, std::to_string(value));
  }
  json_object& truth(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }
  json_object& raw(std::string_view name, const std::string& value) {
    out_ += out_.empty() ? "" : ",";
    out_ += in_quotes(name);
    out_ += ':';
    out_ += value;
    return *this;
  }
  [[nodiscard]] std::string done() const { return "{" + out_ + "}"; }

 private:
  std::string out_;
};

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
        .text("name", n.node.name)
        .text("address", n.node.host + ":" + std::to_string(n.node.port))
        .truth("connected", n.connected || n.node.name == status.self)
        .done();
  };
  std::uint64_t partition = 0;
  const auto replica = [&](const cluster::replication::standing& s) {
    json_object out;
    out.number("partition", partition++)
        .text("leader", name_of(s.role.leader))
        .truth("leads", s.role.leads)
        .number("term", s.role.in_term.value)
        .number("last_index", s.last.value)
        .number("committed_index", s.committed.value)
        .number("memory_bytes", s.memory_bytes)
        .raw("voters", array_of(s.members, [&](const cluster::member& m) {
               return in_quotes(m.role == cluster::member_role::voter ? name_of(m.id) : "");
             }));
    if (s.failure) out.text("failure", to_string(*s.failure));
    return out.done();
  };
  std::uint64_t leads = 0;
  for (const auto& s : status.replicas) leads += s.role.leads ? 1 : 0;
  return json_object()
      .text("node", status.self)
      .text("cluster", status.cluster)
      .number("partitions", status.replicas.size())
      .number("leads", leads)
      .raw("nodes", array_of(status.nodes, node))
      .raw("replicas", array_of(status.replicas, replica))
      .done();
}

}  // namespace reprise::actors
