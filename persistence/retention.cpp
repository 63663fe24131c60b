// SPDX-License-Identifier: Apache-2.0
#include "persistence/retention.hpp"

#include <algorithm>

namespace reprise::persistence {
namespace {

// The newest usable snapshot of the present life, at or below `upto`.
result<std::optional<sequence>> newest_usable(const snapshot_store& snapshots,
                                              const aggregate_key& aggregate,
                                              const aggregate_head& head, sequence upto,
                                              const snapshot_check& usable) {
  while (upto >= head.begins) {
    const auto found = snapshots.load(aggregate, {.from = head.begins, .to = upto});
    if (!found) return found.error();
    if (!*found) break;
    if (usable(**found)) return std::optional((*found)->at);
    upto = {(*found)->at.value - 1};
  }
  return std::optional<sequence>{};
}

// First sequence, up to the one behind `last`, whose event is not older than `oldest`.
result<sequence> first_since(const journal& events, const aggregate_key& aggregate, sequence from,
                             sequence last, timestamp oldest) {
  sequence first = from;
  const auto page = events.read(aggregate, {.from = from, .to = last}, [&](const auto& record) {
    if (record.time >= oldest) return false;
    first = record.sequence.next();
    return true;
  });
  if (!page) return page.error();
  return first;
}

}  // namespace

result<std::optional<hideable_events>> events_to_hide(const journal& events,
                                                      const snapshot_store& snapshots,
                                                      const aggregate_key& aggregate,
                                                      const retention& limits,
                                                      const snapshot_check& usable, timestamp now) {
  constexpr std::optional<hideable_events> none{};
  if (limits.keeps_all()) return none;
  const auto head = events.head(aggregate);
  if (!head) return head.error();
  if (head->is != aggregate_head::state::live) return none;

  const auto newest = newest_usable(snapshots, aggregate, *head, head->last, usable);
  if (!newest) return newest.error();
  if (!*newest || (*newest)->value == 0) return none;
  const auto older = newest_usable(snapshots, aggregate, *head, {(*newest)->value - 1}, usable);
  if (!older) return older.error();
  if (!*older || **older < head->first_readable) return none;

  sequence before = head->first_readable;
  if (limits.events_max != 0 && head->last.value > limits.events_max) {
    before = std::max(before, sequence{head->last.value - limits.events_max}.next());
  }
  if (limits.events_for.count() != 0) {
    const auto young =
        first_since(events, aggregate, head->first_readable, **older, now - limits.events_for);
    if (!young) return young.error();
    before = std::max(before, *young);
  }
  before = std::min(before, (*older)->next());
  if (before <= head->first_readable) return none;
  return std::optional(
      hideable_events{.before = before, .count = before.value - head->first_readable.value});
}

}  // namespace reprise::persistence
