// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/simulation/replica.hpp"

#include "messages/little_endian.hpp"
#include "messages/record.hpp"

#include <algorithm>

namespace reprise::cluster::simulation {

replica::replica(surroundings& around, replica_id id)
    : around_(around),
      id_(id),
      clock_(around.in, std::chrono::hours(around.in.below(48)),
             static_cast<std::int64_t>(980 + around.in.below(41))),
      disk_(around.in) {
  disk_.on_written([this](write_number up_to) {
    if (!up()) return;
    if (up_to.value > 0) core_->written(up_to);
    turn();
  });
}

replica::~replica() {
  disk_.crash(false);
  core_.reset();
}

result<void> replica::start() {
  if (up()) return {};
  auto log = recover_log(disk_, {.partition = around_.options.partition,
                                 .applied = applied_,
                                 .kept_bytes = around_.options.kept_bytes,
                                 .kept_entries_max = around_.options.kept_entries_max});
  if (!log && log.error().code == errc::unavailable) {
    disk_.forget_from({1});
    log = recover_log(disk_, {.partition = around_.options.partition});
  }
  if (!log) return log.error();
  raft_options options = around_.options;
  options.self = id_;
  options.seed = around_.in.seed();
  ++life_;
  image_ = durable_log();
  seen_committed_ = {};
  auto core = raft_core::start(options, *log, clock_, budget_);
  if (!core) return core.error();
  core_ = *std::move(core);
  core_->storage(disk_.full() ? storage_state::full : storage_state::writable);
  turn();
  around_.in.after(around_.in.up_to(options.heartbeat), [this, life = life_] {
    if (life == life_) tick_later();
  });
  return {};
}

void replica::tick_later() {
  core_->tick();
  turn();
  around_.in.after(around_.options.heartbeat, [this, life = life_] {
    if (life == life_) tick_later();
  });
}

void replica::crash(bool keep_a_part) {
  if (!up()) return;
  ++around_.crashes;
  ++life_;
  disk_.crash(keep_a_part);
  core_.reset();
  asked_.clear();
  outcomes_.clear();
  wanted_.reset();
  fill_.reset();
  filling_ = {};
}

void replica::lose(replica_id peer) {
  if (!up()) return;
  core_->lost(peer);
  turn();
}

void replica::set_full(bool full) {
  disk_.set_full(full);
  if (up()) core_->storage(full ? storage_state::full : storage_state::writable);
}

void replica::turn() {
  consensus_output output = core_->take_output();
  check(!output.failure, "replica " + std::to_string(id_.value) +
                             " has failed: " + (output.failure ? output.failure->message : ""));
  for (log_write& write : output.writes) {
    note_writes(write);
    disk_.push(std::move(write));
  }
  for (outbound_message& message : output.messages) {
    around_.net.carry(id_, message.to, [this, to = message.to, body = std::move(message.body)] {
      replica& there = *around_.all[to.value - 1];
      if (there.up()) there.deliver(id_, body);
    });
  }
  if (output.leadership && output.leadership->state == replica_state::leader) {
    around_.checks.saw_leader(id_, output.leadership->term, image_);
  }
  if (output.fill) {
    wanted_ = output.fill;
    ++around_.fills;
  }
  if (wanted_ || fill_) fill_on();
  // A fill that has ended has told of what it committed only now.
  if (output.committed && output.committed->index > seen_committed_) {
    around_.checks.saw_committed(id_, core_->leadership().term, seen_committed_, *output.committed,
                                 image_);
    seen_committed_ = output.committed->index;
  }
  if (output.readable) check_readable(output.readable->index);
  for (const settled_request& settled : output.settled) note_settled(settled);
}

void replica::deliver(replica_id from, const bytes& body) {
  const auto received = core_->receive(from, body);
  check(received.has_value(), "a message of replica " + std::to_string(from.value) +
                                  " is refused: " + (received ? "" : received.error().message));
  turn();
}

void replica::note_writes(const log_write& write) {
  if (write.cut_from) {
    check(*write.cut_from > seen_committed_,
          "replica " + std::to_string(id_.value) + " cuts what is committed");
    ++around_.cuts;
    image_.resize(std::min<std::size_t>(image_.size(), write.cut_from->value - 1));
  }
  for (const log_entry& entry : write.entries) {
    const position before = image_.empty() ? position{} : image_.back().last;
    check(entry.header.index == image_.size() + 1 && entry.header.first == before.next(),
          "replica " + std::to_string(id_.value) + " writes entry " +
              std::to_string(entry.header.index) + " out of line");
    image_.push_back(summary_of(entry));
  }
}

std::uint64_t replica::propose(std::uint32_t records, std::size_t size) {
  if (!leads()) return 0;
  const std::uint64_t command = around_.next_command++;
  bytes body;
  std::vector<std::uint32_t> offsets;
  const position first = core_->next_position();
  for (std::uint32_t i = 0; i < records; ++i) {
    bytes payload(16 + size);
    messages::store(payload.data(), command);
    messages::store(payload.data() + 8, std::uint64_t{i});
    offsets.push_back(static_cast<std::uint32_t>(body.size()));
    messages::encode_record({.kind = 1, .id = "a", .payload = payload}, {first.value + i}, body);
  }
  const auto request =
      core_->propose({.records = records, .first = first, .offsets = offsets, .body = body});
  if (!request) return 0;
  ++around_.proposed;
  asked_[*request] = {
      .command = command, .at = core_->last_index(), .in = core_->leadership().term};
  turn();
  return command;
}

void replica::note_settled(const settled_request& settled) {
  outcomes_[settled.request] = settled.committed;
  const auto found = asked_.find(settled.request);
  if (found == asked_.end()) return;
  const asked was = found->second;
  asked_.erase(found);
  if (was.count != nullptr) *was.count += settled.committed ? 1 : 0;
  if (was.command == 0 || !settled.committed) return;
  around_.checks.saw_acknowledged(was.command, was.at, was.in);
  check_durable(was.at);
}

void replica::check_durable(log_index at) const {
  std::size_t have = 0;
  const membership now = members();
  for (const member& each : now) {
    if (each.role != member_role::voter) continue;
    const auto stored = around_.all[each.id.value - 1]->disk_.read(at);
    if (stored && summary_of(*open_log_entry(*stored)) == image_[at.value - 1]) ++have;
  }
  check(2 * have > voters_of(now), "entry " + std::to_string(at.value) +
                                       " is acknowledged, and durable on " + std::to_string(have) +
                                       " of " + std::to_string(voters_of(now)) + " voters");
}

std::optional<bool> replica::outcome(std::uint64_t request) const {
  const auto found = outcomes_.find(request);
  if (found == outcomes_.end()) return std::nullopt;
  return found->second;
}

void replica::change(membership_change::kind what, replica_id who) {
  if (!up()) return;
  const auto request = core_->change_membership({.what = what, .replica = who});
  if (!request) return;
  asked_[*request] = {.count = &around_.changes};
  turn();
}

void replica::hand_over(replica_id to) {
  if (!up() || !core_->transfer_leadership(to)) return;
  ++around_.transfers;
  turn();
}

membership replica::members() const {
  const auto last =
      std::ranges::find(image_.rbegin(), image_.rend(), entry_kind::members, &entry_summary::kind);
  return last == image_.rend() ? membership{} : last->members;
}

log_image replica::durable_log() const {
  log_image image;
  for (log_index at{1}; at <= disk_.last(); at = at.next()) {
    image.push_back(summary_of(*open_log_entry(*disk_.read(at))));
  }
  return image;
}

// A fold reads each entry once, as soon as it may, from the disk.
void replica::check_readable(log_index up_to) {
  for (; applied_ < up_to; applied_ = applied_.next()) {
    const auto stored = disk_.read(applied_.next());
    check(stored &&
              summary_of(*open_log_entry(*stored)) == around_.checks.chosen().at(applied_.value),
          "replica " + std::to_string(id_.value) + " reads another entry " +
              std::to_string(applied_.value + 1) + " than is committed");
  }
}

void replica::fill_on() {
  if (!disk_.idle()) return;
  if (wanted_) {
    auto begun = log_fill::begin(around_.options.partition, *wanted_, disk_);
    check(begun.has_value(), begun ? "" : begun.error().message);
    fill_ = *std::move(begun);
    wanted_.reset();
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

// Of any replica that answers; again after a while, since questions and answers get lost.
void replica::ask_for_entries() {
  if (!fill_ || fill_->done()) return;
  const std::size_t pick = around_.in.below(around_.all.size());
  const replica_id whom{pick + 1};
  const fill_question question = fill_->next_question();
  const std::uint64_t life = life_;
  if (whom != id_ && disk_.idle()) {
    around_.net.carry(id_, whom, [this, whom, question, life] {
      replica& there = *around_.all[whom.value - 1];
      if (!there.up()) return;
      auto answer = answer_fill(there.disk_, question);
      if (!answer) return;
      around_.net.carry(whom, id_, [this, answer = *std::move(answer), question, life] {
        if (life == life_ && fill_ && disk_.idle() &&
            fill_->next_question().from == question.from) {
          take_answer(answer);
        }
      });
    });
  }
  around_.in.after(milliseconds(20), [this, life] {
    if (life == life_) ask_for_entries();
  });
}

void replica::take_answer(const fill_answer& answer) {
  filling_ = answer;
  auto write = fill_->take(filling_);
  check(write.has_value(), write ? "" : write.error().message);
  note_writes(*write);
  disk_.push(*std::move(write));
}

}  // namespace reprise::cluster::simulation
