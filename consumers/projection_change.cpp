// SPDX-License-Identifier: Apache-2.0
#include "consumers/projection_change.hpp"

#include "consumers/parked_events.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/projector.hpp"
#include "consumers/row_overlay.hpp"
#include "messages/schema_bundle.hpp"

namespace reprise::consumers {
namespace {

class preparation {
 public:
  preparation(std::string stored, const change_lookups& lookups)
      : lookups_(lookups), parked_({}), change_{.stored = std::move(stored)} {}

  // The rows as they are.
  result<void> begin(const projection_order& what, const persistence::row_store& rows) {
    const error unknown{errc::not_found, "nothing is stored of version " +
                                             std::to_string(what.version) + " of a projection " +
                                             what.name};
    if (is_reserved(what.name)) return unknown;
    auto found = rows.read(change_.stored);
    if (!found) return std::move(found).error();
    const auto taken = (*found)->taken_at();
    if (!taken) return taken.error();
    if (!*taken) return unknown;
    taken_ = **taken;
    overlay_.begin(std::move(*found));
    return {};
  }

  result<void> operator()(const rebuild_order& order) {
    change_.removes = true;
    if (order.from.what == start_point::kind::beginning) return {};
    auto starts = lookups_.starts(order.from);
    if (!starts) return std::move(starts).error();
    change_.commits.emplace(persistence::row_changes(),
                            persistence::checkpoint{.cursors = std::move(*starts)});
    return {};
  }

  result<void> operator()(const retry_order& order) {
    const auto parked = parked_events::list(overlay_);
    if (!parked) return parked.error();
    change_.outcome.tried = chosen_queues(*parked, order.which);
    for (const aggregate_key& one : change_.outcome.tried) {
      if (auto put = order_retry(overlay_, one); !put) return put;
    }
    take_changes();
    return {};
  }

  result<void> operator()(const skip_order& order) {
    auto first = first_of(order.of, order.which);
    if (!first) return std::move(first).error();
    if (auto gone = parked_.remove(overlay_, *first); !gone) return gone;
    const auto noted = note_skipped(overlay_, {first->partition, first->at},
                                    "skipped by hand: " + order.why, order.when);
    if (!noted) return noted.error();
    if (auto put = order_retry(overlay_, order.of); !put) return put;
    change_.outcome.about = std::move(*first);
    take_changes();
    return {};
  }

  result<void> operator()(const edit_order& order) {
    auto first = first_of(order.of, order.which);
    if (!first) return std::move(first).error();
    const auto payload = lookups_.payload(*first, order.json);
    if (!payload) return payload.error();
    if (auto put = replace_payload(overlay_, *first, *payload, order.why); !put) return put;
    first->edited = true;
    change_.outcome.about = std::move(*first);
    take_changes();
    return {};
  }

  [[nodiscard]] prepared_change take() { return std::move(change_); }

 private:
  // As a projector has it, with the first parked event of the aggregate.
  result<parked_event> first_of(const aggregate_key& aggregate, sequence which) {
    if (auto loaded = parked_.load(overlay_); !loaded) return std::move(loaded).error();
    auto found = parked_.first(overlay_, aggregate);
    if (!found) return std::move(found).error();
    if (!*found) {
      return error{errc::not_found,
                   "nothing of " + aggregate.id + " is parked in " + change_.stored};
    }
    if (which.value != 0 && which != (*found)->sequence) {
      return error{errc::not_found, "event " + std::to_string(which.value) + " of " + aggregate.id +
                                        " is not the first that is parked in " + change_.stored +
                                        " any more: event " +
                                        std::to_string((*found)->sequence.value) + " is"};
    }
    return std::move(**found);
  }

  void take_changes() {
    overlay_.keep_event();
    change_.commits.emplace(overlay_.take_batch(), taken_);
  }

  const change_lookups& lookups_;
  row_overlay overlay_;
  parked_events parked_;
  persistence::checkpoint taken_;
  prepared_change change_;
};

}  // namespace

result<prepared_change> prepare(const projection_order& what, const persistence::row_store& rows,
                                const change_lookups& lookups) {
  preparation change(stored_name(what.name, what.version), lookups);
  if (auto begun = change.begin(what, rows); !begun) return std::move(begun).error();
  if (auto done = std::visit(change, what.what); !done) return std::move(done).error();
  return change.take();
}

result<void> make(const prepared_change& change, persistence::row_store& rows) {
  if (change.removes) {
    if (auto gone = rows.remove(change.stored); !gone) return gone;
  }
  if (!change.commits) return {};
  return rows.commit(change.stored, change.commits->first, change.commits->second);
}

result<order_outcome> carry_out(const projection_order& what, persistence::row_store& rows,
                                const change_lookups& lookups) {
  auto change = prepare(what, rows, lookups);
  if (!change) return std::move(change).error();
  if (auto done = make(*change, rows); !done) return std::move(done).error();
  return std::move(change->outcome);
}

result<bytes> payload_of(const parked_event& what, std::optional<std::uint32_t> event_type,
                         std::string_view json,
                         const std::vector<persistence::stored_schema>& schemas) {
  for (const persistence::stored_schema& schema : schemas) {
    if (schema.type != what.aggregate.type || !event_type) continue;
    const auto bundle = messages::schema_bundle::open(schema.bundle);
    if (!bundle) return bundle.error();
    return bundle->event_payload(*event_type, json);
  }
  return error{errc::corrupt, "the log holds no event at position " +
                                  std::to_string(what.at.value) + ", or no schema of it"};
}

}  // namespace reprise::consumers
