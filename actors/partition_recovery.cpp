// SPDX-License-Identifier: Apache-2.0
//
// The life of activations: recovery, its failures, passivation, shutdown.
#include "actors/partition_core.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::actors {
namespace {

using namespace std::chrono_literals;

// How often waiting commands are looked through for passed deadlines.
constexpr auto waiting_check_every = 50ms;
constexpr auto retry_first = 100ms;
constexpr auto retry_longest = 30s;

std::chrono::milliseconds backoff(std::uint32_t failures) {
  const std::uint32_t doublings = std::min<std::uint32_t>(failures, 10);
  return std::min<std::chrono::milliseconds>(retry_first * (1U << doublings), retry_longest);
}

// The store may be able to serve it later; anything else stays as it is until somebody acts.
bool may_pass(errc code) {
  return code == errc::unavailable || code == errc::io_error || code == errc::overloaded;
}

}  // namespace

activation& partition_core::activate(const command_message& command, hosted_type& type) {
  if (const auto found = active_.find(command.to); found != active_.end()) return **found;
  auto fresh = std::make_unique<activation>();
  fresh->key = command.to;
  fresh->type = &type;
  activation& made = **active_.insert(std::move(fresh)).first;
  made.place = type.idle_first.insert(type.idle_first.end(), &made);
  around_.measured.activated.add();
  const auto head = around_.events.head(made.key);
  if (head && head->is == persistence::aggregate_head::state::absent) {
    made.instance = type.type.make();
  } else {
    made.recovery = std::make_unique<recovery_state>();
    not_live_.insert(&made);
    begin_recovery(made);
  }
  keep_within_limit(&made);
  return made;
}

void partition_core::await_recovery(activation& a, command_message command) {
  recovery_state& r = *a.recovery;
  if (r.refused && r.retry_at) {
    if (around_.time.steady() < *r.retry_at) {
      answer(command, *r.refused);
      return;
    }
    r.refused.reset();
    begin_recovery(a);
  }
  if (r.waiting.size() + r.again.size() >= a.type->type.settings.waiting_max) {
    answer(command, error{errc::overloaded,
                          std::to_string(r.waiting.size()) + " commands wait for " + a.key.id});
    return;
  }
  r.waiting.push_back(std::move(command));
}

void partition_core::begin_recovery(activation& a) {
  recovery_state& r = *a.recovery;
  r.ticket = ++last_ticket_;
  r.retry_at.reset();
  r.began = around_.time.steady();
  tickets_.emplace(r.ticket, &a);
  around_.recoveries.recover(
      {.ticket = r.ticket, .type = &a.type->type, .key = a.key, .until = {}});
}

void partition_core::recovered(recovery_answer done) {
  if (const auto repeat = past_replies_.find(done.ticket); repeat != past_replies_.end()) {
    past_reply waiting = std::move(repeat->second);
    past_replies_.erase(repeat);
    answer_past_reply(waiting, std::move(done.outcome));
    return;
  }
  const auto found = tickets_.find(done.ticket);
  if (found == tickets_.end()) return;  // Given up meanwhile.
  activation& a = *found->second;
  tickets_.erase(found);
  if (done.outcome) {
    install(a, std::move(*done.outcome));
    resume(a);
    drop_leaving();
  } else {
    recovery_failed(a, done.outcome.error());
  }
}

void partition_core::answer_past_reply(past_reply& repeat, result<restored> outcome) {
  if (!outcome) {
    // It is stored; what cannot be had any more is the state that the first reply showed.
    answer(repeat.command,
           error{errc::reply_failed,
                 "the command was handled before, at sequence " +
                     std::to_string(repeat.at.sequence.value) +
                     "; its reply cannot be made again: " + to_string(outcome.error())});
    return;
  }
  result<bytes> reply = outcome->instance->answer(repeat.command.command, repeat.command.payload);
  if (reply) {
    answer(repeat.command, detail::raw_answer{.at = repeat.at, .reply = std::move(*reply)});
  } else {
    answer(repeat.command, std::move(reply).error());
  }
}

void partition_core::install(activation& a, restored state) {
  a.instance = std::move(state.instance);
  a.window.restore(state.commands, std::move(state.delivered), around_.time.steady());
  a.last = state.last;
  a.committed = state.last;
  a.at = state.at;
  a.empty = state.empty;
  a.snapshot_at = state.snapshot_at;
  const options& settings = a.type->type.settings;
  const auto limit = settings.snapshot_when_replay_exceeds;
  if (limit.count() > 0 && state.took > limit && state.replayed > 0) {
    // At once, so that the next activation is quick even if only reads come: all of it is
    // committed.
    a.snapshot_at = state.last;
    around_.recoveries.save({&a.type->type,
                             a.key,
                             {.at = state.last,
                              .place = state.at,
                              .time = state.time,
                              .state_version = settings.state_version,
                              .commands = a.window.all(),
                              .delivered = a.window.delivered(),
                              .state = a.instance->save()},
                             settings.snapshots_kept});
  }
  around_.measured.replay_us.record(static_cast<std::uint64_t>(state.took.count()));
  if (state.snapshot_above_head) {
    around_.measured.snapshots_above_head.add();
    base::log(base::log_level::error,
              "a snapshot of " + std::string(a.type->type.name) + " " + a.key.id +
                  " lies above its last event; it was not used. The log may have lost its tail.");
  }
}

// A loop, not a recursion: a thousand waiting commands need no stack.
void partition_core::resume(activation& a) {
  const std::unique_ptr<recovery_state> r = std::move(a.recovery);
  not_live_.erase(&a);
  touch(a);
  for (command_message& command : r->again) execute(a, std::move(command));
  for (command_message& command : r->waiting) execute(a, std::move(command));
}

void partition_core::recovery_failed(activation& a, const error& why) {
  recovery_state& r = *a.recovery;
  const base::clock::instant now = around_.time.steady();
  r.ticket = 0;
  r.retry_at = now + backoff(r.failures++);
  if (may_pass(why.code) && r.failures < 8) return;
  base::log(base::log_level::error, "cannot activate: " + to_string(why));
  // Kept for a while, so that a stream of commands does not replay a broken history again and
  // again.
  r.refused = may_pass(why.code) ? error{errc::unavailable, why.message} : why;
  answer_all_waiting(a, *r.refused);
}

void partition_core::answer_all_waiting(activation& a, const error& why) {
  recovery_state& r = *a.recovery;
  for (command_message& command : r.again) answer(command, why);
  for (command_message& command : r.waiting) answer(command, why);
  r.again.clear();
  r.waiting.clear();
}

void partition_core::drop(activation& a) {
  if (a.recovery && a.recovery->ticket != 0) tickets_.erase(a.recovery->ticket);
  not_live_.erase(&a);
  a.type->idle_first.erase(a.place);
  active_.erase(active_.find(a.key));
}

void partition_core::touch(activation& a) {
  a.used = around_.time.steady();
  a.type->idle_first.splice(a.type->idle_first.end(), a.type->idle_first, a.place);
}

void partition_core::tick() {
  const base::clock::instant now = around_.time.steady();
  // A copy: what is due may drop or finish some of them.
  for (activation* a : not_live_in_order()) tick_not_live(*a, now);
  passivate_idle();
}

// The set has the order of addresses, which is another one in each run.
std::vector<activation*> partition_core::not_live_in_order() const {
  std::vector<activation*> all(not_live_.begin(), not_live_.end());
  std::ranges::sort(all, [](const activation* a, const activation* b) { return a->key < b->key; });
  return all;
}

void partition_core::tick_not_live(activation& a, base::clock::instant now) {
  recovery_state& r = *a.recovery;
  expire_waiting(a);
  if (r.ticket != 0 && now - r.began > limits_.recovery_limit) {
    answer_all_waiting(
        a, {errc::unavailable, "the recovery of " + a.key.id + " took longer than its limit"});
    drop(a);
    return;
  }
  if (!r.retry_at || now < *r.retry_at) return;
  if (r.refused) {
    // Nobody asked since; whoever asks next tries again.
    drop(a);
  } else {
    begin_recovery(a);
  }
}

void partition_core::expire_waiting(activation& a) {
  std::deque<command_message>& waiting = a.recovery->waiting;
  const base::clock::instant now = around_.time.steady();
  for (command_message& command : waiting) {
    if (command.deadline > now) continue;
    answer(command,
           error{errc::expired, "the deadline passed while " + a.key.id + " was being recovered"});
    command.caller.reset();
  }
  std::erase_if(waiting, [&](const command_message& c) { return c.deadline <= now; });
}

std::optional<base::clock::instant> partition_core::next_due() const {
  std::optional<base::clock::instant> due;
  const auto sooner = [&](base::clock::instant when) {
    if (!due || when < *due) due = when;
  };
  if (!not_live_.empty()) sooner(around_.time.steady() + waiting_check_every);
  for (const auto& [id, type] : types_) {
    if (type.idle_first.empty()) continue;
    sooner(type.idle_first.front()->used + type.passivate_after);
  }
  return due;
}

void partition_core::passivate_idle() {
  const base::clock::instant now = around_.time.steady();
  for (auto& [id, type] : types_) {
    activation_order& order = type.idle_first;
    // Each one is looked at once: a busy one goes to the end and comes up again after its time.
    for (std::size_t left = order.size(); left > 0; --left) {
      activation& a = *order.front();
      if (now - a.used < type.passivate_after) break;
      if (a.pending > 0 || a.recovery) {
        touch(a);
      } else {
        passivate(a);
      }
    }
  }
}

void partition_core::passivate(activation& a) {
  drop(a);
  around_.measured.passivated.add();
}

// Not while a command of theirs is being looked at: their memory is still in use then.
void partition_core::drop_leaving() {
  std::vector<activation*> leaving = std::exchange(leaving_, {});
  std::sort(leaving.begin(), leaving.end());
  leaving.erase(std::unique(leaving.begin(), leaving.end()), leaving.end());
  for (activation* a : leaving) {
    if (a->leaving && a->pending == 0 && !a->recovery) passivate(*a);
  }
}

void partition_core::keep_within_limit(const activation* spared) {
  while (active_.size() > limits_.active_max) {
    activation* oldest = nullptr;
    for (auto& [id, type] : types_) {
      // Busy ones at the front are few: each has an append or a recovery under way.
      for (activation* a : type.idle_first) {
        if (a == spared || a->pending > 0 || a->recovery) continue;
        if (oldest == nullptr || a->used < oldest->used) oldest = a;
        break;
      }
    }
    if (oldest == nullptr) return;
    passivate(*oldest);
  }
}

error partition_core::led_elsewhere() const {
  return {errc::unavailable, "this node does not lead partition " + std::to_string(id_.value),
          persistence::led_elsewhere};
}

void partition_core::lead(bool leads) {
  if (std::exchange(leads_, leads) == leads || leads) return;
  const error why = led_elsewhere();
  // What was read or rejected rests on state that is given up here, whatever becomes of the append.
  for (flight& f : flights_) {
    for (held_answer& held : std::exchange(f.behind, {})) answer(held.command, why);
    f.snapshot.reset();
  }
  for (auto& [ticket, repeat] : past_replies_) answer(repeat.command, why);
  past_replies_.clear();
  leaving_.clear();
  std::vector<activation*> all;
  all.reserve(active_.size());
  for (const auto& a : active_) all.push_back(a.get());
  for (activation* a : all) {
    if (a->recovery) answer_all_waiting(*a, why);
    if (a->pending == 0) {
      drop(*a);
      continue;
    }
    // It goes when its appends are answered.
    a->instance.reset();
    if (!a->recovery) {
      a->recovery = std::make_unique<recovery_state>();
      not_live_.insert(a);
    }
  }
}

void partition_core::renew() {
  std::vector<activation*> concerned;
  for (const auto& a : active_) {
    if (a->type->type.holds_personal_data) concerned.push_back(a.get());
  }
  for (activation* a : concerned) renew(*a);
  renew_past_replies();
}

void partition_core::renew(activation& a) {
  if (a.recovery) {
    // What is being loaded may have been read before.
    if (a.recovery->ticket != 0) {
      tickets_.erase(a.recovery->ticket);
      begin_recovery(a);
    }
    return;
  }
  if (a.pending == 0) return passivate(a);
  // It is loaded anew when its appends are answered.
  a.instance.reset();
  a.recovery = std::make_unique<recovery_state>();
  not_live_.insert(&a);
  for (flight& f : flights_) {
    if (f.owner != &a) continue;
    f.snapshot.reset();
    // Those that were to be looked at again then need a state; the others have their answer.
    for (held_answer& held : f.behind) {
      if (!held.outcome) a.recovery->again.push_back(std::move(held.command));
    }
    std::erase_if(f.behind, [](const held_answer& held) { return !held.outcome; });
  }
}

// A state of before that is being loaded for a repeat.
void partition_core::renew_past_replies() {
  std::unordered_map<std::uint64_t, past_reply> kept;
  for (auto& [ticket, repeat] : past_replies_) {
    const auto type = types_.find(repeat.command.to.type.value);
    if (type == types_.end() || !type->second.type.holds_personal_data) {
      kept.emplace(ticket, std::move(repeat));
      continue;
    }
    recovery_request request{.ticket = ++last_ticket_,
                             .type = &type->second.type,
                             .key = repeat.command.to,
                             .until = {.sequence = repeat.at.sequence}};
    kept.emplace(request.ticket, std::move(repeat));
    around_.recoveries.recover(std::move(request));
  }
  past_replies_ = std::move(kept);
}

void partition_core::stop() {
  stopping_ = true;
  const error why{errc::stopped, "the node is shutting down"};
  for (activation* a : not_live_in_order()) answer_all_waiting(*a, why);
  for (auto& [ticket, repeat] : past_replies_) answer(repeat.command, why);
  past_replies_.clear();
}

}  // namespace reprise::actors
