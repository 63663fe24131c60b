// SPDX-License-Identifier: Apache-2.0
#include "cluster/replica_group.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace reprise::cluster {
namespace {

// Questions and answers get lost; then another peer is asked.
constexpr unsigned ticks_before_asking_again = 4;

persistence::replica_write as_stored(partition_id partition, std::uint64_t number,
                                     const log_write& write) {
  persistence::replica_write out{.partition = partition, .number = number};
  if (write.state) {
    out.state = persistence::replica_state{write.state->term.value, write.state->vote.value};
  }
  if (write.cut_from) out.cut_from = write.cut_from->value;
  out.entries.reserve(write.entries.size());
  for (const log_entry& entry : write.entries) {
    out.entries.push_back({.header = entry.header,
                           .stored = entry.stored,
                           .members = entry.kind == entry_kind::members});
  }
  return out;
}

}  // namespace

result<std::unique_ptr<replica_group>> replica_group::start(
    const options& how, persistence::replicated_journal& journal, replica_surroundings& around,
    const base::clock& time, memory_budget& budget) {
  std::unique_ptr<replica_group> made(new replica_group(how, journal, around));
  if (const auto damage = journal.damage(made->partition_)) return *damage;
  const auto log = recover_log(
      made->log_, {.partition = made->partition_,
                   .applied = {journal.folded_index(made->partition_)},
                   .kept_bytes = std::min(how.raft.kept_bytes, how.raft.kept_bytes_shared),
                   .kept_entries_max = how.raft.kept_entries_max});
  if (!log) return log.error();
  auto core = raft_core::start(how.raft, *log, time, budget);
  if (!core) return std::move(core).error();
  made->core_ = std::move(*core);
  made->members_ = log->members;
  made->turn();
  return made;
}

void replica_group::tick() {
  if (failure_ || told_role_) return;
  core_->tick();
  if (fill_ && ++ticks_since_asked_ >= ticks_before_asking_again) ask_for_entries();
  turn();
}

result<void> replica_group::receive(replica_id from, bytes_view message) {
  if (failure_) return {};
  told_role_.reset();
  auto received = core_->receive(from, message);
  turn();
  return received;
}

void replica_group::written(std::uint64_t number) {
  write_number confirmed{};
  while (!numbers_.empty() && numbers_.front().number <= number) {
    confirmed = std::max(confirmed, numbers_.front().of_core);
    numbers_.pop_front();
  }
  if (failure_) return;
  if (confirmed.value > 0) core_->written(confirmed);
  if (fill_ && all_written()) ask_for_entries();
  turn();
}

void replica_group::lost(replica_id peer) {
  if (failure_) return;
  core_->lost(peer);
  turn();
}

void replica_group::folded() {
  if (failure_) return;
  open_if_ready();
  propose();
  note_current();
}

void replica_group::storage(storage_state state) {
  storage_ = state;
  if (failure_) return;
  core_->storage(state);
  if (state == storage_state::full && open_) shut({errc::disk_full, "the store is full"});
  turn();
}

void replica_group::fail(const error& why) {
  if (failure_) return;
  failure_ = why;
  change_ = 0;
  if (open_) shut(led_elsewhere());
  note_role();
}

void replica_group::hear(const heard_lead& lead) {
  if (failure_) return;
  const leadership now = core_->leadership();
  const lead_notice& told = lead.last();
  if (now.leader.value != 0 && !told_role_ && now.term > told.in_term) return;
  if (contains(told.members, options_.raft.self)) {
    told_role_.reset();
  } else if (!open_) {
    members_ = told.members;
    told_role_ = {.leads = false, .leader = lead.leader(), .in_term = told.in_term};
  }
  note_role();
}

bool replica_group::is_member() const {
  return !told_role_ && contains(members_, options_.raft.self);
}

void replica_group::turn() {
  consensus_output output = core_->take_output();
  if (output.failure) {
    base::log(base::log_level::error, "partition " + std::to_string(partition_.value) +
                                          " is stopped on this node: " + output.failure->message);
    fail(*output.failure);
    return;
  }
  for (const log_write& write : output.writes) push(write);
  for (const outbound_message& message : output.messages) {
    around_.carry({.partition = partition_,
                   .from = options_.raft.self,
                   .to = message.to,
                   .body = message.body});
  }
  for (const settled_request& settled : output.settled) settle(settled);
  if (output.members) members_ = std::move(*output.members);
  if (output.fill) wanted_ = output.fill;

  const leadership now = core_->leadership();
  if (now.state != replica_state::leader) change_ = 0;
  const bool still = now.state == replica_state::leader && now.term == open_in_;
  // Before anything else is folded: what was staged rests on what is about to change.
  if (open_ && (!still || lost_proposal_ || core_->last_index() != last_own_)) {
    shut(led_elsewhere());
  }
  lost_proposal_ = false;
  follow_readable(core_->readable());
  if (wanted_ || fill_) fill_on();
  open_if_ready();
  note_role();
  note_current();
  // Nobody took over: what was held back meanwhile goes on.
  if (holds_back_ && !now.hands_over) propose();
}

void replica_group::push(const log_write& write) {
  const std::uint64_t number = ++last_number_;
  numbers_.push_back({number, write.number});
  persistence::replica_write stored = as_stored(partition_, number, write);
  stored.staged = open_;
  journal_.write(std::move(stored));
}

void replica_group::settle(const settled_request& settled) {
  if (settled.request == change_) {
    change_ = 0;
    return;
  }
  const auto proposal = std::ranges::find(proposals_, settled.request, &asked_proposal::request);
  // One that is committed is answered once it is durable here, too.
  if (proposal != proposals_.end() && !settled.committed) lost_proposal_ = true;
}

void replica_group::follow_readable(committed_place readable) {
  if (open_) {
    // Most turns commit nothing.
    if (proposals_.empty() || proposals_.front().index > readable.index) return;
    journal_.commit_staged(partition_, readable.index.value);
    while (!proposals_.empty() && proposals_.front().index <= readable.index) {
      proposals_.pop_front();
    }
    propose();
    return;
  }
  if (readable.index <= fold_ordered_) return;
  fold_ordered_ = readable.index;
  journal_.fold(partition_, readable.index.value);
}

void replica_group::open_if_ready() {
  if (open_ || failure_ || storage_ == storage_state::full) return;
  const leadership now = core_->leadership();
  if (now.state != replica_state::leader || !now.ready || now.hands_over) return;
  const log_index last = core_->last_index();
  if (journal_.folded_index(partition_) != last.value) return;
  journal_.open_for_appends(partition_);
  open_ = true;
  open_in_ = now.term;
  last_own_ = last;
  note_role();
}

void replica_group::shut(const error& unproposed) {
  open_ = false;
  holds_back_ = false;
  proposals_.clear();
  note_role();
  journal_.close_for_appends(
      partition_,
      {errc::commit_unknown, "the leader of the partition changed before the commit was known"},
      unproposed);
  fold_ordered_ = {journal_.folded_index(partition_)};
}

error replica_group::led_elsewhere() const {
  return {errc::unavailable,
          "this node does not lead partition " + std::to_string(partition_.value),
          persistence::led_elsewhere};
}

void replica_group::note_role() {
  const leadership now = core_->leadership();
  replica_role role{.leads = open_ && !failure_, .leader = now.leader, .in_term = now.term};
  if (told_role_) role = *told_role_;
  if (failure_) role.leader = {};
  if (role == role_) return;
  role_ = role;
  around_.role_changed(partition_, role_);
}

// What was told is waited for until all of it is here, since under load there is always something
// newer that is not.
void replica_group::note_current() {
  const std::uint64_t folded = journal_.folded_index(partition_);
  for (int looks = 0; looks < 2; ++looks) {
    if (!told_) told_ = core_->told();
    if (!told_ || told_->committed.value > folded) return;
    current_at_.store(std::chrono::nanoseconds(told_->at.time_since_epoch()).count(),
                      std::memory_order_release);
    told_.reset();
  }
}

std::optional<base::clock::instant> replica_group::current_at() const {
  const std::int64_t at = current_at_.load(std::memory_order_acquire);
  if (at == 0) return {};
  return base::clock::instant(std::chrono::nanoseconds(at));
}

void replica_group::propose() {
  if (open_ && propose_staged(options_.proposals_max)) turn();
}

// Proposes what is staged, up to so many entries on their way. Whether anything came of it. While
// it hands over, all of it waits: refused, it would be decided anew here, and refused again.
bool replica_group::propose_staged(std::size_t most) {
  holds_back_ = core_->leadership().hands_over;
  if (holds_back_) return false;
  bool proposed = false;
  while (open_ && proposals_.size() < most) {
    const persistence::staged_entry* const staged = journal_.take_staged(partition_);
    if (staged == nullptr) break;
    const auto request = core_->propose({.records = staged->header.records,
                                         .first = staged->header.first,
                                         .offsets = staged->offsets,
                                         .body = staged->body});
    if (!request) {
      const errc code = request.error().code;
      const bool its_own_fault = code == errc::disk_full || code == errc::overloaded;
      shut(its_own_fault ? request.error() : led_elsewhere());
    } else {
      note_proposal(*request);
    }
    proposed = true;
  }
  return proposed;
}

void replica_group::note_proposal(std::uint64_t request) {
  last_own_ = core_->last_index();
  proposals_.push_back({request, last_own_});
}

result<void> replica_group::hand_over(replica_id to) {
  if (failure_) return *failure_;
  const auto request = core_->transfer_leadership(to);
  turn();
  if (!request) return request.error();
  return {};
}

result<void> replica_group::change_membership(const membership_change& change) {
  if (failure_) return *failure_;
  // What is staged has its places already, so that goes first.
  static_cast<void>(propose_staged(std::numeric_limits<std::size_t>::max()));
  const auto request = core_->change_membership(change);
  if (request) change_ = *request;
  turn();
  if (!request) return request.error();
  return {};
}

void replica_group::take(fill_answer answer, log_index from) {
  if (failure_ || !fill_ || !all_written() || fill_->done()) return;
  if (fill_->next_question().from != from) return;
  if (answer.entries.empty()) return ask_for_entries();
  filling_ = std::move(answer);
  const auto write = fill_->take(filling_);
  if (!write) {
    base::log(base::log_level::warning, "partition " + std::to_string(partition_.value) +
                                            " is not filled: " + write.error().message);
    return ask_for_entries();
  }
  push(*write);
}

void replica_group::fill_on() {
  if (!all_written()) return;
  if (wanted_) {
    auto begun = log_fill::begin(partition_, *wanted_, log_);
    wanted_.reset();
    if (!begun) return fail(begun.error());
    fill_ = *begun;
    ask_for_entries();
    return;
  }
  if (!fill_->done()) return;
  const position last = fill_->last();
  fill_.reset();
  filling_ = {};
  core_->filled(last);
  turn();
}

void replica_group::ask_for_entries() {
  ticks_since_asked_ = 0;
  if (!fill_ || fill_->done() || !all_written()) return;
  // When nobody can be asked, the next tick asks again.
  static_cast<void>(around_.ask_to_fill(partition_, fill_->next_question()));
}

}  // namespace reprise::cluster
