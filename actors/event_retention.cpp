// SPDX-License-Identifier: Apache-2.0
#include "actors/event_retention.hpp"

#include "base/log.hpp"
#include "persistence/retention.hpp"

#include <string>

namespace reprise::actors {

event_retention::event_retention(persistence::journal& events,
                                 persistence::snapshot_store& snapshots, const base::clock& time,
                                 metrics& measured)
    : events_(events),
      snapshots_(snapshots),
      time_(time),
      truncations_(measured.count("retention.truncations")),
      events_hidden_(measured.count("retention.events_hidden")),
      failed_(measured.count("retention.failed")) {}

void event_retention::after_snapshot(const detail::aggregate_type& type,
                                     const aggregate_key& aggregate) {
  if (!hides_) return;
  const result<void> done = hide(type, aggregate);
  if (done) return;
  failed_.add();
  base::log(base::log_level::warning, "old events of " + std::string(type.name) + " " +
                                          aggregate.id + " stay: " + to_string(done.error()));
}

result<void> event_retention::hide(const detail::aggregate_type& type,
                                   const aggregate_key& aggregate) {
  const persistence::retention limits{.events_max = type.settings.keep_events_max,
                                      .events_for = type.settings.keep_events_for};
  // A snapshot that this program cannot load covers nothing.
  const auto usable = [&](const persistence::snapshot& taken) {
    return taken.state_version <= type.settings.state_version &&
           type.make()->load(taken.state).has_value();
  };
  const timestamp now = time_.now();
  const auto old = persistence::events_to_hide(events_, snapshots_, aggregate, limits, usable, now);
  if (!old) return old.error();
  if (!*old) return {};
  if (result<void> durable = snapshots_.sync(); !durable) return durable;
  // The answer's tag says how many events it is about.
  events_.retire(aggregate, persistence::record_kind::truncation, persistence::expectation::any(),
                 (*old)->before, now, *this, (*old)->count);
  return {};
}

void event_retention::appended(std::span<persistence::append_answer> answers) {
  for (const persistence::append_answer& answer : answers) {
    if (!answer.outcome) {
      failed_.add();
    } else if (!answer.outcome->repeated) {
      truncations_.add();
      events_hidden_.add(answer.tag);
    }
  }
}

}  // namespace reprise::actors
