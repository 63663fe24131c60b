// SPDX-License-Identifier: Apache-2.0
//
// `reprise cluster status`: what a node knows of its cluster.

#include "cli/cluster_seen.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

// What is on its way to be as it is wished, as a sentence each.
std::vector<std::string> changes(const seen_cluster& seen) {
  std::vector<std::string> all;
  const std::string of_all = " of " + some(seen.partitions.size(), "partition") + " so far.";
  for (const std::string& each : seen.invited)
    all.push_back(each + " was added, and is not there yet.");
  for (const seen_node& each : seen.nodes) {
    const std::uint64_t copies = each.votes + each.learns;
    if (each.wish == "voter" && each.copies == "all" && copies < seen.partitions.size()) {
      all.push_back(each.name + " has copies of " + grouped(copies) + of_all);
    }
    if (each.wish != "removed" && each.copies == "chosen" && each.learns > 0) {
      all.push_back(each.name + " has copies of " + grouped(copies) +
                    " partitions, more than it is to have.");
    }
    if (each.wish == "voter" && each.votes != each.chosen) {
      all.push_back(each.name + " votes in " + some(each.votes, "partition") +
                    " so far, and is to in " + grouped(each.chosen) + ".");
    }
    if (each.wish == "drained" && each.votes > 0) {
      all.push_back(each.name + " is drained; it still votes in " + some(each.votes, "partition") +
                    ".");
    }
    if (each.wish == "removed") {
      all.push_back(each.name + " was removed; it still takes part in " +
                    some(each.votes + each.learns, "partition") + ".");
    }
  }
  return all;
}

// What is not as it should be, as a sentence each.
std::vector<std::string> complaints(const seen_cluster& seen) {
  std::vector<std::string> all;
  if (!seen.takes_part) all.push_back(seen.node + " takes no part in the cluster.");
  for (const seen_node& each : seen.nodes) {
    if (!each.connected && each.wish != "removed")
      all.push_back(each.name + " is not connected to " + seen.node + ".");
  }
  for (const seen_refusal& each : seen.refused) {
    all.push_back(seen.node + " refuses " + each.name + ": " + each.why + ".");
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
  table nodes(out, {{"NODE"},
                    {"ADDRESS"},
                    {"CONNECTED"},
                    {"WISH"},
                    {"COPIES", right},
                    {"VOTES", right},
                    {"LEADS", right}});
  for (const seen_node& each : seen.nodes) {
    nodes.row({printable(each.name), printable(each.address), each.connected ? "yes" : "no",
               printable(each.wish), grouped(each.votes + each.learns), grouped(each.votes),
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
    const auto here = [&](std::uint64_t of_copy) {
      return each.held ? grouped(of_copy) : std::string("-");
    };
    partitions.row({std::to_string(each.number),
                    each.leader.empty() ? "nobody" : printable(each.leader), grouped(each.term),
                    here(each.last_index), here(each.committed_index), here(lag),
                    printable(each.failure)});
  }
  partitions.flush();
  std::vector<std::string> said = complaints(seen);
  std::ranges::copy(changes(seen), std::back_inserter(said));
  if (!said.empty()) out.line("");
  for (const std::string& each : said) out.line(printable(each));
}

result<exit_code> show_status(const node_access& access, output& out, bool as_json) {
  const auto asking = client_of(access);
  if (!asking) return asking.error();
  const auto status = ask_status(*asking);
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
  CLI::App* group =
      line.add_subcommand("cluster", "Ask a node about its cluster, and change who is in it");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster status\n"
      "  reprise --node 127.0.0.1:8001 cluster add n4=127.0.0.1:7004");
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
  add_cluster_orders(*group, chosen);
}

}  // namespace reprise::cli
