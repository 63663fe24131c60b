// SPDX-License-Identifier: Apache-2.0
#include "cluster/node_registry.hpp"

#include "base/checksum.hpp"
#include "base/random.hpp"
#include "cluster/chosen_voters.hpp"

#include <algorithm>
#include <utility>

namespace reprise::cluster {
namespace {

constexpr std::size_t name_bytes_max = 63;
constexpr std::size_t host_bytes_max = 255;

error incompatible(std::string why) {
  return {errc::incompatible, std::move(why)};
}
error invalid(std::string why) {
  return {errc::invalid_argument, "cluster: " + std::move(why)};
}

// Which beginning of a cluster the founders' logs are from.
cluster_founding founding_of(const roster& founders, const std::array<std::byte, 16>& cluster) {
  std::string text;
  for (const auto& [id, entry] : founders.entries()) text += entry.node.name + "\n";
  bytes all(cluster.begin(), cluster.end());
  const auto names = std::as_bytes(std::span(text));
  all.insert(all.end(), names.begin(), names.end());
  return base::checksum128(all);
}

// Above all founders, and short enough to be read.
replica_id drawn_id(std::uint64_t seed) {
  base::random random(seed);
  constexpr std::uint64_t first = std::uint64_t{1} << 32U;
  constexpr std::uint64_t last = (std::uint64_t{1} << 48U) - 1;
  return {first + random.next() % (last - first)};
}

// What a node alone has stored is one log's beginning, and nobody else's: other founders would
// begin theirs with nothing, and so would the cluster of whoever joins.
result<void> check_begins_alone(const persistence::replicated_journal& journal,
                                const std::vector<cluster_node>& founders) {
  if (!journal.stands_alone() || founders.size() == 1) return {};
  for (std::uint32_t i = 0; i < journal.partitions(); ++i) {
    if (journal.last_index({i}) == 0) continue;
    return incompatible(
        "the store holds what a node that stood alone has written: begin the cluster with this "
        "node as the only one, and add the others once it works");
  }
  return {};
}

}  // namespace

result<void> check(const cluster_node& node) {
  if (node.name.empty() || node.name.size() > name_bytes_max) {
    return invalid("a node's name has 1 to 63 characters");
  }
  if (node.host.empty() || node.host.size() > host_bytes_max || node.port == 0) {
    return invalid("node " + node.name + " has no address, or too long a one");
  }
  return {};
}

result<node_registry> node_registry::open(persistence::replicated_journal& journal,
                                          const options& how) {
  node_registry made(journal, how.copies);
  const auto stored = journal.cluster_note();
  if (!stored) return stored.error();
  if (stored->empty()) {
    if (auto fine = check_begins_alone(journal, how.founders); !fine) {
      return std::move(fine).error();
    }
    cluster_memory fresh{.cluster = how.cluster, .self = {}, .name = how.self.name};
    fresh.nodes = roster::of_founders(how.founders);
    if (how.founders.empty()) {
      fresh.self = drawn_id(how.seed);
    } else {
      fresh.self = fresh.nodes.present(how.self.name);
      fresh.founding = founding_of(fresh.nodes, how.cluster);
    }
    if (fresh.self.value == 0) return invalid("a node is a member of its own cluster");
    made.say_own_copies(fresh);
    made.memory_ = std::move(fresh);
    made.is_new_ = true;
    return made;
  }
  auto memory = decode_memory(*stored);
  if (!memory) return std::move(memory).error();
  made.memory_ = std::move(*memory);
  if (made.memory_.cluster != how.cluster) {
    return incompatible("the store belongs to another cluster");
  }
  if (made.memory_.name != how.self.name) {
    return incompatible("the store belongs to node " + made.memory_.name +
                        ", it cannot be that of " + how.self.name + ": a copy would vote twice");
  }
  cluster_memory known = made.memory_;
  made.say_own_copies(known);
  if (known == made.memory_) return made;
  if (auto saved = made.save(std::move(known)); !saved) return std::move(saved).error();
  return made;
}

// As soon as it is in the roster; nobody else says it.
void node_registry::say_own_copies(cluster_memory& known) const {
  const roster_entry* const own = known.nodes.find(known.self);
  if (own == nullptr || own->copies.value == copies_) return;
  known.nodes.change_copies(known.self, copies_);
}

// Whatever has been wished of them since: another founder may have begun this log before.
membership node_registry::founders(partition_id partition) const {
  std::vector<replica_id> ids;
  for (const auto& [id, entry] : memory_.nodes.entries()) {
    if (id.value <= nodes_max) ids.push_back(id);
  }
  const std::set<replica_id> vote = chosen_of(partition, ids, voter_count{}.value);
  membership all;
  for (const replica_id id : ids) {
    all.push_back({id, vote.contains(id) ? member_role::voter : member_role::learner});
  }
  return all;
}

bool node_registry::takes_part() const {
  const roster_entry* const own = memory_.nodes.find(memory_.self);
  return own != nullptr && own->wish != node_wish::gone;
}

bytes node_registry::introduction() const {
  return encode(peer_introduction{.id = memory_.self,
                                  .store = journal_->uuid(),
                                  .partitions = partitions_,
                                  .founding = memory_.founding,
                                  .nodes = memory_.nodes});
}

std::optional<error> node_registry::objection(const std::string& name,
                                              const peer_introduction& said,
                                              const cluster_memory& known) const {
  if (said.partitions != partitions_) {
    return incompatible("it has " + std::to_string(said.partitions) +
                        " partitions, this node has " + std::to_string(partitions_));
  }
  const cluster_founding none{};
  if (said.founding != known.founding && said.founding != none && known.founding != none) {
    return incompatible(
        "its cluster began with other nodes than this one's; a node that is to join one begins "
        "with "
        "an empty store, and as one that joins");
  }
  if (said.id == known.self) return incompatible("it takes itself for this node");
  const roster_entry* const entry = known.nodes.find(said.id);
  if (entry == nullptr) {
    const replica_id other = known.nodes.present(name);
    if (other.value == 0) return incompatible("it was not added to this cluster yet");
    return incompatible("it takes itself for replica " + std::to_string(said.id.value) + ", not " +
                        std::to_string(other.value) +
                        ": its list of nodes differs, or its store is a new one");
  }
  if (entry->node.name != name) {
    return incompatible("it takes itself for replica " + std::to_string(said.id.value) +
                        ", which is " + entry->node.name + ": its list of nodes differs");
  }
  return {};
}

result<node_registry::meeting> node_registry::meet(const std::string& name,
                                                   bytes_view introduction) {
  const auto said = decode_introduction(introduction);
  if (!said) return said.error();
  cluster_memory changed = memory_;
  const bool is_new_here = memory_.nodes.find(memory_.self) == nullptr;
  if (is_new_here && changed.founding == cluster_founding{}) changed.founding = said->founding;
  const bool knows_this_node = said->nodes.find(memory_.self) != nullptr;
  if ((is_new_here || knows_this_node) && changed.founding == said->founding) {
    changed.nodes.merge(said->nodes);
  }
  const auto asked_for = invited_.find(name);
  const bool joins = said->id.value > nodes_max;
  if (asked_for != invited_.end() && joins && changed.nodes.find(said->id) == nullptr &&
      changed.nodes.present(name).value == 0) {
    changed.nodes.change(said->id, asked_for->second, node_wish::voter);
  }
  if (const auto why = objection(name, *said, changed)) return *why;
  if (auto met = changed.meet(*said, journal_->uuid()); !met) return std::move(met).error();
  changed.nodes.merge(said->nodes);
  say_own_copies(changed);
  const meeting done{.peer = said->id,
                     .roster_changed = changed.nodes != memory_.nodes,
                     .peer_knows_less = changed.nodes != said->nodes};
  if (changed != memory_) {
    if (auto saved = save(std::move(changed)); !saved) return std::move(saved).error();
  }
  std::erase_if(invited_,
                [&](const auto& each) { return memory_.nodes.present(each.first).value != 0; });
  return done;
}

result<bool> node_registry::invite(const cluster_node& node) {
  if (auto fine = check(node); !fine) return std::move(fine).error();
  const replica_id there = memory_.nodes.present(node.name);
  if (there.value == 0) {
    const std::size_t count =
        memory_.nodes.count(node_wish::voter) + memory_.nodes.count(node_wish::learner);
    if (count + invited_.size() >= nodes_max && !invited_.contains(node.name)) {
      return invalid("there are 7 nodes already, remove one first");
    }
    invited_.insert_or_assign(node.name, node);
    return false;
  }
  const roster_entry& now = *memory_.nodes.find(there);
  if (now.wish == node_wish::voter && now.node == node) return false;
  cluster_memory changed = memory_;
  changed.nodes.change(there, node, node_wish::voter);
  if (auto saved = save(std::move(changed)); !saved) return std::move(saved).error();
  return true;
}

result<bool> node_registry::wish(const std::string& name, node_wish what) {
  const replica_id id = memory_.nodes.present(name);
  if (id.value == 0) {
    if (what == node_wish::gone && invited_.erase(name) > 0) return false;
    const bool was_there = std::ranges::any_of(
        memory_.nodes.entries(), [&](const auto& each) { return each.second.node.name == name; });
    if (was_there && what == node_wish::gone) return false;
    return invalid("there is no node " + name);
  }
  const roster_entry& now = *memory_.nodes.find(id);
  if (now.wish == what) return false;
  if (now.wish == node_wish::voter && memory_.nodes.count(node_wish::voter) == 1) {
    return invalid(name + " is the only node that votes; add another one first");
  }
  cluster_memory changed = memory_;
  changed.nodes.change(id, now.node, what);
  if (auto saved = save(std::move(changed)); !saved) return std::move(saved).error();
  return true;
}

result<bool> node_registry::wish_voters(std::size_t count) {
  if (count < 1 || count > nodes_max) {
    return invalid("1 to " + std::to_string(nodes_max) + " nodes can vote in a partition");
  }
  if (memory_.nodes.voters() == count) return false;
  cluster_memory changed = memory_;
  changed.nodes.change_voters(static_cast<std::uint8_t>(count));
  if (auto saved = save(std::move(changed)); !saved) return std::move(saved).error();
  return true;
}

result<void> node_registry::save(cluster_memory changed) {
  if (changed.nodes.entries().size() > roster_entries_max ||
      changed.met.size() > roster_entries_max) {
    return error{errc::too_large, "the cluster has had too many nodes in its life: more than " +
                                      std::to_string(roster_entries_max)};
  }
  if (auto saved = journal_->save_cluster_note(encode(changed)); !saved) {
    return error{saved.error().code,
                 "this node cannot remember its cluster: " + saved.error().message};
  }
  memory_ = std::move(changed);
  return {};
}

}  // namespace reprise::cluster
