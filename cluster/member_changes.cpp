// SPDX-License-Identifier: Apache-2.0
#include "cluster/member_changes.hpp"

#include <algorithm>

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

}  // namespace

std::optional<membership_change> next_change(const membership& now, const roster& wished,
                                             const std::function<bool(replica_id)>& is_here) {
  for (const auto& [id, entry] : wished.entries()) {
    if (entry.wish == node_wish::gone || !is_here(id)) continue;
    if (const auto step = gain(now, id, entry.wish)) return step;
  }
  const bool somebody_stays = std::ranges::any_of(now, [&](const member& m) {
    return m.role == member_role::voter && wished.wishes(m.id, node_wish::voter);
  });
  if (!somebody_stays) return {};
  for (const auto& [id, entry] : wished.entries()) {
    if (const auto step = loss(now, id, entry.wish)) return step;
  }
  return {};
}

}  // namespace reprise::cluster
