// SPDX-License-Identifier: Apache-2.0
//
// Deciding, appending and answering. Activation and recovery are in partition_recovery.cpp.
#include "actors/partition_core.hpp"

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::actors {

using detail::raw_answer;
using persistence::append_answer;
using persistence::remembered_command;

partition_metrics::partition_metrics(metrics& registry)
    : accepted(registry.count("commands.accepted")),
      rejected(registry.count("commands.rejected")),
      failed(registry.count("commands.failed")),
      one_way_failed(registry.count("commands.one_way_failed")),
      expired(registry.count("commands.expired")),
      overloaded(registry.count("commands.overloaded")),
      repeated(registry.count("commands.repeated")),
      decided_again(registry.count("commands.decided_again")),
      window_dropped(registry.count("commands.forgotten_by_count")),
      activated(registry.count("aggregates.activated")),
      passivated(registry.count("aggregates.passivated")),
      slow_handlers(registry.count("aggregates.slow_handlers")),
      snapshots_above_head(registry.count("snapshots.above_head")),
      replay_us(registry.distribution("aggregates.replay_us")) {}

partition_core::partition_core(partition_id id, const ports& around, const partition_limits& limits)
    : id_(id), around_(around), limits_(limits) {}

partition_core::~partition_core() = default;

std::size_t partition_core::activation_hash::operator()(const aggregate_key& key) const {
  const auto text = [](const std::string& s) {
    return std::as_bytes(std::span(s.data(), s.size()));
  };
  return base::checksum64(text(key.id), base::checksum64(text(key.tenant), key.type.value));
}

void partition_core::host(const detail::aggregate_type& type) {
  types_.try_emplace(type.id.value, hosted_type{.type = type,
                                                .passivate_after = type.settings.passivate_after,
                                                .idle_first = {}});
}

void partition_core::adjust(const adjustment& change) {
  if (change.active_max) {
    limits_.active_max = *change.active_max;
    keep_within_limit(nullptr);
  }
  const auto type = types_.find(change.type.value);
  if (change.passivate_after && type != types_.end()) {
    type->second.passivate_after = *change.passivate_after;
    passivate_idle();
  }
}

void partition_core::receive(command_message command) {
  if (stopping_) {
    answer(command, error{errc::stopped, "the node is shutting down"});
    return;
  }
  if (!leads_) {
    answer(command, led_elsewhere());
    return;
  }
  if (around_.time.steady() >= command.deadline) {
    answer(command, error{errc::expired, "the deadline passed before the command was handled"});
    return;
  }
  const auto type = types_.find(command.to.type.value);
  if (type == types_.end()) {
    answer(command, error{errc::not_hosted, "no aggregate type with this id is hosted here"});
    return;
  }
  activation& a = activate(command, type->second);
  touch(a);
  if (a.recovery) {
    await_recovery(a, std::move(command));
  } else {
    execute(a, std::move(command));
    drop_leaving();
  }
}

// Only for live activations.
void partition_core::execute(activation& a, command_message command) {
  if (around_.time.steady() >= command.deadline) {
    answer(command, error{errc::expired, "the deadline passed before the command was handled"});
    return;
  }
  a.leaving = false;
  if (answer_repeat(a, command)) return;
  const bool readonly = a.type->type.is_readonly(command.command).value_or(true);
  if (!readonly && around_.events.saturated(id_)) {
    answer(command, error{errc::overloaded, "the journal's queue is full"});
    return;
  }
  const timestamp now = around_.time.now();
  const context known(now, command.id, command.correlation, command.headers, a.key);
  const options& settings = a.type->type.settings;
  const base::clock::instant began = around_.time.steady();
  detail::handled decided = a.instance->handle(command.command, command.payload, known,
                                               {.events_max = settings.events_per_command_max,
                                                .payload_bytes_max = limits_.payload_bytes_max});
  if (around_.time.steady() - began > settings.handler_limit) {
    around_.measured.slow_handlers.add();
    base::log(base::log_level::warning, "slow handler: command " + std::to_string(command.command) +
                                            " of " + std::string(a.type->type.name) + " " +
                                            a.key.id);
  }
  if (!decided.events.empty()) {
    append(a, std::move(command), std::move(decided), now);
    return;
  }
  if ((decided.failed && settings.passivate_after_failure) ||
      (decided.rejected && settings.passivate_after_rejection)) {
    a.leaving = true;
    leaving_.push_back(&a);
  }
  if (decided.failed) {
    hold_or_answer(a, std::move(command), std::move(*decided.failed));
    return;
  }
  if (decided.rejected) {
    hold_or_answer(a, std::move(command), raw_answer{.why = std::move(decided.rejected)});
    return;
  }
  // Accepted without events. It is remembered while the activation lives, so that a repeat answers
  // alike; a read changes nothing and needs no memory.
  if (!readonly) remember(a, command, a.at);
  if (decided.reply_failed) {
    hold_or_answer(a, std::move(command), std::move(*decided.reply_failed));
    return;
  }
  hold_or_answer(a, std::move(command), raw_answer{.reply = std::move(decided.reply)});
}

void partition_core::append(activation& a, command_message command, detail::handled decided,
                            timestamp now) {
  persistence::append_request request{.aggregate = a.key,
                                      .expected = a.empty ? persistence::expectation::none()
                                                          : persistence::expectation::exact(a.last),
                                      .time = now,
                                      .command = command.id,
                                      .command_hash = command.hash,
                                      .correlation = command.correlation,
                                      .headers = command.headers};
  request.events.reserve(decided.events.size());
  for (detail::encoded_event& event : decided.events) {
    request.events.push_back({.id = {},
                              .type = event.type,
                              .payload = std::move(event.payload),
                              .tags = std::move(event.tags)});
  }
  a.last = {a.last.value + request.events.size()};
  a.empty = false;
  remember(a, command, {});

  flight& f = flights_.emplace_back();
  f.owner = &a;
  f.last = a.last;
  if (decided.reply_failed) {
    f.outcome = std::move(*decided.reply_failed);
  } else {
    f.outcome = raw_answer{.reply = std::move(decided.reply)};
  }
  f.command = std::move(command);
  consider_snapshot(a, f, now);
  a.leaving = decided.finished;
  ++a.pending;
  a.last_tag = first_tag_ + flights_.size() - 1;
  around_.events.append(std::move(request), around_.answers, a.last_tag);
}

void partition_core::remember(activation& a, const command_message& command, position at) {
  const remembered_command accepted{
      .id = command.id, .hash = command.hash, .last = a.last, .at = at};
  if (command.from) {
    a.window.remember(accepted, *command.from);
  } else {
    around_.measured.window_dropped.add(
        a.window.remember(accepted, around_.time.steady(), a.type->type.settings));
  }
}

void partition_core::consider_snapshot(activation& a, flight& f, timestamp now) {
  const options& settings = a.type->type.settings;
  const bool due =
      settings.snapshot_every > 0 && a.last.value - a.snapshot_at.value >= settings.snapshot_every;
  if (!due) return;
  // Taken now, while the state is exactly the one at `last`; saved when it is committed.
  f.snapshot = persistence::snapshot{.at = a.last,
                                     .place = {},
                                     .time = now,
                                     .state_version = settings.state_version,
                                     .commands = a.window.all(),
                                     .delivered = a.window.delivered(),
                                     .state = a.instance->save()};
  a.snapshot_at = a.last;
}

bool partition_core::answer_repeat(activation& a, command_message& command) {
  const remembered_command* first =
      command.from ? a.window.find(*command.from)
                   : a.window.find(command.id, around_.time.steady(), a.type->type.settings);
  if (first == nullptr) return false;
  around_.measured.repeated.add();
  // The first one has told of it, under the same ids.
  command.span.reset();
  if (command.from && first->id != command.id) {
    // Its source has sent others since, so it knows the answer, whatever it repeats this for.
    hold_or_answer(a, std::move(command), raw_answer{});
    return true;
  }
  if (first->hash != command.hash) {
    error conflict{errc::id_conflict, "command id " + to_hex(command.id.value) +
                                          " was used before with another payload"};
    hold_or_answer(a, std::move(command), std::move(conflict));
    return true;
  }
  if (first->last.value != 0 && a.pending > 0) {
    // Perhaps the first attempt is still under way: then both get the one answer.
    for (auto f = flights_.rbegin(); f != flights_.rend(); ++f) {
      if (f->owner != &a || f->command.id != command.id) continue;
      f->behind.push_back({std::move(command), f->outcome});
      return true;
    }
  }
  answer_from_the_past(a, std::move(command), *first);
  return true;
}

// A reply is a function of the state after the command; that state is replayed unless it is still
// the present one.
void partition_core::answer_from_the_past(activation& a, command_message command,
                                          const remembered_command& first) {
  if (first.last == a.last) {
    result<bytes> reply = a.instance->answer(command.command, command.payload);
    if (!reply) {
      hold_or_answer(a, std::move(command), std::move(reply).error());
    } else {
      hold_or_answer(a, std::move(command), raw_answer{.reply = std::move(*reply)});
    }
    return;
  }
  if (first.last > a.committed) {
    // That state is not in the log yet. Look again when it is.
    flight_of(a.last_tag).behind.push_back({std::move(command), std::nullopt});
    return;
  }
  const receipt at{id_, first.at, first.last};
  const std::uint64_t ticket = ++last_ticket_;
  recovery_request request{
      .ticket = ticket, .type = &a.type->type, .key = a.key, .until = {.sequence = first.last}};
  past_replies_.emplace(ticket, past_reply{std::move(command), at});
  around_.recoveries.recover(std::move(request));
}

// What rests on an append under way waits for it.
void partition_core::hold_or_answer(activation& a, command_message command,
                                    result<raw_answer> outcome) {
  if (a.pending > 0) {
    flight_of(a.last_tag).behind.push_back({std::move(command), std::move(outcome)});
    return;
  }
  if (outcome && !outcome->why) outcome->at = {id_, a.at, a.last};
  answer(command, std::move(outcome));
}

void partition_core::appended(std::span<append_answer> answers) {
  std::vector<activation*> lost;
  for (append_answer& one : answers) settle(one, lost);
  drop_leaving();
  retire_lost(lost);
}

// Those whose state is gone are recovered once nothing of them is under way any more; where another
// node leads by now, they go.
void partition_core::retire_lost(std::vector<activation*>& lost) {
  // In the order in which they were lost, so that a run can be repeated.
  std::unordered_set<activation*> seen;
  for (activation* a : lost) {
    if (!seen.insert(a).second) continue;
    if (!a->recovery || a->recovery->ticket != 0 || a->pending > 0 || a->instance) continue;
    if (leads_) {
      begin_recovery(*a);
    } else {
      answer_all_waiting(*a, led_elsewhere());
      drop(*a);
    }
  }
}

void partition_core::settle(append_answer& outcome, std::vector<activation*>& lost_ones) {
  REPRISE_ASSERT(!flights_.empty() && outcome.tag == first_tag_,
                 "the journal answers appends of one partition once, in their order");
  flight f = std::move(flights_.front());
  flights_.pop_front();
  ++first_tag_;
  activation& a = *f.owner;
  --a.pending;
  if (outcome.outcome) {
    committed(a, f, outcome.outcome->last);
    if (a.recovery) lost_ones.push_back(&a);
    return;
  }
  lost(a, f, outcome.outcome.error());
  lost_ones.push_back(&a);
}

void partition_core::committed(activation& a, flight& f, const receipt& at) {
  REPRISE_ASSERT(at.sequence == f.last, "sequences are given by the one who holds the head");
  a.at = at.at;
  a.committed = at.sequence;
  a.window.committed(f.command.id, at.at, around_.time.steady());
  if (f.snapshot) {
    f.snapshot->place = at.at;
    for (remembered_command& c : f.snapshot->commands) {
      if (c.id == f.command.id) c.at = at.at;
    }
    for (persistence::delivered_command& d : f.snapshot->delivered) {
      if (d.command.id == f.command.id) d.command.at = at.at;
    }
    around_.recoveries.save(
        {&a.type->type, a.key, std::move(*f.snapshot), a.type->type.settings.snapshots_kept});
  }
  if (a.leaving) leaving_.push_back(&a);
  if (f.outcome) f.outcome->at = at;
  answer(f.command, std::move(f.outcome));
  for (held_answer& held : f.behind) {
    if (!held.outcome) {
      execute(a, std::move(held.command));
      continue;
    }
    result<raw_answer>& outcome = *held.outcome;
    if (outcome && !outcome->why) outcome->at = at;
    answer(held.command, std::move(outcome));
  }
}

// The state that this append belonged to never existed. Its own command is answered or decided
// anew; what was only read or rejected on that state is decided anew in any case.
void partition_core::lost(activation& a, flight& f, const error& why) {
  a.instance.reset();
  if (!a.recovery) {
    a.recovery = std::make_unique<recovery_state>();
    not_live_.insert(&a);
  }
  const options& settings = a.type->type.settings;
  const bool is_conflict = why.code == errc::sequence_conflict;
  const bool may_decide_again =
      leads_ && ((is_conflict && f.command.attempts < settings.conflict_retries) ||
                 why.code == errc::commit_unknown);
  if (may_decide_again && !stopping_ && around_.time.steady() < f.command.deadline) {
    if (is_conflict) {
      ++f.command.attempts;
    } else {
      f.command.is_unknown = true;
    }
    around_.measured.decided_again.add();
    a.recovery->again.push_back(std::move(f.command));
  } else {
    answer(f.command, is_conflict ? why_undecided(f.command, why) : why);
  }
  for (held_answer& held : f.behind) {
    if (stopping_) {
      answer(held.command, error{errc::stopped, "the node is shutting down"});
    } else if (!leads_) {
      answer(held.command, led_elsewhere());
    } else {
      a.recovery->again.push_back(std::move(held.command));
    }
  }
}

// An append that conflicts was not written. It was decided on state that this node should not have
// had any more; whoever may decide it anew is told where.
error partition_core::why_undecided(const command_message& command, const error& conflict) const {
  if (stopping_) return {errc::stopped, "the node is shutting down"};
  if (!leads_) return led_elsewhere();
  if (around_.time.steady() < command.deadline) return conflict;
  return {errc::expired, "the deadline passed before the command could be decided anew"};
}

void partition_core::answer(command_message& command, result<raw_answer> outcome) {
  if (!outcome && command.is_unknown && is_retryable(outcome.error().code) &&
      !is_unknown(outcome.error().code)) {
    // That nothing was done is true of the last try only.
    outcome = error{errc::commit_unknown,
                    "an earlier try may have been stored; then: " + outcome.error().message};
  }
  if (!outcome) {
    switch (outcome.error().code) {
      case errc::expired:
        around_.measured.expired.add();
        break;
      case errc::overloaded:
        around_.measured.overloaded.add();
        break;
      default:
        around_.measured.failed.add();
    }
  } else if (outcome->why) {
    around_.measured.rejected.add();
  } else {
    around_.measured.accepted.add();
  }
  if (command.span) command.span->end(outcome);
  if (command.caller) {
    command.caller->complete(std::move(outcome));
  } else if (!outcome || outcome->why) {
    around_.measured.one_way_failed.add();
  }
}

}  // namespace reprise::actors
