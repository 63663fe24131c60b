// SPDX-License-Identifier: Apache-2.0
//
// What a raft_core is asked to do as a leader.
#include "base/assert.hpp"
#include "cluster/raft_core.hpp"

#include <algorithm>
#include <string>

namespace reprise::cluster {
namespace {

// The shim has refused and changed nothing.
error refusal(int code) {
  return {errc::unavailable, std::string("consensus: ") + raft_shim_reason(code)};
}

error no_room() {
  return {errc::overloaded, "too much of the log waits in memory for the followers"};
}

error invalid(std::string_view what) {
  return {errc::invalid_argument, std::string(what)};
}

}  // namespace

result<void> raft_core::leads_ready() const {
  if (failure_) return *failure_;
  if (leadership_.state != replica_state::leader || !leadership_.ready) {
    return error{errc::unavailable,
                 "replica " + std::to_string(options_.self.value) + " of partition " +
                     std::to_string(options_.partition.value) +
                     (leadership_.state == replica_state::leader ? " leads, but is not ready"
                                                                 : " does not lead"),
                 leadership_.leader.value};
  }
  if (storage_ == storage_state::full) return error{errc::disk_full, "the store is full"};
  return {};
}

result<std::uint64_t> raft_core::propose(const proposal& records) {
  if (auto may = leads_ready(); !may) return may.error();
  if (records.records == 0 || records.records > messages::entry_records_max ||
      records.records != records.offsets.size()) {
    return error{errc::too_large, "an entry has 1 to 4096 records"};
  }
  const std::size_t prefix = messages::entry_prefix_size(records.records);
  const std::size_t size = prefix + records.body.size();
  if (size > entry_bytes_max || size % 8 != 0) {
    return error{errc::too_large, "an entry of " + std::to_string(size) + " bytes; up to " +
                                      std::to_string(entry_bytes_max) + " are stored"};
  }
  if (records.first != next_position()) {
    return invalid("records at position " + std::to_string(records.first.value) + ", next is " +
                   std::to_string(next_position().value));
  }
  if (!has_room()) return no_room();
  auto* const stored = static_cast<std::byte*>(raft_shim_allocate(size));
  messages::encode_entry_prefix({.partition = options_.partition,
                                 .records = records.records,
                                 .first = records.first,
                                 .index = last_index().value + 1,
                                 .term = leadership_.term.value,
                                 .committed = committed_.at},
                                records.offsets, records.body.size(), stored);
  std::ranges::copy(records.body, stored + prefix);
  const std::uint64_t request = ++last_request_;
  if (const int code = raft_shim_propose(shim_, stored, size, request); code != 0) {
    raft_shim_free(stored);
    return refusal(code);
  }
  end_turn();
  return request;
}

membership raft_core::current_members() const {
  raft_shim_members members;
  std::uint64_t committed_index = 0;
  raft_shim_membership(shim_, &members, &committed_index);
  membership read;
  for (unsigned i = 0; i < members.count; ++i) {
    read.push_back({{members.member[i].id}, static_cast<member_role>(members.member[i].role)});
  }
  return read;
}

result<void> raft_core::check_change(const membership_change& change) const {
  using kind = membership_change::kind;
  const membership now = current_members();
  const auto found = std::ranges::find(now, change.replica, &member::id);
  const bool known = found != now.end();
  if (change.replica.value == 0) return invalid("a replica has an id");
  if (change.what == kind::add) {
    if (known && found->role != member_role::spare) return invalid("takes part already");
    if (!known && now.size() >= members_max) return invalid("too many members");
    return {};
  }
  if (!known) return invalid("does not take part");
  const bool votes = found->role == member_role::voter;
  if (change.what == kind::promote && votes) return invalid("is a voter already");
  if (change.what == kind::demote && !votes) return invalid("is no voter");
  if (votes && voters_of(now) == 1) return invalid("is the only voter");
  return {};
}

result<std::uint64_t> raft_core::change_membership(const membership_change& change) {
  using kind = membership_change::kind;
  // Before an entry of its own term is committed, a change could be counted by another majority
  // than one that an earlier leader has begun.
  if (auto may = leads_ready(); !may) return may.error();
  if (adding_) return error{errc::unavailable, "another change of the membership is running"};
  if (auto sound = check_change(change); !sound) return sound.error();
  if (change.what == kind::add) return begin_adding(change.replica);
  const std::uint64_t request = ++last_request_;
  int code = 0;
  switch (change.what) {
    case kind::promote:
      code = raft_shim_assign(shim_, change.replica.value, RAFT_SHIM_VOTER, request);
      break;
    case kind::demote:
      code = raft_shim_assign(shim_, change.replica.value, RAFT_SHIM_LEARNER, request);
      break;
    default:
      code = raft_shim_remove(shim_, change.replica.value, request);
  }
  if (code != 0) return refusal(code);
  end_turn();
  return request;
}

result<std::uint64_t> raft_core::begin_adding(replica_id replica) {
  const membership now = current_members();
  const bool named = contains(now, replica);
  const std::uint64_t request = ++last_request_;
  const int code = named ? raft_shim_assign(shim_, replica.value, RAFT_SHIM_LEARNER, request)
                         : raft_shim_add(shim_, replica.value, request);
  if (code != 0) return refusal(code);
  if (!named) adding_ = adding{.request = request, .replica = replica};
  end_turn();
  return request;
}

// libraft makes a spare of a stranger, which gets nothing until it is given a role.
void raft_core::continue_adding() {
  if (!adding_ || !adding_->named) return;
  const adding now = *adding_;
  adding_.reset();
  if (raft_shim_assign(shim_, now.replica.value, RAFT_SHIM_LEARNER, now.request) != 0) {
    output_.settled.push_back({.request = now.request, .committed = false});
  }
}

result<std::uint64_t> raft_core::transfer_leadership(replica_id to) {
  if (failure_) return *failure_;
  if (leadership_.state != replica_state::leader) {
    return error{errc::unavailable, "only a leader hands over", leadership_.leader.value};
  }
  if (to == options_.self) return invalid("leads already");
  const std::uint64_t request = ++last_request_;
  if (const int code = raft_shim_transfer(shim_, to.value, request); code != 0) {
    return refusal(code);
  }
  end_turn();
  return request;
}

bool raft_core::stuck() const {
  if (storage_ == storage_state::full) return true;
  return !pending_.empty() && clock_.steady() - pending_.front().since >= options_.stall_timeout;
}

// The voter with the most of the log, and another one than the last time where there is a choice.
replica_id raft_core::best_successor() const {
  replica_id best{};
  std::uint64_t best_match = 0;
  for (const member& each : current_members()) {
    if (each.role != member_role::voter || each.id == options_.self) continue;
    const std::uint64_t match = raft_shim_match(shim_, each.id.value);
    const bool better =
        best.value == 0 || best == handed_to_ || (each.id != handed_to_ && match > best_match);
    if (!better) continue;
    best = each.id;
    best_match = match;
  }
  return best;
}

// The core has no way to step down, but it hands over.
void raft_core::hand_over_when_stuck() {
  if (leadership_.state != replica_state::leader || own_transfer_ != 0 || !stuck()) return;
  if (raft_shim_transferee(shim_) != 0) return;
  const replica_id best = best_successor();
  if (best.value == 0) return;
  own_transfer_ = ++last_request_;
  if (raft_shim_transfer(shim_, best.value, own_transfer_) != 0) {
    own_transfer_ = 0;
    return;
  }
  handed_to_ = best;
}

}  // namespace reprise::cluster
