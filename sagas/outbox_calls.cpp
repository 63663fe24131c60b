// SPDX-License-Identifier: Apache-2.0
//
// How an outbox calls functions outside, and waits where they may not be called yet.
#include "sagas/message_codec.hpp"
#include "sagas/outbox.hpp"
#include "sagas/outbox_tables.hpp"

#include <reprise/detail/delivery.hpp>

namespace reprise::sagas {

void outbox::call(const lane_key& key, const place& at, step& s) {
  held_calls& held = held_[s.effect.target];
  // Those that wait already come first.
  if (held.lanes.empty() && may_call(s.effect.target, held)) {
    held_.erase(s.effect.target);
    call_now(at, s);
    return;
  }
  held.lanes.push_back(key);
  s.is_held = true;
  if (!held.why.empty()) in_trouble(at, name_of(s), {errc::unavailable, held.why});
}

bool outbox::may_call(const std::string& handler, held_calls& held) {
  auto hold = ports_.sender.hold_call(handler);
  held.until = hold ? hold->until : base::clock::instant{};
  held.why = hold ? std::move(hold->why) : std::string();
  return !hold;
}

void outbox::call_now(const place& at, step& s) {
  s.under_way = true;
  ports_.sender.call(leaves({.at = at}), {.handler = s.effect.target,
                                          .key = id_of(at, s),
                                          .request = s.effect.payload,
                                          .headers = from_log(s.effect.headers)});
}

// Calls those that waited, in the order in which they came, as far as may be.
void outbox::call_held() {
  const base::clock::instant now = ports_.time.steady();
  for (auto it = held_.begin(); it != held_.end();) {
    held_calls& held = it->second;
    while (held.until <= now && !held.lanes.empty() && under_way_ < under_way_max) {
      const auto lane = lanes_.find(held.lanes.front());
      step* const first = lane == lanes_.end() ? nullptr : &steps_.at(lane->second.front());
      // It may have been given up meanwhile.
      if (first == nullptr || !first->is_held || first->effect.target != it->first) {
        held.lanes.pop_front();
        continue;
      }
      if (!may_call(it->first, held)) break;
      const place at = lane->second.front();
      held.lanes.pop_front();
      first->is_held = false;
      call_now(at, *first);
    }
    it = held.lanes.empty() ? held_.erase(it) : std::next(it);
  }
}

std::optional<base::clock::instant> outbox::next_held() const {
  // Answers make it go on.
  if (under_way_ >= under_way_max) return {};
  std::optional<base::clock::instant> due;
  for (const auto& [name, held] : held_) {
    if (!due || held.until < *due) due = held.until;
  }
  return due;
}

}  // namespace reprise::sagas
