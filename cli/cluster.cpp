// SPDX-License-Identifier: Apache-2.0
//
// `reprise cluster status`: what a node knows of its cluster.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/client.hpp>

#include <algorithm>
#include <utility>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

struct seen_partition {
  std::uint64_t number = 0;
  std::string leader{};
  std::uint64_t term = 0;
  std::uint64_t last_index = 0;
  std::uint64_t committed_index = 0;
  std::string failure{};
};

struct seen_node {
  std::string name{};
  std::string address{};
  bool connected = false;
  std::uint64_t leads = 0;
};

struct seen_cluster {
  std::string node{};
  std::string name{};
  std::vector<seen_node> nodes{};
  std::vector<seen_partition> partitions{};
};

// Throws what the JSON library throws.
seen_cluster read(const json& from) {
  seen_cluster seen{.node = from.at("node"), .name = from.at("cluster")};
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
                          .leads = static_cast<std::uint64_t>(leads)});
  }
  return seen;
}

result<seen_cluster> understood(const std::string& status) {
  try {
    return read(json::parse(status));
  } catch (const json::exception& why) {
    return error{errc::incompatible,
                 std::string("the node's answer cannot be understood: ") + why.what()};
  }
}

std::string some(std::uint64_t count, const std::string& of_them) {
  return grouped(count) + " " + of_them + (count == 1 ? "" : "s");
}

// What is not as it should be, as a sentence each.
std::vector<std::string> complaints(const seen_cluster& seen) {
  std::vector<std::string> all;
  for (const seen_node& each : seen.nodes) {
    if (!each.connected) all.push_back(each.name + " is not connected to " + seen.node + ".");
  }
  const auto without_leader =
      std::ranges::count_if(seen.partitions, &std::string::empty, &seen_partition::leader);
  if (without_leader != 0) {
    all.push_back(seen.node + " knows no leader of " +
                  some(static_cast<std::uint64_t>(without_leader), "partition") + ".");
  }
  const auto sound =
      std::ranges::count_if(seen.partitions, &std::string::empty, &seen_partition::failure);
  const std::uint64_t failed = seen.partitions.size() - static_cast<std::uint64_t>(sound);
  if (failed != 0) all.push_back(seen.node + " cannot serve " + some(failed, "partition") + ".");
  return all;
}

void print(const seen_cluster& seen, output& out) {
  out.line("cluster " + printable(seen.name) + ", as " + printable(seen.node) + " sees it");
  out.line("");
  table nodes(out, {{"NODE"}, {"ADDRESS"}, {"CONNECTED"}, {"LEADS", right}});
  for (const seen_node& each : seen.nodes) {
    nodes.row({printable(each.name), printable(each.address), each.connected ? "yes" : "no",
               grouped(each.leads)});
  }
  nodes.flush();
  out.line("");
  table partitions(out, {{"PARTITION", right},
                         {"LEADER"},
                         {"TERM", right},
                         {"LAST", right},
                         {"COMMITTED", right},
                         {"LAG", right},
                         {"FAILURE"}});
  for (const seen_partition& each : seen.partitions) {
    const std::uint64_t lag = each.last_index - std::min(each.last_index, each.committed_index);
    partitions.row({std::to_string(each.number),
                    each.leader.empty() ? "nobody" : printable(each.leader), grouped(each.term),
                    grouped(each.last_index), grouped(each.committed_index), grouped(lag),
                    printable(each.failure)});
  }
  partitions.flush();
  const auto wrong = complaints(seen);
  if (!wrong.empty()) out.line("");
  for (const std::string& each : wrong) out.line(printable(each));
}

// What goes wrong on a network has nothing to do with files, so it gets no advice about them.
error not_reached(error why) {
  const bool known = why.code == errc::timed_out || why.code == errc::incompatible;
  if (!known) why.code = errc::unavailable;
  return why;
}

result<std::string> ask(const node_access& access) {
  auto node = parse_cluster_node(access.address);
  if (!node) return std::move(node).error();
  const auto asking = client::open({.nodes = {std::move(*node)},
                                    .insecure = access.authority.empty(),
                                    .authority = access.authority,
                                    .certificate = access.certificate,
                                    .key = access.key});
  if (!asking) return asking.error();
  auto status = asking->status(0);
  if (!status) return not_reached(std::move(status).error());
  return status;
}

result<exit_code> show_status(const node_access& access, output& out, bool as_json) {
  const auto status = ask(access);
  if (!status) return status.error();
  const auto seen = understood(*status);
  if (!seen) return seen.error();
  if (as_json) {
    out.line(*status);
  } else {
    print(*seen, out);
  }
  return complaints(*seen).empty() ? exit_code::ok : exit_code::impaired;
}

}  // namespace

void add_cluster(CLI::App& line, cluster_work& chosen) {
  CLI::App* group = line.add_subcommand("cluster", "Ask a node about its cluster");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster status");
  CLI::App* command = group->add_subcommand(
      "status", "Show nodes and partitions; exit code 6 when one is missing or has no leader");
  command->footer(
      "What is shown is what the node that is asked knows: who is connected to it, and how far\n"
      "its own copies of the partitions are. LAG is what of a log is not known to be committed\n"
      "yet.\n"
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster status\n"
      "  reprise --node n1=10.0.0.1:8001 --ca ca.crt --cert client.crt --key client.key \\\n"
      "    cluster status --json");
  command->callback([&chosen] {
    chosen = [](const node_access& access, output& out, bool as_json) {
      return show_status(access, out, as_json);
    };
  });
}

}  // namespace reprise::cli
