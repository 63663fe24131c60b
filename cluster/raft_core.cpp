// SPDX-License-Identifier: Apache-2.0
#include "cluster/raft_core.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace reprise::cluster {
namespace {

constexpr unsigned install_timeout_ms = 5000;
// Of messages that wait for a disk. What is beyond is lost, as a network might lose it.
constexpr std::size_t held_bytes_max = std::size_t{2} << 20U;
constexpr std::size_t held_overhead_bytes = 64;

std::size_t held_size(const outbound_message& message) {
  return message.body.size() + held_overhead_bytes;
}

raft_shim_members shim_members(const membership& from) {
  raft_shim_members to{};
  for (const member& each : from) {
    to.member[to.count++] = {each.id.value, static_cast<int>(each.role)};
  }
  return to;
}

membership members_of(const raft_shim_members& from) {
  membership to;
  for (unsigned i = 0; i < from.count; ++i) {
    to.push_back({{from.member[i].id}, static_cast<member_role>(from.member[i].role)});
  }
  return to;
}

// Entries as the shim takes them; `members` holds what those of membership point to.
std::vector<raft_shim_entry> shim_entries(const std::vector<log_entry>& from,
                                          std::deque<raft_shim_members>& members) {
  std::vector<raft_shim_entry> to;
  to.reserve(from.size());
  for (const log_entry& entry : from) {
    raft_shim_entry add{.term = entry.header.term,
                        .kind = static_cast<int>(entry.kind),
                        .bytes = nullptr,
                        .size = 0,
                        .members = nullptr};
    if (entry.kind == entry_kind::records) {
      add.bytes = entry.stored.data();
      add.size = entry.stored.size();
    }
    if (entry.kind == entry_kind::members) {
      add.members = &members.emplace_back(shim_members(entry.members));
    }
    to.push_back(add);
  }
  return to;
}

// The core leaves out a heartbeat where it has sent something within this time, takes a follower of
// which it heard nothing between two ticks for lost, and sends a lost one one message in this time.
// With the interval of the ticks itself, the first entry after a pause would wait for the next
// tick.
unsigned heartbeat_due_ms(std::chrono::milliseconds interval) {
  return static_cast<unsigned>(std::max<std::int64_t>(interval.count() / 5, 1));
}

std::uint64_t ms_of(base::clock::instant at) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count());
}

}  // namespace

raft_core::raft_core(const raft_options& options, const base::clock& clock, memory_budget& budget)
    : options_(options), clock_(clock), budget_(budget), random_(options.seed) {}

raft_core::~raft_core() {
  if (shim_ != nullptr) raft_shim_close(shim_);
  budget_.change(budgeted_bytes_, 0);
}

result<std::unique_ptr<raft_core>> raft_core::start(const raft_options& options,
                                                    const recovered_log& log,
                                                    const base::clock& clock,
                                                    memory_budget& budget) {
  std::unique_ptr<raft_core> made(new raft_core(options, clock, budget));
  if (!made->begin(log)) {
    return error{errc::incompatible, "the libraft that is linked is older than 0.22.1"};
  }
  return made;
}

bool raft_core::begin(const recovered_log& log) {
  std::vector<log_entry> entries;
  entries.reserve(log.entries.size());
  for (const bytes& stored : log.entries) {
    auto entry = open_log_entry(stored);
    REPRISE_ASSERT(entry.has_value(), "recover_log() has checked each entry");
    entries.push_back(*std::move(entry));
  }
  const position base = entries.empty() ? position{} : entries.front().header.first;
  trail_.restart({log.first.value - 1}, {base.value == 0 ? 0 : base.value - 1});
  for (const log_entry& entry : entries) {
    REPRISE_ASSERT(trail_.append(entry), "recover_log() has checked that entries fit together");
  }
  committed_ = log.committed;
  durable_ = trail_.last_index();

  std::deque<raft_shim_members> memberships;
  const std::vector<raft_shim_entry> given = shim_entries(entries, memberships);
  const raft_shim_members members = shim_members(log.members);
  const raft_shim_recovered recovered{.term = log.state.term.value,
                                      .vote = log.state.vote.value,
                                      .committed_index = log.committed.index.value,
                                      .committed_term = log.committed_term.value,
                                      .membership_index = log.membership_at.value,
                                      .members = &members,
                                      .first_index = log.first.value,
                                      .entries = given.data(),
                                      .entry_count = given.size()};
  const raft_shim_options options{
      .self = options_.self.value,
      .seed = static_cast<unsigned>(options_.seed & 0x7fffffffU),
      .election_timeout_ms = static_cast<unsigned>(options_.election_timeout.count()),
      .heartbeat_ms = heartbeat_due_ms(options_.heartbeat),
      .install_timeout_ms = install_timeout_ms,
      .inflight_entries = options_.inflight_entries_max,
      .pre_vote = options_.pre_vote ? 1 : 0};
  shim_ = raft_shim_start(&options, &recovered, &calls(), this);
  if (shim_ == nullptr) return false;
  end_turn();
  output_.committed = committed_;
  output_.readable = readable_;
  return true;
}

const raft_shim_calls& raft_core::calls() {
  static constexpr auto self = [](void* context) { return static_cast<raft_core*>(context); };
  static const raft_shim_calls made{
      .save_state =
          [](void* context, std::uint64_t in_term, std::uint64_t vote) {
            self(context)->on_save_state({.term = {in_term}, .vote = {vote}});
          },
      .cut = [](void* context, std::uint64_t index) { self(context)->on_cut({index}); },
      .append = [](void* context, std::uint64_t first, const void* entries,
                   unsigned count) { self(context)->on_append({first}, entries, count); },
      .send = [](void* context,
                 const raft_shim_message* message) { self(context)->on_send(*message); },
      .fill = [](void* context, std::uint64_t index,
                 std::uint64_t in_term) { self(context)->on_fill({index}, {in_term}); },
      .kept_entries = [](void* context,
                         std::uint64_t index) { return self(context)->on_kept_entries({index}); },
      .settled = [](void* context, std::uint64_t request,
                    int committed) { self(context)->on_settled(request, committed != 0); },
      .now_ms = [](void* context) { return ms_of(self(context)->clock_.steady()); }};
  return made;
}

log_write& raft_core::new_write() {
  last_write_ = last_write_.next();
  pending_.push_back({.number = last_write_, .since = clock_.steady()});
  return output_.writes.emplace_back(log_write{.number = last_write_});
}

// Term and vote are not waited for: what is sent waits for them. A vote that a crash could take
// back would let two leaders into one term.
void raft_core::on_save_state(hard_state state) {
  new_write().state = state;
  hold_ = last_write_;
}

void raft_core::on_cut(log_index from) {
  if (from <= committed_.index) {
    failure_ = error{errc::corrupt, "partition " + std::to_string(options_.partition.value) +
                                        ": entry " + std::to_string(from.value) +
                                        " is committed, and another leader has another one"};
    return;
  }
  trail_.cut(from);
  // At once: what stands on the disk from there on is no longer of this log.
  const log_index before{from.value - 1};
  durable_ = std::min(durable_, before);
  for (pending_write& write : pending_) write.last = std::min(write.last, before);
  new_write().cut_from = from;
}

log_entry raft_core::entry_of_core(const raft_shim_entry& from, log_index index,
                                   pending_write& write) const {
  // One that came from the leader is stored as the leader has it.
  if (arriving_ != nullptr && !arriving_->entries.empty()) {
    const std::uint64_t at = index.value - arriving_->entries.front().header.index;
    if (at < arriving_->entries.size()) {
      const bytes_view stored = arriving_->entries[at].stored;
      const bytes& kept = write.owned.emplace_back(stored.begin(), stored.end());
      log_entry entry = arriving_->entries[at];
      entry.stored = kept;
      return entry;
    }
  }
  const messages::entry_header header{.partition = options_.partition,
                                      .records = 1,
                                      .first = trail_.last_position().next(),
                                      .index = index.value,
                                      .term = from.term,
                                      .committed = committed_.at};
  log_entry entry{.kind = static_cast<entry_kind>(from.kind), .header = header};
  if (from.members != nullptr) entry.members = members_of(*from.members);
  entry.stored = write.owned.emplace_back(entry.kind == entry_kind::barrier
                                              ? encode_barrier(header)
                                              : encode_members(header, entry.members));
  return entry;
}

void raft_core::on_append(log_index first, const void* entries, unsigned count) {
  if (failure_) return;
  log_write& write = new_write();
  pending_write& pending = pending_.back();
  pending.appends = true;
  write.entries.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    raft_shim_entry from{};
    raft_shim_members scratch;
    raft_shim_entry_at(entries, i, &from, &scratch);
    const log_index index{first.value + i};
    log_entry entry;
    if (from.kind == RAFT_SHIM_RECORDS) {
      const bytes_view stored(static_cast<const std::byte*>(from.bytes), from.size);
      // Checked when it was proposed, received or recovered.
      entry = {.header = messages::entry::claimed_header(stored), .stored = stored};
    } else {
      entry = entry_of_core(from, index, pending);
    }
    if (!trail_.append(entry)) {
      failure_ = error{errc::corrupt,
                       "partition " + std::to_string(options_.partition.value) + ": entry " +
                           std::to_string(index.value) + " begins at position " +
                           std::to_string(entry.header.first.value) + ", the log ends at " +
                           std::to_string(trail_.last_position().value),
                       entry.header.first.value};
      output_.writes.pop_back();
      return;
    }
    write.entries.push_back(std::move(entry));
    pending.last = index;
  }
}

void raft_core::on_send(const raft_shim_message& message) {
  if (failure_) return;
  raft_message told{.type = static_cast<raft_message_type>(message.type),
                    .version = message.version,
                    .term = {message.term},
                    .previous = {message.previous_index},
                    .previous_term = {message.previous_term},
                    .leader_commit = {message.leader_commit},
                    .rejected = {message.rejected},
                    .last = {message.last_index},
                    .last_term = {message.last_term},
                    .disrupts_leader = message.disrupts_leader != 0,
                    .pre_vote = message.pre_vote != 0,
                    .granted = message.granted != 0,
                    .features = message.features,
                    .capacity = message.capacity,
                    .membership_at = {message.membership_index}};
  if (message.members != nullptr) told.members = members_of(*message.members);
  for (unsigned i = 0; i < message.entry_count; ++i) {
    const raft_shim_entry& from = message.entries[i];
    const bytes_view stored = from.kind == RAFT_SHIM_RECORDS
                                  ? bytes_view(static_cast<const std::byte*>(from.bytes), from.size)
                                  : trail_.stored({message.previous_index + 1 + i});
    told.entries.push_back({.stored = stored});
  }
  outbound_message out{.to = {message.peer}};
  encode_raft_message(told, out.body);
  if (hold_.value > 0) {
    hold(std::move(out));
  } else {
    output_.messages.push_back(std::move(out));
  }
}

void raft_core::hold(outbound_message message) {
  held_bytes_ += held_size(message);
  held_.push_back({.behind = hold_, .message = std::move(message)});
  // The oldest says the least.
  while (held_bytes_ > held_bytes_max) {
    held_bytes_ -= held_size(held_.front().message);
    held_.pop_front();
  }
}

void raft_core::on_fill(log_index index, cluster::term in_term) {
  filling_ = true;
  durable_ = std::min(durable_, committed_.index);
  output_.fill = fill_request{.index = index, .term = in_term, .keep = committed_.index};
}

std::size_t raft_core::kept_bytes() const {
  return budget_.roomy() ? options_.kept_bytes
                         : std::min(options_.kept_bytes, options_.kept_bytes_shared);
}

unsigned raft_core::on_kept_entries(log_index index) const {
  if (filling_ || !trail_.holds(index)) return 0;
  const std::size_t floor = std::size_t{2} * options_.inflight_entries_max;
  const std::size_t fit = budget_.tight() ? 0 : trail_.entries_within(index, kept_bytes());
  const std::size_t kept = std::max(floor, std::min(fit, options_.kept_entries_max));
  // Not worth it while nothing would go.
  if (index.value <= trail_.base_index().value + kept) return 0;
  return static_cast<unsigned>(kept);
}

void raft_core::on_settled(std::uint64_t request, bool committed) {
  if (request == own_barrier_) {
    own_barrier_ = 0;
    leadership_.ready = committed && raft_shim_state_of(shim_) == RAFT_SHIM_LEADER;
    output_.leadership = leadership_;
    return;
  }
  if (request == own_transfer_) {
    own_transfer_ = 0;
    return;
  }
  if (adding_ && adding_->request == request && !adding_->named && committed) {
    adding_->named = true;  // continue_adding() goes on with it outside of this callback
    return;
  }
  if (adding_ && adding_->request == request) adding_.reset();
  output_.settled.push_back({.request = request, .committed = committed});
}

void raft_core::tick() {
  if (failure_) return;
  // A replica without room would be of no use as a leader. A leader goes on, so that others hear of
  // it until one of them takes over.
  const bool may_stand = storage_ == storage_state::writable;
  if (may_stand || leadership_.state == replica_state::leader) raft_shim_tick(shim_);
  hand_over_when_stuck();
  end_turn();
}

// The present leader has another entry where one is committed here. The core would ignore that.
bool raft_core::contradicts(const raft_message& append) const {
  if (append.term < leadership_.term || filling_) return false;
  const auto differs = [this](log_index index, cluster::term in_term) {
    return index <= committed_.index && trail_.holds(index) && trail_.term_of(index) != in_term;
  };
  return differs(append.previous, append.previous_term) ||
         std::ranges::any_of(append.entries, [&](const log_entry& entry) {
           return differs(entry.index(), entry.in_term());
         });
}

// A leader that has committed nothing of its own term yet may not know all that is.
void raft_core::note_told(const raft_message& append) {
  const log_index told = append.leader_commit;
  const bool knows_all =
      append.term == leadership_.term && trail_.holds(told) && trail_.term_of(told) == append.term;
  if (knows_all) told_ = told_commit{told, clock_.steady()};
}

result<void> raft_core::receive(replica_id from, bytes_view message) {
  auto read = decode_raft_message(options_.partition, message);
  if (!read) return read.error();
  if (failure_) return {};
  if (read->type == raft_message_type::append && contradicts(*read)) {
    failure_ = error{errc::corrupt, "partition " + std::to_string(options_.partition.value) +
                                        ": replica " + std::to_string(from.value) +
                                        " leads with another entry than is committed here"};
    output_.failure = failure_;
    return {};
  }
  // Whoever hands over to a replica without room would only be handed back to.
  if (read->type == raft_message_type::timeout_now && storage_ == storage_state::full) return {};
  std::deque<raft_shim_members> memberships;
  const std::vector<raft_shim_entry> entries = shim_entries(read->entries, memberships);
  const raft_shim_members members = shim_members(read->members);
  const raft_shim_message told{.type = static_cast<int>(read->type),
                               .version = read->version,
                               .peer = from.value,
                               .term = read->term.value,
                               .previous_index = read->previous.value,
                               .previous_term = read->previous_term.value,
                               .leader_commit = read->leader_commit.value,
                               .entries = entries.data(),
                               .entry_count = static_cast<unsigned>(entries.size()),
                               .rejected = read->rejected.value,
                               .last_index = read->last.value,
                               .last_term = read->last_term.value,
                               .candidate = from.value,
                               .disrupts_leader = read->disrupts_leader ? 1 : 0,
                               .pre_vote = read->pre_vote ? 1 : 0,
                               .granted = read->granted ? 1 : 0,
                               .features = read->features,
                               .capacity = read->capacity,
                               .membership_index = read->membership_at.value,
                               .members = &members};
  arriving_ = &*read;
  raft_shim_receive(shim_, &told);
  arriving_ = nullptr;
  end_turn();
  if (read->type == raft_message_type::append && leadership_.leader == from) note_told(*read);
  return {};
}

void raft_core::written(write_number up_to) {
  if (failure_) return;
  REPRISE_ASSERT(up_to <= last_write_, "only what was asked for is written");
  while (!pending_.empty() && pending_.front().number <= up_to) {
    const pending_write done = std::move(pending_.front());
    pending_.pop_front();
    if (done.number == hold_) hold_ = {};
    while (!held_.empty() && held_.front().behind <= done.number) {
      held_bytes_ -= held_size(held_.front().message);
      output_.messages.push_back(std::move(held_.front().message));
      held_.pop_front();
    }
    durable_ = std::max(durable_, done.last);
    if (done.appends) {
      raft_shim_written(shim_);
      raft_shim_end_turn(shim_);
    }
  }
  end_turn();
}

void raft_core::lost(replica_id peer) {
  if (failure_) return;
  // At once for all, votes would be split.
  const auto within = static_cast<std::uint64_t>(options_.election_timeout.count() / 2);
  raft_shim_lost(shim_, peer.value,
                 static_cast<unsigned>(random_.below(std::max<std::uint64_t>(within, 1))));
  end_turn();
}

void raft_core::filled(position last) {
  if (failure_) return;
  REPRISE_ASSERT(filling_, "a log is filled when that was asked for");
  filling_ = false;
  // Where the core's log begins now; it has forgotten what it had.
  trail_.restart({raft_shim_forgotten(shim_)}, last);
  durable_ = trail_.last_index();
  raft_shim_filled(shim_);
  end_turn();
}

}  // namespace reprise::cluster
