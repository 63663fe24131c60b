// SPDX-License-Identifier: Apache-2.0
#include "cluster/roster.hpp"

#include "cluster/roster.capnp.h"
#include "cluster/wire_bytes.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace reprise::cluster {
namespace {

// Any order will do where versions are alike, as long as all nodes have the same.
auto rank(const roster_entry& e) {
  return std::make_tuple(e.wish == node_wish::gone, e.version, e.wish, e.node.name, e.node.host,
                         e.node.port);
}
auto rank(const copies_choice& c) {
  return std::make_tuple(c.version, c.value);
}
auto rank(const voter_count& c) {
  return std::make_tuple(c.version, c.value);
}

}  // namespace

roster roster::of_founders(std::span<const cluster_node> founders) {
  std::vector<cluster_node> in_order(founders.begin(), founders.end());
  std::ranges::sort(in_order, {}, &cluster_node::name);
  roster made;
  for (const cluster_node& node : in_order) {
    made.entries_.emplace(replica_id{made.entries_.size() + 1}, roster_entry{.node = node});
  }
  return made;
}

bool roster::merge(const roster& other) {
  bool changed = merge(other.voters_);
  for (const auto& [id, entry] : other.entries_) changed = merge(id, entry) || changed;
  return changed;
}

bool roster::merge(replica_id id, const roster_entry& other) {
  const auto [at, is_new] = entries_.emplace(id, other);
  if (is_new) return true;
  roster_entry& mine = at->second;
  const bool is_newer = rank(other) > rank(mine);
  if (is_newer) {
    mine.node = other.node;
    mine.wish = other.wish;
    mine.version = other.version;
  }
  const bool says_more = rank(other.copies) > rank(mine.copies);
  if (says_more) mine.copies = other.copies;
  return is_newer || says_more;
}

bool roster::merge(const voter_count& other) {
  if (rank(other) <= rank(voters_)) return false;
  voters_ = other;
  return true;
}

void roster::change_voters(std::uint8_t count) {
  merge({.value = count, .version = voters_.version + 1});
}

void roster::change(replica_id id, const cluster_node& node, node_wish wish) {
  const roster_entry* const now = find(id);
  merge(id, {.node = node, .wish = wish, .version = now == nullptr ? 1 : now->version + 1});
}

void roster::change_copies(replica_id id, node_copies which) {
  copies_choice& copies = entries_.at(id).copies;
  copies = {.value = which, .version = copies.version + 1};
}

const roster_entry* roster::find(replica_id id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

bool roster::wishes(replica_id id, node_wish what) const {
  const roster_entry* const entry = find(id);
  return entry != nullptr && entry->wish == what;
}

replica_id roster::present(std::string_view name) const {
  for (const auto& [id, entry] : entries_) {
    if (entry.node.name == name && entry.wish != node_wish::gone) return id;
  }
  return {};
}

std::size_t roster::count(node_wish wish) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [&](const auto& each) { return each.second.wish == wish; }));
}

bytes encode(const roster& from) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<roster_wire::Roster>();
  if (from.voters_told().version != 0) {
    root.setVoters(from.voters_told().value);
    root.setVotersVersion(from.voters_told().version);
  }
  auto nodes = root.initNodes(static_cast<unsigned>(from.entries().size()));
  unsigned i = 0;
  for (const auto& [id, entry] : from.entries()) {
    auto to = nodes[i++];
    to.setReplica(id.value);
    to.setVersion(entry.version);
    to.setWish(static_cast<std::uint8_t>(entry.wish));
    to.setPort(entry.node.port);
    to.setName(as_data(entry.node.name));
    to.setHost(as_data(entry.node.host));
    to.setCopies(static_cast<std::uint8_t>(entry.copies.value));
    to.setCopiesVersion(entry.copies.version);
  }
  return flat(message);
}

result<roster> decode_roster(bytes_view from) {
  return reading<roster_wire::Roster>(from, [](roster_wire::Roster::Reader root) -> result<roster> {
    const auto nodes = root.getNodes();
    if (nodes.size() > roster_entries_max) return malformed("too many nodes");
    roster read;
    if (root.getVotersVersion() != 0) {
      const bool can_be = root.getVoters() >= 1 && root.getVoters() <= nodes_max;
      if (!can_be) return malformed("a number of voters that there cannot be");
      read.merge({.value = root.getVoters(), .version = root.getVotersVersion()});
    }
    for (const auto node : nodes) {
      const replica_id id{node.getReplica()};
      const bool sound = id.value != 0 && node.getVersion() != 0 && read.find(id) == nullptr &&
                         node.getWish() <= static_cast<std::uint8_t>(node_wish::gone) &&
                         node.getCopies() <= static_cast<std::uint8_t>(node_copies::chosen) &&
                         node.getName().size() != 0;
      if (!sound) return malformed("a node that there cannot be");
      read.merge(id, {.node = {text(node.getName()), text(node.getHost()), node.getPort()},
                      .wish = static_cast<node_wish>(node.getWish()),
                      .version = node.getVersion(),
                      .copies = {.value = static_cast<node_copies>(node.getCopies()),
                                 .version = node.getCopiesVersion()}});
    }
    return read;
  });
}

}  // namespace reprise::cluster
