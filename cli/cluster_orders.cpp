// SPDX-License-Identifier: Apache-2.0
//
// `reprise cluster add|drain|remove|voters|move`: an order to one node, and what comes of it.

#include "cli/cluster_seen.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace reprise::cli {
namespace {

constexpr std::chrono::milliseconds look_every{200};
constexpr unsigned wait_default_s = 60;

// How far an order has come, as a sentence; and whether that is all.
struct standing {
  bool done = false;
  std::string says{};
};
using look = std::function<standing(const seen_cluster&)>;

struct order {
  std::string node{};
  std::uint32_t partition = 0;
  std::uint32_t voters = 0;
  unsigned wait_s = wait_default_s;
  bool yes = false;
};

// There may be two of a name: one that was removed, and one that came in its place.
const seen_node* find(const seen_cluster& seen, const std::string& name, bool is_removed = false) {
  const auto found = std::ranges::find_if(seen.nodes, [&](const seen_node& each) {
    return each.name == name && (each.wish == "removed") == is_removed;
  });
  return found == seen.nodes.end() ? nullptr : &*found;
}

void print(const order& o, const standing& now, output& out, bool as_json) {
  if (as_json) {
    json line{{"done", now.done}, {"status", now.says}};
    if (!o.node.empty()) line["node"] = o.node;
    out.line(line.dump());
  } else {
    out.line(printable(now.says));
  }
}

// Looks until it is done, and says what is new.
result<exit_code> follow(const client& asking, const order& o, const look& at, output& out,
                         bool as_json) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(o.wait_s);
  std::string said;
  while (true) {
    const auto seen = see(asking);
    // One that was asked a moment ago may be busy with what it was asked.
    if (!seen && seen.error().code != errc::timed_out) return seen.error();
    if (seen) {
      const standing now = at(*seen);
      if (std::exchange(said, now.says) != now.says) print(o, now, out, as_json);
      if (now.done || o.wait_s == 0) return exit_code::ok;
    }
    if (std::chrono::steady_clock::now() >= until) {
      return error{errc::timed_out, "it is not done after " + some(o.wait_s, "second") +
                                        "; it goes on, see `reprise cluster status`"};
    }
    if (!out.flush() || !out.wait(look_every)) return exit_code::ok;
  }
}

standing added(const seen_cluster& seen, const std::string& name) {
  const seen_node* const node = find(seen, name);
  if (node == nullptr) return {.says = name + " is not there yet; it is dialled"};
  if (!node->connected) return {.says = name + " is not connected to " + seen.node};
  const std::uint64_t copies = node->votes + node->learns;
  const std::uint64_t wanted = node->copies == "all" ? seen.partitions.size() : node->chosen;
  return {.done = node->wish == "voter" && copies == wanted && node->votes == node->chosen,
          .says = name + " has copies of " + grouped(copies) + " of " + some(wanted, "partition") +
                  ", and votes in " + grouped(node->votes) + " of " + grouped(node->chosen)};
}

standing drained(const seen_cluster& seen, const std::string& name) {
  const seen_node* const node = find(seen, name);
  if (node == nullptr) return {.done = true, .says = name + " is not there"};
  return {.done = node->votes == 0 && node->leads == 0,
          .says = name + " leads " + grouped(node->leads) + " and votes in " +
                  some(node->votes, "partition")};
}

standing removed(const seen_cluster& seen, const std::string& name) {
  const seen_node* const node = find(seen, name, true);
  if (node == nullptr) return {.done = true, .says = name + " takes part in nothing"};
  return {.says = name + " takes part in " + some(node->votes + node->learns, "partition")};
}

standing voting(const seen_cluster& seen, std::uint32_t voters) {
  const std::string wished = some(voters, "node") + " to vote in each partition; ";
  if (seen.voters != voters) return {.says = wished + seen.node + " has not heard of it yet"};
  const auto waits = std::ranges::find_if(seen.nodes, [](const seen_node& each) {
    return each.wish == "voter" && each.votes != each.chosen;
  });
  if (waits == seen.nodes.end()) return {.done = true, .says = wished + "they do"};
  return {.says = wished + waits->name + " votes in " + grouped(waits->votes) + ", and is to in " +
                  grouped(waits->chosen)};
}

standing moved(const seen_cluster& seen, std::uint32_t partition, const std::string& name) {
  const auto found = std::ranges::find(seen.partitions, partition, &seen_partition::number);
  if (found == seen.partitions.end()) return {.says = "there is no such partition"};
  return {.done = found->leader == name,
          .says = (found->leader.empty() ? "nobody" : found->leader) + " leads partition " +
                  std::to_string(partition)};
}

// The order itself, to the node that is asked.
using giving = std::function<result<void>(const client&, order&)>;

void add_order(CLI::App& command, const std::shared_ptr<order>& o, cluster_work& chosen,
               giving give, std::function<standing(const seen_cluster&, const order&)> at) {
  command.add_option("--wait", o->wait_s, "Seconds to wait until it is done; 0: do not wait")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command.callback([o, &chosen, give = std::move(give), at = std::move(at)] {
    chosen = [o, give, at](const node_access& access, output& out,
                           bool as_json) -> result<exit_code> {
      const auto asking = client_of(access);
      if (!asking) return asking.error();
      if (const auto given = give(*asking, *o); !given) return given.error();
      const look now = [&](const seen_cluster& seen) { return at(seen, *o); };
      return follow(*asking, *o, now, out, as_json);
    };
  });
}

std::shared_ptr<order> of_node(CLI::App& command) {
  auto o = std::make_shared<order>();
  command.add_option("node", o->node, "Name of the node")->type_name("NAME")->required();
  return o;
}

void add_add(CLI::App& group, cluster_work& chosen) {
  CLI::App* command =
      group.add_subcommand("add", "Have a node take part: one that waits to join, or was drained");
  auto o = std::make_shared<order>();
  auto where = std::make_shared<std::string>();
  command->add_option("node", *where, "The node, and where the other nodes reach it")
      ->type_name("NAME=HOST:PORT")
      ->required();
  command->footer(
      "The node is started first, with an empty store, as one that joins. It gets a copy of each\n"
      "partition, or of those where it is chosen to vote, as it was started.\n"
      "With another address than before, a node that is in the cluster is reached there from its\n"
      "next connection on; that holds over --cluster.\n"
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster add n4=127.0.0.1:7004");
  add_order(
      *command, o, chosen,
      [where](const client& asking, order& what) -> result<void> {
        const auto node = parse_cluster_node(*where);
        if (!node) return node.error();
        what.node = node->name;
        return asking.add_node(*node);
      },
      [](const seen_cluster& seen, const order& what) { return added(seen, what.node); });
}

void add_drain(CLI::App& group, cluster_work& chosen) {
  CLI::App* command = group.add_subcommand(
      "drain", "Have a node lead nothing and vote for nothing; its copies stay up to date");
  const auto o = of_node(*command);
  command->footer(
      "`cluster add` takes it back.\n"
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster drain n4");
  add_order(
      *command, o, chosen,
      [](const client& asking, const order& what) { return asking.drain_node(what.node); },
      [](const seen_cluster& seen, const order& what) { return drained(seen, what.node); });
}

void add_remove(CLI::App& group, cluster_work& chosen) {
  CLI::App* command = group.add_subcommand("remove", "Take a node out of the cluster, for ever");
  const auto o = of_node(*command);
  command->add_flag("--yes", o->yes, "Yes, take it out");
  command->footer(
      "Ask another node than the one that is removed. Its store is of no use to the cluster any\n"
      "more; with an empty one it may join again. To replace a node, add the new one first.\n"
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster remove n4 --yes");
  add_order(
      *command, o, chosen,
      [](const client& asking, const order& what) -> result<void> {
        if (!what.yes) {
          return error{errc::invalid_argument,
                       what.node + " cannot come back with its store; say --yes if that is meant"};
        }
        const auto seen = see(asking);
        if (!seen) return seen.error();
        if (seen->node == what.node) {
          return error{errc::invalid_argument,
                       "a node does not hear the end of its own removal; ask another one"};
        }
        return asking.remove_node(what.node);
      },
      [](const seen_cluster& seen, const order& what) { return removed(seen, what.node); });
}

void add_move(CLI::App& group, cluster_work& chosen) {
  CLI::App* command = group.add_subcommand("move", "Have a node lead a partition");
  auto o = std::make_shared<order>();
  command->add_option("partition", o->partition, "Number of the partition")
      ->type_name("PARTITION")
      ->check(whole_number(0))
      ->required();
  command->add_option("node", o->node, "Name of the node")->type_name("NAME")->required();
  command->footer(
      "Leads spread evenly by themselves, so a node keeps one more than others, and not many.\n"
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster move 12 n2");
  add_order(
      *command, o, chosen,
      [](const client& asking, const order& what) {
        return asking.move_lead({what.partition}, what.node);
      },
      [](const seen_cluster& seen, const order& what) {
        return moved(seen, what.partition, what.node);
      });
}

void add_voters(CLI::App& group, cluster_work& chosen) {
  CLI::App* command =
      group.add_subcommand("voters", "Say how many nodes vote in each partition; 3 at first");
  auto o = std::make_shared<order>();
  command->add_option("count", o->voters, "How many, 1 to 7; an odd number")
      ->type_name("COUNT")
      ->check(whole_number(1))
      ->required();
  command->footer(
      "A command is acknowledged once a majority of them has it on disk; as long as there is a\n"
      "majority, the partition is served. Which nodes vote where follows from their ids, spread\n"
      "evenly. Every other node keeps its copy of the partition up to date.\n"
      "Examples:\n"
      "  reprise --node 127.0.0.1:8001 cluster voters 5");
  add_order(
      *command, o, chosen,
      [](const client& asking, const order& what) { return asking.set_voters(what.voters); },
      [](const seen_cluster& seen, const order& what) { return voting(seen, what.voters); });
}

}  // namespace

void add_cluster_orders(CLI::App& group, cluster_work& chosen) {
  add_add(group, chosen);
  add_drain(group, chosen);
  add_remove(group, chosen);
  add_voters(group, chosen);
  add_move(group, chosen);
}

}  // namespace reprise::cli
