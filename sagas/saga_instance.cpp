// SPDX-License-Identifier: Apache-2.0
#include "sagas/saga_instance.hpp"

#include "sagas/effect_codec.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/saga_fold.hpp"

#include <algorithm>
#include <utility>

namespace reprise::sagas {
namespace {

using log::saga_ev;

// What one command releases at most; each release is an event of the decision.
constexpr std::size_t released_at_once_max = 100;

std::int64_t micros(timestamp t) {
  return t.time_since_epoch().count();
}

rejection no_such_step(std::uint64_t number) {
  return reject("not_found", "no step with the number " + std::to_string(number) + " is open");
}

}  // namespace

result<void> saga_instance::check_version() const {
  if (state_.version <= type_.settings.version) return {};
  return error{errc::incompatible, "version " + std::to_string(state_.version) + " of the saga " +
                                       type_.name + " has written this instance, here is version " +
                                       std::to_string(type_.settings.version)};
}

void saga_instance::apply(const event& e) {
  fold(state_, e);
}

// ---- events of others

saga_instance::decided saga_instance::decide(const cmd::handle& c, const std::string& key,
                                             const context& x) const {
  if (auto fine = check_version(); !fine) return fine.error();
  if (!state_.parked.empty() || state_.paused) return park(c.message, {}, 0, x);
  auto events = handle(state_, c.message, false, key, x);
  if (!events) return std::move(events).error();
  return decision<event>(std::move(*events));
}

saga_instance::decided saga_instance::decide(const cmd::park& c, const std::string&,
                                             const context& x) const {
  if (auto fine = check_version(); !fine) return fine.error();
  // Where it only waits behind another, its own failure will be seen when its turn comes.
  const bool behind = !state_.parked.empty() || state_.paused;
  return park(c.message, behind ? std::string() : c.cause, behind ? 0 : c.attempts, x);
}

saga_instance::decided saga_instance::park(const log::message& what, const std::string& cause,
                                           std::uint64_t attempts, const context& x) const {
  if (state_.parked.size() >= type_.settings.failing.parked_events_max) {
    return decision<event>(reject(
        "parked_full", std::to_string(state_.parked.size()) + " events of this instance wait"));
  }
  return decision<event>(saga_ev::parked{.message = what,
                                         .cause = cause,
                                         .attempts = attempts,
                                         .firstMicros = micros(x.now()),
                                         .lastMicros = micros(x.now())});
}

result<std::vector<saga_instance::event>> saga_instance::handle(const log::saga_state& state,
                                                                const log::message& m,
                                                                bool was_parked,
                                                                const std::string& key,
                                                                const context& x) const {
  const bool running = state.phase == log::phase::running;
  const auto left_alone = [&]() -> std::vector<event> {
    if (!was_parked) return {};
    return {saga_ev::unparked{.event = m.id, .reason = "no instance wants it"}};
  };
  if (state.phase == log::phase::compensating) return left_alone();
  if (running && m.starts && type_.settings.strict_start) {
    return error{errc::handler_failed, "an instance with the key " + key + " is running already"};
  }
  if (!running && !m.starts) {
    if (!type_.settings.strict_continue) return left_alone();
    return error{errc::handler_failed, "no instance with the key " + key + " is running"};
  }
  saga_turn turn({type_, node_, key, x}, state);
  if (!running) turn.begin();
  const envelope meta = envelope_of(m);
  if (auto done = turn.show(meta, m.payload); !done) return done.error();
  return std::vector<event>{saga_ev::handled{.event = m.id,
                                             .type = m.type,
                                             .aggregate = m.aggregate,
                                             .eventType = m.eventType,
                                             .partition = m.partition,
                                             .position = m.position,
                                             .wasParked = was_parked,
                                             .change = turn.take_change()}};
}

// ---- steps and time

saga_instance::decided saga_instance::decide(const cmd::settle& c, const std::string& key,
                                             const context& x) const {
  const log::effect* const step = find_open(state_, c.number);
  if (step == nullptr || !step->stuck.empty()) return decision<event>(nothing);
  if (auto fine = check_version(); !fine) return fine.error();
  saga_turn turn({type_, node_, key, x}, state_);
  const bool has_branch = !step->otherwise.empty() || (type_.has_answered && !step->takesBack &&
                                                       state_.phase == log::phase::running);
  if (!c.accepted && !has_branch) {
    if (auto done = turn.give_up(*step); !done) return done.error();
    return decision<event>(saga_ev::stuck{.number = c.number,
                                          .attempts = c.attempts,
                                          .why = c.code + ": " + c.why,
                                          .change = turn.take_change()});
  }
  const step_result how(c.content, c.accepted, c.code, c.why);
  if (auto done = turn.settle(*step, how); !done) return done.error();
  log::change change = turn.take_change();
  const bool is_kept = !change.done.empty();
  return decision<event>(saga_ev::answered{.number = c.number,
                                           .step = step->name,
                                           .accepted = c.accepted,
                                           .code = c.code,
                                           .why = c.why,
                                           .change = std::move(change),
                                           .content = is_kept ? bytes() : c.content,
                                           .hasContent = true});
}

saga_instance::decided saga_instance::decide(const cmd::postpone& c, const std::string&,
                                             const context&) const {
  const log::effect* const step = find_open(state_, c.number);
  if (step == nullptr || !step->stuck.empty()) return decision<event>(nothing);
  return decision<event>(saga_ev::postponed{
      .number = c.number, .attempts = c.attempts, .dueMicros = c.dueMicros, .why = c.why});
}

saga_instance::decided saga_instance::decide(const cmd::fall_due& c, const std::string& key,
                                             const context& x) const {
  const log::effect* const timer = find_open(state_, c.number);
  if (timer == nullptr) return decision<event>(nothing);
  if (auto fine = check_version(); !fine) return fine.error();
  if (micros(x.now()) < timer->dueMicros) {
    return decision<event>(reject("early", "it is not due before its time"));
  }
  saga_turn turn({type_, node_, key, x}, state_);
  if (auto done = turn.fall_due(*timer); !done) return done.error();
  return decision<event>(
      saga_ev::fell_due{.number = c.number, .deadline = timer->name, .change = turn.take_change()});
}

saga_instance::decided saga_instance::decide(const cmd::answer& c, const std::string& key,
                                             const context& x) const {
  if (auto fine = check_version(); !fine) return fine.error();
  if (state_.phase != log::phase::running) {
    return decision<event>(reject("not_running", "the instance is not running"));
  }
  const bool open = std::ranges::any_of(state_.open, [&](const log::effect& e) {
    return e.kind == log::effect_kind::wait && e.name == c.wait;
  });
  if (!open && std::ranges::find(state_.waited, c.wait) != state_.waited.end()) {
    return decision<event>(reject("too_late", "nobody waits for " + c.wait + " any more"));
  }
  saga_turn turn({type_, node_, key, x}, state_);
  if (auto done = turn.answer(c.wait, c.payload); !done) return done.error();
  return decision<event>(
      saga_ev::told{.wait = c.wait, .payload = c.payload, .change = turn.take_change()});
}

// ---- by hand

saga_instance::decided saga_instance::decide(const cmd::cancel& c, const std::string& key,
                                             const context& x) const {
  if (auto fine = check_version(); !fine) return fine.error();
  if (state_.phase != log::phase::running) {
    return decision<event>(reject("not_running", "the instance is not running"));
  }
  saga_turn turn({type_, node_, key, x}, state_);
  if (auto done = turn.compensate(c.reason.empty() ? "cancelled" : c.reason); !done) {
    return done.error();
  }
  return decision<event>(saga_ev::steered{
      .what = "cancel", .reason = c.reason, .change = turn.take_change(), .paused = state_.paused});
}

saga_instance::decided saga_instance::decide(const cmd::kill& c, const std::string& key,
                                             const context& x) const {
  if (state_.phase == log::phase::none || has_ended(state_.phase)) {
    return decision<event>(reject("not_running", "the instance is not running"));
  }
  saga_turn turn({type_, node_, key, x}, state_);
  turn.kill(c.reason.empty() ? "killed" : c.reason);
  return decision<event>(saga_ev::steered{
      .what = "kill", .reason = c.reason, .change = turn.take_change(), .paused = false});
}

saga_instance::decided saga_instance::decide(const cmd::pause& c, const std::string&,
                                             const context&) const {
  if (state_.paused) return decision<event>(nothing);
  return decision<event>(saga_ev::steered{.what = "pause", .reason = c.reason, .paused = true});
}

saga_instance::decided saga_instance::decide(const cmd::resume& c, const std::string& key,
                                             const context& x) const {
  if (!state_.paused) return decision<event>(nothing);
  std::vector<event> out{saga_ev::steered{.what = "resume", .reason = c.reason, .paused = false}};
  log::saga_state next = state_;
  fold(next, out.front());
  // What waited for nothing but this goes on; what failed before waits for a retry.
  if (!next.parked.empty() && next.parked.front().cause.empty()) {
    release(std::move(next), key, x, out);
  }
  return decision<event>(std::move(out));
}

saga_instance::decided saga_instance::decide(const cmd::retry_step& c, const std::string& key,
                                             const context& x) const {
  const log::effect* const step = find_open(state_, c.number);
  if (step == nullptr) return decision<event>(no_such_step(c.number));
  if (step->stuck.empty()) {
    return decision<event>(reject("not_stuck", "the step " + step->name + " is being tried"));
  }
  saga_turn turn({type_, node_, key, x}, state_);
  turn.try_anew(*step, c.payload);
  return decision<event>(saga_ev::steered{
      .what = "retry " + step->name, .change = turn.take_change(), .paused = state_.paused});
}

saga_instance::decided saga_instance::decide(const cmd::drop_step& c, const std::string& key,
                                             const context& x) const {
  const log::effect* const step = find_open(state_, c.number);
  if (step == nullptr) return decision<event>(no_such_step(c.number));
  if (step->stuck.empty()) {
    return decision<event>(reject("not_stuck", "the step " + step->name + " is being tried"));
  }
  saga_turn turn({type_, node_, key, x}, state_);
  const std::string name = step->name;
  if (auto done = turn.drop(*step); !done) return done.error();
  return decision<event>(saga_ev::steered{.what = "drop " + name,
                                          .reason = c.reason,
                                          .change = turn.take_change(),
                                          .paused = state_.paused});
}

// ---- parked events

// Handles parked events in order until one fails. The first has its failure noted.
void saga_instance::release(log::saga_state state, const std::string& key, const context& x,
                            std::vector<event>& out) const {
  const auto note = [&](event e) {
    fold(state, e);
    out.push_back(std::move(e));
  };
  for (std::size_t n = 0; n < released_at_once_max && !state.parked.empty(); ++n) {
    const log::message first = state.parked.front().message;
    auto done = handle(state, first, true, key, x);
    if (!done) {
      note(saga_ev::tried_again{.cause = done.error().message, .timeMicros = micros(x.now())});
      return;
    }
    for (event& e : *done) note(std::move(e));
  }
}

saga_instance::decided saga_instance::decide(const cmd::retry_parked&, const std::string& key,
                                             const context& x) const {
  if (auto fine = check_version(); !fine) return fine.error();
  if (state_.parked.empty()) {
    return decision<event>(reject("not_found", "nothing of this instance is parked"));
  }
  if (state_.paused) return decision<event>(reject("paused", "the instance is paused"));
  std::vector<event> out;
  release(state_, key, x, out);
  return decision<event>(std::move(out));
}

saga_instance::decided saga_instance::decide(const cmd::skip_parked& c, const std::string& key,
                                             const context& x) const {
  if (auto fine = check_version(); !fine) return fine.error();
  if (state_.parked.empty()) {
    return decision<event>(reject("not_found", "nothing of this instance is parked"));
  }
  std::vector<event> out{
      saga_ev::unparked{.event = state_.parked.front().message.id, .reason = c.reason}};
  log::saga_state next = state_;
  fold(next, out.front());
  if (!next.paused) release(std::move(next), key, x, out);
  return decision<event>(std::move(out));
}

saga_instance::decided saga_instance::decide(const cmd::edit_parked& c, const std::string&,
                                             const context&) const {
  if (state_.parked.empty()) {
    return decision<event>(reject("not_found", "nothing of this instance is parked"));
  }
  envelope meta = envelope_of(state_.parked.front().message);
  if (auto read = type_.keys(meta, c.payload); !read && read.error().code == errc::malformed) {
    return decision<event>(reject("malformed", read.error().message));
  }
  return decision<event>(saga_ev::edited{.payload = c.payload, .reason = c.reason});
}

saga_instance::decided saga_instance::decide(const cmd::look&, const std::string&,
                                             const context&) const {
  return decision<event>(nothing);
}

}  // namespace reprise::sagas
