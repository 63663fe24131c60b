// SPDX-License-Identifier: Apache-2.0
#include "sagas/saga_turn.hpp"

#include "base/trace_step.hpp"
#include "sagas/effect_codec.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/saga_fold.hpp"

#include <reprise/detail/delivery.hpp>

#include <algorithm>
#include <utility>

namespace reprise::sagas {
namespace {

constexpr std::size_t early_answers_max = 100;
constexpr std::size_t timers_max = 10'000;
constexpr std::size_t keys_max = 100;
// As of an instance's own key, which is an id.
constexpr std::size_t key_bytes_max = 1'024;
const std::string idle_name = "idle";

std::int64_t micros(timestamp t) {
  return t.time_since_epoch().count();
}

bytes cause_in(const attributes& headers) {
  for (const auto& [name, value] : headers) {
    event_id id;
    if (name == detail::cause_header && from_hex(value, id.value)) return to_bytes(id);
  }
  return {};
}

}  // namespace

saga_turn::saga_turn(const surroundings& with, const log::saga_state& before)
    : with_(with), next_(before) {}

void saga_turn::begin() {
  change_.began = true;
  change_.phase = log::phase::running;
  fold(next_, change_);
  next_.state.clear();
}

// Every turn with the user's code goes through here.
result<void> saga_turn::run(const user_call& call, const bytes& payload) {
  const auto code = with_.type.make();
  if (!next_.state.empty()) {
    if (auto loaded = code->load(next_.state); !loaded) {
      return error{errc::incompatible,
                   "the data of " + with_.key + " cannot be read: " + loaded.error().message};
    }
  }
  code->situate({.key = with_.key,
                 .now = with_.around.now(),
                 .correlation = with_.around.correlation(),
                 .payload = payload});
  result<effects> wanted = call(*code);
  if (!wanted) return std::move(wanted).error();
  bytes saved = code->save();
  if (saved != next_.state) {
    next_.state = saved;
    change_.state = std::move(saved);
  }
  change_.version = with_.type.settings.version;
  return take(*wanted, {});
}

result<void> saga_turn::show(const envelope& meta, bytes_view payload) {
  auto done = run([&](detail::user_saga& code) { return code.on(meta, payload); });
  if (done && next_.phase == log::phase::running) reset_idle();
  return done;
}

void saga_turn::reset_idle() {
  if (with_.type.settings.idle_after.count() == 0) return;
  open_timer(deadline(idle_name, with_.type.settings.idle_after));
}

result<void> saga_turn::fall_due(const log::effect& what) {
  const std::string name = what.name;
  const bytes payload = what.payload;
  if (what.kind == log::effect_kind::wait) note_waited(name);
  close(what.number);
  if (next_.phase != log::phase::running) return {};
  return run([&](detail::user_saga& code) { return code.due(name); }, payload);
}

result<void> saga_turn::answer(const std::string& name, const bytes& payload) {
  const auto waiting = std::ranges::find_if(next_.open, [&](const log::effect& e) {
    return e.kind == log::effect_kind::wait && e.name == name;
  });
  if (waiting == next_.open.end()) {
    if (next_.early.size() >= early_answers_max) {
      return error{errc::overloaded, "too many answers came before anybody waited for them"};
    }
    next_.early.push_back({.name = name, .payload = payload});
    change_.early.push_back(next_.early.back());
    return {};
  }
  note_waited(name);
  close(waiting->number);
  return run([&](detail::user_saga& code) { return code.told(name); }, payload);
}

result<void> saga_turn::settle(const log::effect& given, const step_result& how) {
  const log::effect step = given;
  close(step.number);
  const bool may_be_undone =
      next_.phase == log::phase::running || next_.phase == log::phase::compensating;
  if (how.accepted() && may_be_undone && !step.takesBack &&
      (!step.undo.empty() || with_.type.has_undo)) {
    next_.done.push_back({.name = step.name, .reply = how.raw(), .undo = step.undo});
    change_.done.push_back(next_.done.back());
  }
  if (!step.takesBack && next_.phase == log::phase::running && with_.type.has_answered) {
    auto told = run([&](detail::user_saga& code) { return code.answered(step.name, how); });
    if (!told) return told;
  }
  if (!how.accepted()) {
    auto branch = from_log(step.otherwise);
    if (!branch) return std::move(branch).error();
    // There was room for the step that it stands in for; without any now, that could never settle.
    const asked where{.takes_back = step.takesBack, .has_room = true};
    if (auto taken = take(effects(std::move(*branch)), where); !taken) return taken;
  }
  return go_on_taking_back();
}

result<void> saga_turn::give_up(const log::effect& stuck) {
  for (log::effect& e : next_.open) {
    if (e.number == stuck.number) e.stuck = "given up";
  }
  return go_on_taking_back();
}

void saga_turn::kill(const std::string& why) {
  while (!next_.open.empty()) close(next_.open.back().number);
  change_.reason = next_.reason = why;
  end(log::phase::killed);
}

void saga_turn::try_anew(const log::effect& stuck, const bytes& payload) {
  log::effect again = stuck;
  close(stuck.number);
  again.stuck.clear();
  again.attempts = 0;
  again.dueMicros = 0;
  if (!payload.empty()) again.payload = payload;
  open(std::move(again));
}

result<void> saga_turn::drop(const log::effect& stuck) {
  close(stuck.number);
  return go_on_taking_back();
}

// ---- effects

result<void> saga_turn::take(const effects& wanted, const asked& how) {
  const std::string* compensation = nullptr;
  bool finishes = false;
  for (const effect& one : wanted.list()) {
    result<void> done;
    switch (one.what) {
      case effect::kind::send:
      case effect::kind::call:
        done = open_step(one, how);
        break;
      case effect::kind::deadline:
        if (next_.phase == log::phase::running) open_timer(one);
        break;
      case effect::kind::wait:
        if (next_.phase == log::phase::running) done = open_wait(one);
        break;
      case effect::kind::cancel:
        close_timers(one.name);
        break;
      case effect::kind::also_keyed:
        if (next_.phase == log::phase::running) done = add_key(one.name);
        break;
      case effect::kind::no_longer_keyed:
        drop_key(one.name);
        break;
      case effect::kind::compensate:
        compensation = &one.name;
        break;
      case effect::kind::finish:
        finishes = true;
        break;
    }
    if (!done) return done;
    if (next_.open.size() > timers_max + with_.type.settings.steps_open_max) {
      return error{errc::too_large,
                   "more than " + std::to_string(timers_max) + " deadlines of one saga at once"};
    }
  }
  // Behind the others, so that it covers them.
  if (compensation != nullptr) return compensate(*compensation);
  if (finishes && next_.phase == log::phase::running) end(log::phase::completed);
  return {};
}

result<void> saga_turn::open_step(const effect& wanted, const asked& how) {
  if (wanted.what == effect::kind::send && !with_.node.hosts(wanted.to.type)) {
    return error{errc::handler_failed,
                 "the step " + wanted.name + " is for an aggregate type that is not hosted here"};
  }
  if (wanted.to.id.empty() || wanted.to.id.size() > 1024) {
    return error{errc::handler_failed, "the step " + wanted.name + " is for an id of " +
                                           std::to_string(wanted.to.id.size()) +
                                           " bytes, it must be 1 to 1024"};
  }
  if (auto fits = how.has_room ? result<void>() : check_room(); !fits) return fits;
  log::effect step = to_log(wanted);
  step.takesBack = how.takes_back;
  open(std::move(step));
  return {};
}

result<void> saga_turn::check_room() const {
  const std::uint64_t steps_max = with_.type.settings.steps_open_max;
  const auto steps_in = [](const std::vector<log::effect>& all) {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(all, [](const log::effect& e) { return !is_timer(e.kind); }));
  };
  if (steps_in(next_.open) < steps_max) return {};
  const std::string why = "more than " + std::to_string(steps_max) + " steps of one saga at once";
  // What asks for too many by itself would wait for ever.
  const bool may_pass = with_.type.waits_for_room && steps_in(change_.opened) < steps_max;
  return error{may_pass ? errc::overloaded : errc::handler_failed, why};
}

void saga_turn::open_timer(const effect& wanted) {
  close_timers(wanted.name);
  log::effect timer = to_log(wanted);
  const bool has_end = wanted.what == effect::kind::deadline || wanted.after.count() > 0;
  // 0 would mean that it never falls due.
  if (has_end)
    timer.dueMicros = std::max<std::int64_t>(micros(with_.around.now() + wanted.after), 1);
  open(std::move(timer));
}

result<void> saga_turn::open_wait(const effect& wanted) {
  const auto early = std::ranges::find(next_.early, wanted.name, &log::early_answer::name);
  if (early == next_.early.end()) {
    open_timer(wanted);
    std::erase(next_.waited, wanted.name);
    std::erase(change_.waited, wanted.name);
    return {};
  }
  const bytes payload = early->payload;
  next_.early.erase(early);
  change_.usedEarly.push_back(wanted.name);
  note_waited(wanted.name);
  close_timers(wanted.name);
  return run([&](detail::user_saga& code) { return code.told(wanted.name); }, payload);
}

void saga_turn::open(log::effect what) {
  what.number = ++next_.lastNumber;
  what.cause = cause_in(with_.around.headers());
  what.correlation = to_bytes(with_.around.correlation());
  what.headers = to_log(base::carried_headers(with_.around.headers()));
  next_.open.push_back(what);
  change_.opened.push_back(std::move(what));
}

void saga_turn::close(std::uint64_t number) {
  std::erase_if(next_.open, [&](const log::effect& e) { return e.number == number; });
  // What was asked for and taken back in one turn was never there.
  if (std::erase_if(change_.opened, [&](const log::effect& e) { return e.number == number; }) ==
      0) {
    change_.closed.push_back(number);
  }
}

void saga_turn::note_waited(const std::string& name) {
  next_.waited.push_back(name);
  change_.waited.push_back(name);
}

void saga_turn::close_timers(const std::optional<std::string>& name) {
  std::vector<std::uint64_t> numbers;
  for (const log::effect& e : next_.open) {
    if (is_timer(e.kind) && (!name || e.name == *name)) numbers.push_back(e.number);
  }
  for (const std::uint64_t number : numbers) close(number);
}

// ---- keys

result<void> saga_turn::add_key(const std::string& key) {
  if (key.empty() || key.size() > key_bytes_max) {
    return error{errc::handler_failed, "a further key has " + std::to_string(key.size()) +
                                           " bytes, it must be 1 to " +
                                           std::to_string(key_bytes_max)};
  }
  if (key == with_.key || std::ranges::find(next_.keys, key) != next_.keys.end()) return {};
  if (next_.keys.size() >= keys_max) {
    return error{errc::handler_failed,
                 "more than " + std::to_string(keys_max) + " further keys of one saga at once"};
  }
  next_.keys.push_back(key);
  note_key(key, true);
  return {};
}

void saga_turn::drop_key(const std::string& key) {
  if (std::erase(next_.keys, key) > 0) note_key(key, false);
}

void saga_turn::note_key(const std::string& key, bool added) {
  if (change_.keys.empty()) {
    for (const position end : with_.node.log_ends()) change_.keyEnds.push_back(end.value);
  }
  change_.keys.push_back({.key = key, .added = added});
}

void saga_turn::end(log::phase how) {
  close_timers();
  while (!next_.keys.empty()) drop_key(std::string(next_.keys.back()));
  change_.phase = next_.phase = how;
}

// ---- compensation

result<void> saga_turn::compensate(const std::string& why) {
  if (next_.phase != log::phase::running) return {};
  close_timers();
  change_.phase = next_.phase = log::phase::compensating;
  change_.reason = next_.reason = why.empty() ? "compensated" : why;
  return go_on_taking_back();
}

result<void> saga_turn::go_on_taking_back() {
  while (next_.phase == log::phase::compensating) {
    const auto blocks = [&](const log::effect& e) {
      return e.takesBack && (e.stuck.empty() || !with_.type.settings.undo_goes_on);
    };
    if (std::ranges::any_of(next_.open, blocks)) return {};
    if (!next_.done.empty()) {
      if (auto done = take_back_last(); !done) return done;
      continue;
    }
    // A step that is still out may be accepted yet, and is taken back then.
    const auto is_out = [](const log::effect& e) { return e.stuck.empty(); };
    if (std::ranges::any_of(next_.open, is_out)) return {};
    end(log::phase::failed);
    if (!with_.type.has_compensated) return {};
    const std::string why = next_.reason;
    return run([&](detail::user_saga& code) { return code.compensated(why); });
  }
  return {};
}

result<void> saga_turn::take_back_last() {
  const log::done_step step = next_.done.back();
  next_.done.pop_back();
  // One that was done in this very turn was never there.
  if (!change_.done.empty()) {
    change_.done.pop_back();
  } else {
    ++change_.undone;
  }
  auto stored = from_log(step.undo);
  if (!stored) return std::move(stored).error();
  std::vector<effect> wanted = std::move(*stored);
  if (with_.type.has_undo) {
    const step_result was(step.reply, true, {}, {});
    auto done = run([&](detail::user_saga& code) -> result<effects> {
      auto more = code.undo(step.name, was);
      if (!more) return std::move(more).error();
      wanted.insert(wanted.end(), more->list().begin(), more->list().end());
      return effects();
    });
    if (!done) return done;
  }
  return take(effects(std::move(wanted)), {.takes_back = true, .has_room = true});
}

}  // namespace reprise::sagas
