// SPDX-License-Identifier: Apache-2.0
#include "cli/cluster_seen.hpp"

#include "cli/json.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <utility>

namespace reprise::cli {
namespace {

// Throws what the JSON library throws.
seen_cluster read(const json& from) {
  seen_cluster seen{
      .node = from.at("node"), .name = from.at("cluster"), .takes_part = from.at("takes_part")};
  for (const json& each : from.at("replicas")) {
    seen.partitions.push_back({.number = each.at("partition"),
                               .leader = each.at("leader"),
                               .term = each.at("term"),
                               .last_index = each.at("last_index"),
                               .committed_index = each.at("committed_index"),
                               .failure = each.value("failure", "")});
  }
  for (const json& each : from.at("nodes")) {
    const std::string name = each.at("name");
    const auto leads = std::ranges::count(seen.partitions, name, &seen_partition::leader);
    seen.nodes.push_back({.name = name,
                          .address = each.at("address"),
                          .connected = each.at("connected"),
                          .wish = each.at("wish"),
                          .votes = each.at("votes"),
                          .learns = each.at("learns"),
                          .leads = static_cast<std::uint64_t>(leads)});
  }
  for (const json& each : from.at("invited")) seen.invited.push_back(each.at("name"));
  return seen;
}

// What goes wrong on a network has nothing to do with files, so it gets no advice about them.
error not_reached(error why) {
  const bool known = why.code == errc::timed_out || why.code == errc::incompatible;
  if (!known) why.code = errc::unavailable;
  return why;
}

}  // namespace

result<client> client_of(const node_access& access) {
  auto node = parse_cluster_node(access.address);
  if (!node) return std::move(node).error();
  return client::open({.nodes = {std::move(*node)},
                       .insecure = access.authority.empty(),
                       .authority = access.authority,
                       .certificate = access.certificate,
                       .key = access.key});
}

result<std::string> ask_status(const client& asking) {
  auto status = asking.status(0);
  if (!status) return not_reached(std::move(status).error());
  return status;
}

result<seen_cluster> understood(const std::string& status) {
  try {
    return read(json::parse(status));
  } catch (const json::exception& why) {
    return error{errc::incompatible,
                 std::string("the node's answer cannot be understood: ") + why.what()};
  }
}

result<seen_cluster> see(const client& asking) {
  const auto status = ask_status(asking);
  if (!status) return status.error();
  return understood(*status);
}

std::string some(std::uint64_t count, const std::string& of_them) {
  return grouped(count) + " " + of_them + (count == 1 ? "" : "s");
}

}  // namespace reprise::cli
