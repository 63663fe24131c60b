// SPDX-License-Identifier: Apache-2.0
#include "cluster/member_changes.hpp"

#include "cluster/chosen_voters.hpp"

#include <algorithm>
#include <cstddef>

namespace reprise::cluster {
namespace {

using kind = membership_change::kind;

std::optional<member_role> role_in(const membership& now, replica_id id) {
  const auto found = std::ranges::find(now, id, &member::id);
  if (found == now.end()) return {};
  return found->role;
}

// What brings a node in.
std::optional<membership_change> gain(const membership& now, replica_id id, node_wish wish) {
  const auto role = role_in(now, id);
  if (!role || role == member_role::spare) return membership_change{kind::add, id};
  if (wish == node_wish::voter && role == member_role::learner) {
    return membership_change{kind::promote, id};
  }
  return {};
}

// What takes it out, or its vote.
std::optional<membership_change> loss(const membership& now, replica_id id, node_wish wish) {
  const auto role = role_in(now, id);
  if (!role) return {};
  if (wish == node_wish::gone) return membership_change{kind::remove, id};
  if (wish == node_wish::learner && role == member_role::voter) {
    return membership_change{kind::demote, id};
  }
  return {};
}

// Whether those who vote are still enough to decide without this one: what takes its vote counts as
// soon as it is written, and must be agreed on by the others alone.
bool can_do_without(const membership& now, replica_id id,
                    const std::function<bool(replica_id)>& is_here) {
  std::size_t voters = 0;
  std::size_t here = 0;
  for (const member& m : now) {
    if (m.role != member_role::voter || m.id == id) continue;
    ++voters;
    here += is_here(m.id) ? 1 : 0;
  }
  return here > voters / 2;
}

}  // namespace

std::optional<membership_change> next_change(partition_id partition, const membership& now,
                                             const roster& wished,
                                             const std::function<bool(replica_id)>& is_here) {
  const std::set<replica_id> chosen = chosen_voters(partition, wished);
  const auto wish_here = [&](replica_id id, const roster_entry& entry) {
    if (entry.wish == node_wish::gone || chosen.contains(id)) return entry.wish;
    return entry.copies.value == node_copies::all ? node_wish::learner : node_wish::gone;
  };
  for (const auto& [id, entry] : wished.entries()) {
    const node_wish wish = wish_here(id, entry);
    if (wish == node_wish::gone || !is_here(id)) continue;
    if (const auto step = gain(now, id, wish)) return step;
  }
  const auto votes = [&](replica_id id) { return role_in(now, id) == member_role::voter; };
  const bool somebody_stays = std::ranges::any_of(now, [&](const member& m) {
    return m.role == member_role::voter && wished.wishes(m.id, node_wish::voter);
  });
  if (!somebody_stays) return {};
  const bool all_chosen_vote = std::ranges::all_of(chosen, votes);
  for (const auto& [id, entry] : wished.entries()) {
    const node_wish wish = all_chosen_vote ? wish_here(id, entry) : entry.wish;
    const auto step = loss(now, id, wish);
    if (step && (!votes(id) || can_do_without(now, id, is_here))) return step;
  }
  return {};
}

}  // namespace reprise::cluster
