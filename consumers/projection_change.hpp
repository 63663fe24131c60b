// SPDX-License-Identifier: Apache-2.0
//
// What a person wishes of one version of a projection, and what that changes of its rows: the same
// whether nobody folds it or a node does.
//
// Invariants
//  * To prepare it changes nothing: what cannot be is known before.
//  * Nobody folds the version, or commits rows of it, from when it is prepared until it is done.
// Threading: pure functions of the rows and the log.

#pragma once

#include "consumers/start_position.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/cursor.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::consumers {

/// Its rows, its checkpoint and its parked events go; it is built of the events from there on.
struct rebuild_order {
  start_point from{};
};
/// Parked events are to be tried again.
struct retry_order {
  parked_choice which{};
};
/// The first parked event of an aggregate is passed by, and the rest is to be tried again.
struct skip_order {
  aggregate_key of{};
  /// It is that event, or nothing is done; 0: whichever is first.
  sequence which{};
  std::string why{};
  timestamp when{};
};
/// The first parked event of an aggregate has another payload from then on.
struct edit_order {
  aggregate_key of{};
  /// As above.
  sequence which{};
  std::string json{};
  std::string why{};
};
struct projection_order {
  std::string name{};
  std::uint32_t version = 0;
  std::variant<rebuild_order, retry_order, skip_order, edit_order> what{};
};

/// What came of it.
struct order_outcome {
  /// Whose parked events are tried again, in that order; of retry_order.
  std::vector<aggregate_key> tried{};
  /// The event that it was about; of skip_order and edit_order.
  std::optional<parked_event> about{};
};

/// What is looked up for it in the log.
struct change_lookups {
  /// Where to begin in each partition. `beyond_head`, `invalid_argument`.
  std::function<result<std::vector<partition_cursor>>(const start_point&)> starts{};
  /// What the stored schema makes of a text in place of the event's payload. `malformed`.
  std::function<result<bytes>(const parked_event&, std::string_view json)> payload{};
};

/// A change that can be made.
struct prepared_change {
  std::string stored{};
  bool removes = false;
  /// Behind that, if there is something to commit.
  std::optional<std::pair<persistence::row_changes, persistence::checkpoint>> commits{};
  order_outcome outcome{};
};

/// `not_found` when nothing is stored of the version, nothing of the aggregate is parked, or
/// another event than the named one is first; and what the lookups say.
[[nodiscard]] result<prepared_change> prepare(const projection_order& what,
                                              const persistence::row_store& rows,
                                              const change_lookups& lookups);
/// Where it removes and commits it may stop between the two: then the version stands at the
/// beginning.
[[nodiscard]] result<void> make(const prepared_change& change, persistence::row_store& rows);

/// One behind the other.
[[nodiscard]] result<order_outcome> carry_out(const projection_order& what,
                                              persistence::row_store& rows,
                                              const change_lookups& lookups);

/// `Log`: a journal, or a store that is only read.
template <class Log>
result<std::vector<partition_cursor>> starts_in(const Log& log, const start_point& from) {
  for (const partition_cursor& named : from.after) {
    if (named.partition.value < log.partitions()) continue;
    return error{errc::invalid_argument, "there is no partition " +
                                             std::to_string(named.partition.value) + ", but " +
                                             std::to_string(log.partitions()) + " from 0"};
  }
  std::vector<partition_cursor> out;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const result<position> last = log.committed({i});
    const auto start = start_in(log, {i}, from);
    if (!last || !start) return last ? start.error() : last.error();
    if (*start > *last) {
      return error{errc::beyond_head,
                   "partition " + std::to_string(i) + " ends at position " +
                       std::to_string(last->value) + ", before " + std::to_string(start->value),
                   last->value};
    }
    out.push_back({{i}, *start});
  }
  return out;
}

/// Of an event of this kind; nothing: the log does not hold it.
[[nodiscard]] result<bytes> payload_of(const parked_event& what,
                                       std::optional<std::uint32_t> event_type,
                                       std::string_view json,
                                       const std::vector<persistence::stored_schema>& schemas);

template <class Log>
result<bytes> payload_in(const Log& log, const std::vector<persistence::stored_schema>& schemas,
                         const parked_event& what, std::string_view json) {
  std::optional<std::uint32_t> event_type;
  const auto page = log.scan(what.partition, {.from = what.at, .limit = 1, .window = 1},
                             [&](const persistence::stored_record& record) {
                               event_type = record.event_type;
                               return false;
                             });
  if (!page) return page.error();
  return payload_of(what, event_type, json, schemas);
}

}  // namespace reprise::consumers
