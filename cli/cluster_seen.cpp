// SPDX-License-Identifier: Apache-2.0
#include "cli/cluster_seen.hpp"

#include "cli/json.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace reprise::cli {
namespace {

// Throws what the JSON library throws.
seen_cluster read(const json& from) {
  seen_cluster seen{.node = from.at("node"),
                    .name = from.at("cluster"),
                    .takes_part = from.at("takes_part"),
                    .voters = from.at("voters")};
  for (const json& each : from.at("replicas")) {
    seen.partitions.push_back({.number = each.at("partition"),
                               .leader = each.at("leader"),
                               .term = each.at("term"),
                               .last_index = each.at("last_index"),
                               .committed_index = each.at("committed_index"),
                               .held = each.at("held"),
                               .failure = each.value("failure", "")});
  }
  for (const json& each : from.at("nodes")) {
    const std::string name = each.at("name");
    const auto leads = std::ranges::count(seen.partitions, name, &seen_partition::leader);
    seen.nodes.push_back({.name = name,
                          .address = each.at("address"),
                          .connected = each.at("connected"),
                          .wish = each.at("wish"),
                          .copies = each.at("copies"),
                          .votes = each.at("votes"),
                          .learns = each.at("learns"),
                          .chosen = each.at("chosen"),
                          .leads = static_cast<std::uint64_t>(leads)});
  }
  for (const json& each : from.at("invited")) seen.invited.push_back(each.at("name"));
  for (const json& each : from.at("refused")) {
    seen.refused.push_back({.name = each.at("name"), .why = each.at("why")});
  }
  return seen;
}

// What goes wrong on a network has nothing to do with files, so it gets no advice about them.
error not_reached(error why) {
  const bool known = why.code == errc::timed_out || why.code == errc::incompatible;
  if (!known) why.code = errc::unavailable;
  return why;
}

// Threads that are made as long as this lives never get what ends the process: whoever waits for it
// blocks it in his own thread, and that must be enough.
class signals_for_this_thread_only {
 public:
  signals_for_this_thread_only() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ends, &before_);
  }
  ~signals_for_this_thread_only() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_for_this_thread_only(const signals_for_this_thread_only&) = delete;
  signals_for_this_thread_only& operator=(const signals_for_this_thread_only&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

result<client> client_of(const node_access& access) {
  auto node = parse_cluster_node(access.address);
  if (!node) return std::move(node).error();
  const signals_for_this_thread_only mine;
  return client::open({.nodes = {std::move(*node)},
                       .insecure = access.authority.empty(),
                       .authority = access.authority,
                       .certificate = access.certificate,
                       .key = access.key,
                       .stale_reads = access.stale});
}

result<std::string> ask_status(const client& asking) {
  auto status = asking.status(0);
  if (!status) return not_reached(std::move(status).error());
  return status;
}

result<store_reader> store_of(const client& asking) {
  // It knows best what to say of a node that does not answer.
  if (auto there = ask_status(asking); !there) return std::move(there).error();
  auto store = asking.store();
  if (!store) return not_reached(std::move(store).error());
  return store;
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
