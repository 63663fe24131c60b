// SPDX-License-Identifier: Apache-2.0
//
// The end of a turn of a raft_core: what has changed becomes output.
#include "cluster/raft_core.hpp"

#include <algorithm>

namespace reprise::cluster {

void raft_core::end_turn() {
  raft_shim_end_turn(shim_);
  note_leadership();
  continue_adding();
  raft_shim_end_turn(shim_);
  note_committed();
  note_readable();
  note_members();
  forget();
  if (failure_) output_.failure = failure_;
}

consensus_output raft_core::take_output() {
  return std::exchange(output_, {});
}

void raft_core::note_leadership() {
  const auto state = static_cast<replica_state>(raft_shim_state_of(shim_) - RAFT_SHIM_FOLLOWER);
  const cluster::term in_term{raft_shim_term(shim_)};
  const bool leads = state == replica_state::leader;
  const bool same = state == leadership_.state && in_term == leadership_.term;
  const cluster::leadership now{.state = state,
                                .term = in_term,
                                .leader = {raft_shim_leader(shim_)},
                                .ready = same && leads && leadership_.ready,
                                .hands_over = raft_shim_transferee(shim_) != 0};
  if (now != leadership_) {
    leadership_ = now;
    output_.leadership = now;
  }
  if (leads && !leadership_.ready && own_barrier_ == 0) {
    own_barrier_ = ++last_request_;
    if (raft_shim_barrier(shim_, own_barrier_) != 0) own_barrier_ = 0;
  }
}

void raft_core::note_committed() {
  const log_index applied{raft_shim_applied(shim_)};
  if (filling_ || failure_) return;
  // The core checks this with an assertion that its builds leave out.
  if (raft_shim_committed(shim_) < applied.value) {
    failure_ = error{errc::corrupt, "the core takes back what was committed"};
    return;
  }
  if (applied <= committed_.index) return;
  committed_ = {.index = applied, .at = trail_.last_position_of(applied)};
  output_.committed = committed_;
}

void raft_core::note_readable() {
  const log_index end = std::min(committed_.index, durable_);
  if (filling_ || failure_ || end <= readable_.index) return;
  readable_ = {.index = end, .at = trail_.last_position_of(end)};
  output_.readable = readable_;
}

void raft_core::note_members() {
  raft_shim_members members;
  std::uint64_t committed_index = 0;
  raft_shim_membership(shim_, &members, &committed_index);
  if (committed_index == members_at_.value) return;
  members_at_ = {committed_index};
  output_.members = current_members();
}

// Entries that are committed and durable leave memory by themselves once they are too many: the log
// is in the store, and a follower that needs them fetches them from there.
void raft_core::forget() {
  if (filling_ || failure_) return;
  const log_index forgotten{raft_shim_forgotten(shim_)};
  if (forgotten > trail_.base_index()) trail_.forget(std::min(forgotten, trail_.last_index()));
  const std::size_t entries = trail_.last_index().value - trail_.base_index().value;
  const std::size_t kept = kept_bytes();
  const bool many = trail_.memory_bytes() > kept + std::min(options_.slack_bytes, kept / 2) ||
                    entries > options_.kept_entries_max + options_.slack_entries;
  raft_shim_wish_to_forget(shim_, many || budget_.tight() ? 1 : 0);
  budget_.change(budgeted_bytes_, memory_bytes());
  budgeted_bytes_ = memory_bytes();
}

}  // namespace reprise::cluster
