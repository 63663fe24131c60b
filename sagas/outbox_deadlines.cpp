// SPDX-License-Identifier: Apache-2.0
//
// How an outbox lets deadlines fall due. Its steps are in outbox.cpp.
#include "sagas/message_codec.hpp"
#include "sagas/outbox.hpp"
#include "sagas/outbox_tables.hpp"

#include <reprise/codec.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

namespace reprise::sagas {
namespace {

// So much of what lies ahead is held in memory.
constexpr std::uint64_t look_ahead_micros = 60'000'000;

}  // namespace

base::clock::instant outbox::instant_of(std::int64_t micros) const {
  return ports_.time.steady() + (timestamp(std::chrono::microseconds(micros)) - ports_.time.now());
}

// Brings the deadlines of the next while into memory.
void outbox::look_ahead(std::uint64_t now) {
  if (!beyond_ || *beyond_ > now + look_ahead_micros / 2) return;
  const std::uint64_t until = now + look_ahead_micros;
  const due_key from{horizon_ + 1, 0, 0, 0};
  const due_key below{std::numeric_limits<std::uint64_t>::max(), 0, 0, 0};
  std::optional<std::uint64_t> behind;
  tables_->due.each_between(from, below, [&](const due_key& key, const std::uint64_t& number) {
    if (std::get<0>(key) <= until) {
      near_.emplace(key, number);
      return true;
    }
    behind = std::get<0>(key);
    return false;
  });
  // Not before all of it was read: what was missed is looked for again.
  beyond_ = behind;
  horizon_ = std::max(horizon_, until);
}

result<void> outbox::fire_timers() {
  const base::clock::instant steady = ports_.time.steady();
  for (auto& [at, t] : firing_) {
    if (!t.under_way && t.again_at && *t.again_at <= steady && under_way_ < under_way_max) {
      fire(at, t);
    }
  }
  const auto now = static_cast<std::uint64_t>(ports_.time.now().time_since_epoch().count());
  try {
    look_ahead(now);
    for (auto next = near_.begin();
         next != near_.end() && std::get<0>(next->first) <= now && under_way_ < under_way_max;) {
      const auto [due, partition, position, index] = next->first;
      if (!ports_.sender.acts_for({partition})) {
        waits_for_lead_ = true;
        ++next;
        continue;
      }
      const std::uint64_t number = next->second;
      next = near_.erase(next);
      const place at{partition, position, index};
      if (firing_.contains(at)) continue;
      const auto row = tables_->open.get(at);
      if (!row) continue;
      timer t{.saga = {type_.id, row->tenant, row->saga},
              .number = number,
              .cause = row->effect.cause,
              .correlation = row->effect.correlation,
              .headers = row->effect.headers};
      fire(at, firing_.emplace(at, std::move(t)).first->second);
    }
  } catch (const failed& e) {
    return e.error();
  }
  return {};
}

void outbox::fire(const place& at, timer& t) {
  t.under_way = true;
  t.again_at.reset();
  detail::outgoing_command out{.to = t.saga, .command = log::saga_cmd::fall_due::tag};
  codec<log::saga_cmd::fall_due>::encode({.number = t.number}, out.payload);
  out.how.headers = from_log(t.headers);
  send({.at = at, .fires = true}, std::move(out), t.correlation, t.cause);
}

std::optional<base::clock::instant> outbox::next_timer() const {
  // Answers make it go on.
  if (under_way_ >= under_way_max) return {};
  std::optional<std::uint64_t> due = beyond_;
  // Those that are another node's are looked at again anyway.
  const auto now = static_cast<std::uint64_t>(ports_.time.now().time_since_epoch().count());
  const auto next = std::ranges::find_if(near_, [&](const auto& each) {
    return std::get<0>(each.first) > now || ports_.sender.acts_for({std::get<1>(each.first)});
  });
  if (next != near_.end()) {
    due = std::min(due.value_or(std::get<0>(next->first)), std::get<0>(next->first));
  }
  if (!due) return {};
  return instant_of(static_cast<std::int64_t>(*due));
}

}  // namespace reprise::sagas
