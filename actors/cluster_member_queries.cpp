// SPDX-License-Identifier: Apache-2.0
//
// What a node of a cluster does for clients that ask the node itself: reads its store, orders
// something of its projections, or of its cluster.
#include "actors/cluster_member.hpp"
#include "actors/remote_orders.hpp"
#include "cluster/node_query.hpp"

#include <limits>
#include <string>
#include <utility>
#include <variant>

namespace reprise::actors {

using cluster::frame_kind;
using cluster::replica_id;

namespace {

// Of those that wait for a thread, or have one.
constexpr std::uint32_t reads_max = 64;
// One answer must fit into one message.
constexpr std::size_t answer_bytes_max = std::size_t{5} << 20U;
constexpr std::size_t history_bytes_max = std::size_t{1} << 20U;

result<detail::raw_answer> read_history(const persistence::journal& journal,
                                        const cluster::history_query& query) {
  const partition_id home = journal.partition_of(query.aggregate);
  if (journal.committed(home) < query.after) {
    return error{errc::unavailable, "this node's copy does not reach so far yet",
                 persistence::led_elsewhere};
  }
  history_page page;
  std::size_t bytes = 0;
  const std::uint64_t most =
      query.limit == 0 ? std::numeric_limits<std::uint32_t>::max() : std::uint64_t{query.limit};
  const auto read = journal.read(
      query.aggregate, {.from = query.from, .limit = most},
      [&](const persistence::stored_record& record) {
        page.events.push_back({.sequence = record.sequence,
                               .at = record.at,
                               .time = record.time,
                               .type = record.event_type,
                               .id = record.event,
                               .command = record.command,
                               .payload = {record.payload.begin(), record.payload.end()}});
        bytes += sizeof(past_event) + record.payload.size();
        return bytes < history_bytes_max;
      });
  if (!read && read.error().code != errc::not_found) return read.error();
  page.end = !read || read->end;
  return detail::raw_answer{.reply = cluster::encode(page)};
}

}  // namespace

result<void> cluster_member::check_held(partition_id partition) const {
  if (partition.value >= replicas_->partitions() || replicas_->holds(partition)) return {};
  return error{errc::unavailable,
               "this node has no copy of partition " + std::to_string(partition.value) +
                   "; ask one that has copies of all",
               persistence::led_elsewhere};
}

void cluster_member::answer_query(const detail::outgoing_command& command, answer then) {
  if (command.command == cluster::order_command) {
    const auto order = cluster::decode_node_order(command.payload);
    const auto done = order ? carry_out(*order) : result<void>(order.error());
    router_.flush();
    return done ? then(detail::raw_answer{}) : then(done.error());
  }
  if (command.command == cluster::history_command) {
    auto query = cluster::decode_history_query(command.payload);
    if (!query) return then(query.error());
    const auto held = check_held(around_.journal.partition_of(query->aggregate));
    if (!held) return then(held.error());
    // It reads the disk, so it is done elsewhere.
    around_.blocking.submit([this, query = std::move(*query), then = std::move(then)] {
      then(read_history(around_.journal, query));
    });
    return;
  }
  if (command.command == cluster::store_command) return read_store(command, std::move(then));
  if (command.command == cluster::projection_command) {
    return change_projection(command, std::move(then));
  }
  then(error{errc::unknown_command, "a node knows no such query"});
}

void cluster_member::read_store(const detail::outgoing_command& command, answer then) {
  auto query = cluster::decode_store_query(command.payload);
  if (!query) return then(query.error());
  if (std::holds_alternative<cluster::ends_query>(query->what)) {
    const auto deadline = around_.time.steady() + answer_timeout(command.how.timeout);
    const auto tell = [then = std::move(then)](const result<cluster::committed_ends>& ends) {
      ends ? then(detail::raw_answer{.reply = cluster::encode(*ends)}) : then(ends.error());
    };
    // What is given up is so at a tick of the links.
    return replicas_->ask_ends(deadline - options_.heartbeat, tell);
  }
  const auto home = partition_in(query->what, around_.journal);
  if (const auto held = home ? check_held(*home) : result<void>(); !held) {
    return then(held.error());
  }
  if (reads_.fetch_add(1) >= reads_max) {
    reads_.fetch_sub(1);
    return then(error{errc::overloaded, "too many clients read this node's store"});
  }
  around_.blocking.submit([this, query = std::move(*query), then = std::move(then)] {
    auto found = answer_to(query, around_.store);
    reads_.fetch_sub(1);
    if (!found) return then(std::move(found).error());
    if (found->size() > answer_bytes_max) {
      return then(error{errc::too_large, "the answer takes " + std::to_string(found->size()) +
                                             " bytes; read the store where it is"});
    }
    then(detail::raw_answer{.reply = std::move(*found)});
  });
}

void cluster_member::change_projection(const detail::outgoing_command& command, answer then) {
  auto order = cluster::decode_projection_order(command.payload);
  if (!order) return then(order.error());
  orders_.ask(
      command.how.id, command.payload,
      [this, what = order_in(std::move(*order))]() -> result<bytes> {
        auto done = around_.change(what);
        if (!done) return std::move(done).error();
        return encode(cluster::projection_answer{.tried = std::move(done->tried),
                                                 .about = std::move(done->about)});
      },
      [then = std::move(then)](const result<bytes>& done) {
        if (!done) return then(done.error());
        then(detail::raw_answer{.reply = *done});
      });
}

result<void> cluster_member::carry_out(const cluster::node_order& order) {
  using kind = cluster::node_order::kind;
  const cluster::node_registry& registry = replicas_->registry();
  const auto elsewhere = [](std::string why) {
    return error{errc::unavailable, std::move(why), persistence::led_elsewhere};
  };
  // One that is gone may be the last that still serves.
  const bool takes_part = registry.takes_part() || !replicas_->is_out(registry.self());
  if (!takes_part) return elsewhere("this node takes no part in the cluster itself");
  switch (order.what) {
    case kind::add:
      return replicas_->invite(order.node);
    case kind::drain:
      return replicas_->wish(order.node.name, cluster::node_wish::learner);
    case kind::remove:
      return replicas_->wish(order.node.name, cluster::node_wish::gone);
    case kind::voters:
      return replicas_->wish_voters(order.count);
    case kind::lead:
      break;
  }
  if (order.partition.value >= replicas_->partitions()) {
    return error{
        errc::invalid_argument,
        "cluster: there are " + std::to_string(replicas_->partitions()) + " partitions, from 0"};
  }
  const replica_id to = registry.nodes().present(order.node.name);
  if (to.value == 0) {
    return error{errc::invalid_argument, "cluster: there is no node " + order.node.name};
  }
  if (replicas_->leader(order.partition) == to) return {};
  if (leads(order.partition)) return replicas_->hand_over(order.partition, to);
  if (send(replicas_->leader(order.partition), frame_kind::order, encode(order))) return {};
  return elsewhere("this node knows no leader of the partition");
}

}  // namespace reprise::actors
