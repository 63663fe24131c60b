// SPDX-License-Identifier: Apache-2.0
//
// What a projector does with events that are parked: as it is asked, and as somebody has ordered
// while nobody folded. The rest of it is in projector.cpp.
#include "base/assert.hpp"
#include "base/log.hpp"
#include "consumers/event_fault.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/projector.hpp"

#include <algorithm>
#include <utility>

namespace reprise::consumers {

using persistence::stored_record;

// Left by somebody while nobody folded.
result<void> projector::load_orders() {
  ordered_.clear();
  auto wanted = ordered_retries(rows_);
  if (!wanted) return std::move(wanted).error();
  if (wanted->empty()) return {};
  const auto parked = parked_events::list(rows_);
  if (!parked) return parked.error();
  std::erase_if(*wanted, [&](const aggregate_key& aggregate) {
    return lanes_->lane_of(ports_.log.partition_of(aggregate)) != lane_;
  });
  for (aggregate_key& aggregate : chosen_queues(*parked, {})) {
    const auto found = std::ranges::find(*wanted, aggregate);
    if (found == wanted->end()) continue;
    ordered_.push_back(std::move(aggregate));
    wanted->erase(found);
  }
  // Of these nothing is parked any more; they are only forgotten.
  ordered_.insert(ordered_.end(), wanted->begin(), wanted->end());
  return {};
}

// One queue at a time, together with the end of its order.
projector::progress projector::carry_out_order() {
  if (auto begun = begin_in_turn(); !begun) return fail(std::move(begun).error());
  const aggregate_key aggregate = ordered_.front();
  if (auto forgotten = forget_order(rows_, aggregate); !forgotten) {
    return fail(std::move(forgotten).error());
  }
  rows_.keep_event();
  const auto done = committed_or_undone(fold_parked(aggregate));
  if (!done) return fail(done.error());
  ordered_.pop_front();
  base::log(base::log_level::info,
            "the projection " + name_ + " has tried parked events of " + aggregate.id +
                " again, as ordered: " + std::to_string(*done) + " are done with");
  return {.is = state::more};
}

result<std::uint64_t> projector::retry_parked(const aggregate_key& aggregate) {
  const auto first = first_parked(aggregate);
  auto done = first ? committed_or_undone(fold_parked(aggregate)) : first.error();
  leave();
  return done;
}

result<void> projector::skip_parked(const aggregate_key& aggregate) {
  const auto first = first_parked(aggregate);
  result<void> done = first ? parked_.remove(rows_, *first) : first.error();
  if (done) {
    rows_.keep_event();
    if (const auto rest = committed_or_undone(fold_parked(aggregate)); !rest) done = rest.error();
  }
  leave();
  return done;
}

result<parked_event> projector::first_parked(const aggregate_key& aggregate) {
  if (!lanes_->take_turn(lane_)) {
    return error{errc::unavailable, "another lane of the projection " + name_ + " commits"};
  }
  if (auto begun = begin_in_turn(); !begun) return std::move(begun).error();
  auto first = parked_.first(rows_, aggregate);
  if (!first) return std::move(first).error();
  if (!*first) {
    return error{errc::not_found, "nothing of " + aggregate.id + " is parked in " + name_};
  }
  return std::move(**first);
}

// So that what follows cannot be overtaken, it begins on rows that are read with the turn.
result<void> projector::begin_in_turn() {
  if (auto begun = ensure_begun(); !begun) return begun;
  if (lanes_->lanes() > 1) {
    if (rows_.changed()) {
      const auto done = commit();
      if (!done || !*done) undo();
      if (!done) return done.error();
    }
    let_go();
  }
  return read_on();
}

result<std::uint64_t> projector::fold_parked(const aggregate_key& aggregate) {
  for (std::uint64_t done = 0;; ++done) {
    auto found = parked_.first(rows_, aggregate);
    if (!found) return std::move(found).error();
    if (!*found) return done;
    parked_event& what = **found;
    const result<void> folded = fold_at(what);
    if (folded) {
      if (auto removed = parked_.remove(rows_, what); !removed) return std::move(removed).error();
      rows_.keep_event();
      continue;
    }
    rows_.forget_event();
    if (!is_of_the_event(folded.error().code)) return folded.error();
    ++what.attempts;
    what.cause = folded.error().message;
    what.last_tried = ports_.time.now();
    if (auto put = parked_.update(rows_, what); !put) return std::move(put).error();
    rows_.keep_event();
    return done;
  }
}

result<std::uint64_t> projector::committed_or_undone(result<std::uint64_t> done) {
  if (done) {
    const auto stored = commit();
    REPRISE_ASSERT(!stored || *stored, "nobody overtakes the lane that has the turn");
    if (stored) return done;
    done = stored.error();
  }
  undo();
  return done;
}

result<void> projector::fold_at(const parked_event& what) {
  const auto replaced = replaced_payload(rows_, what);
  if (!replaced) return replaced.error();
  result<void> folded =
      error{errc::corrupt, "the log holds no event at position " + std::to_string(what.at.value) +
                               " of partition " + std::to_string(what.partition.value)};
  const auto page = ports_.log.scan(what.partition, {.from = what.at, .limit = 1, .window = 1},
                                    [&](const stored_record& record) {
                                      stored_record shown = record;
                                      if (*replaced) shown.payload = **replaced;
                                      folded = fold(shown, ports_.time.steady());
                                      return false;
                                    });
  if (!page) return page.error();
  return folded;
}

}  // namespace reprise::consumers
