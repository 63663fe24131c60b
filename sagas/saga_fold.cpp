// SPDX-License-Identifier: Apache-2.0
#include "sagas/saga_fold.hpp"

#include <reprise/codec.hpp>

#include <algorithm>
#include <string>
#include <type_traits>
#include <variant>

namespace reprise::sagas {
namespace {

using log::saga_ev;
using log::saga_state;

void drop_first_parked(saga_state& s) {
  if (!s.parked.empty()) s.parked.erase(s.parked.begin());
}

log::effect* find(saga_state& s, std::uint64_t number) {
  const auto found = std::ranges::find(s.open, number, &log::effect::number);
  return found == s.open.end() ? nullptr : &*found;
}

void apply(saga_state& s, const saga_ev::handled& e) {
  if (e.wasParked) drop_first_parked(s);
  fold(s, e.change);
}
void apply(saga_state& s, const saga_ev::answered& e) {
  fold(s, e.change);
}
void apply(saga_state& s, const saga_ev::postponed& e) {
  log::effect* const open = find(s, e.number);
  if (open == nullptr) return;
  open->attempts = e.attempts;
  open->dueMicros = e.dueMicros;
}
void apply(saga_state& s, const saga_ev::stuck& e) {
  log::effect* const open = find(s, e.number);
  if (open == nullptr) return;
  open->attempts = e.attempts;
  open->stuck = e.why;
  fold(s, e.change);
}
void apply(saga_state& s, const saga_ev::fell_due& e) {
  fold(s, e.change);
}
void apply(saga_state& s, const saga_ev::told& e) {
  fold(s, e.change);
}
void apply(saga_state& s, const saga_ev::parked& e) {
  s.parked.push_back({.message = e.message,
                      .cause = e.cause,
                      .attempts = e.attempts,
                      .firstMicros = e.firstMicros,
                      .lastMicros = e.lastMicros,
                      .original = e.original});
}
void apply(saga_state& s, const saga_ev::tried_again& e) {
  if (s.parked.empty()) return;
  log::parked_message& first = s.parked.front();
  first.cause = e.cause;
  ++first.attempts;
  first.lastMicros = e.timeMicros;
}
void apply(saga_state& s, const saga_ev::unparked&) {
  drop_first_parked(s);
}
void apply(saga_state& s, const saga_ev::edited& e) {
  if (s.parked.empty()) return;
  log::parked_message& first = s.parked.front();
  if (first.original.empty()) first.original = first.message.payload;
  first.message.payload = e.payload;
}
void apply(saga_state& s, const saga_ev::steered& e) {
  s.paused = e.paused;
  fold(s, e.change);
}

}  // namespace

void fold(saga_state& s, const log::change& c) {
  if (c.began) {
    s.reason.clear();
    s.done.clear();
    s.early.clear();
    s.waited.clear();
  }
  if (c.phase != log::phase::none) s.phase = c.phase;
  if (c.version != 0) s.version = c.version;
  if (!c.reason.empty()) s.reason = c.reason;
  if (!c.state.empty()) s.state = c.state;
  for (const std::uint64_t number : c.closed) {
    std::erase_if(s.open, [&](const log::effect& e) { return e.number == number; });
  }
  for (const log::effect& e : c.opened) {
    s.open.push_back(e);
    s.lastNumber = std::max(s.lastNumber, e.number);
    if (e.kind == log::effect_kind::wait) std::erase(s.waited, e.name);
  }
  s.done.resize(s.done.size() - std::min<std::size_t>(c.undone, s.done.size()));
  s.done.insert(s.done.end(), c.done.begin(), c.done.end());
  for (const std::string& name : c.usedEarly) {
    const auto used = std::ranges::find(s.early, name, &log::early_answer::name);
    if (used != s.early.end()) s.early.erase(used);
  }
  s.early.insert(s.early.end(), c.early.begin(), c.early.end());
  for (const log::key_change& k : c.keys) {
    if (k.added) {
      s.keys.push_back(k.key);
    } else {
      std::erase(s.keys, k.key);
    }
  }
  for (const std::string& name : c.waited) {
    if (std::ranges::find(s.waited, name) == s.waited.end()) s.waited.push_back(name);
  }
}

void fold(saga_state& state, const log::saga_api::event& event) {
  std::visit([&](const auto& e) { apply(state, e); }, event);
}

result<log::saga_api::event> decode_event(std::uint32_t event_type, bytes_view payload) {
  result<log::saga_api::event> out =
      error{errc::malformed, "a saga has no event type " + std::to_string(event_type)};
  [&]<class... E>(std::type_identity<std::variant<E...>>) {
    const auto one = [&]<class T>(std::type_identity<T>) {
      if (T::tag != event_type) return;
      result<T> decoded = codec<T>::decode(payload);
      if (decoded) {
        out = log::saga_api::event(std::move(*decoded));
      } else {
        out = std::move(decoded).error();
      }
    };
    (one(std::type_identity<E>{}), ...);
  }(std::type_identity<log::saga_api::event>{});
  return out;
}

const log::effect* find_open(const saga_state& state, std::uint64_t number) {
  const auto found = std::ranges::find(state.open, number, &log::effect::number);
  return found == state.open.end() ? nullptr : &*found;
}

}  // namespace reprise::sagas
