// SPDX-License-Identifier: Apache-2.0
//
// Events that a projection has put aside, an aggregate's in their order. They are rows of the
// projection like any other, so that they change together with its checkpoint.
//
// Invariant: which aggregates have parked events is held in memory, and is what the rows say.
// Format: docs/formats.md#rows. Threading: confined to its projector.

#pragma once

#include "persistence/journal.hpp"

#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

class parked_events {
 public:
  explicit parked_events(const failure_policy& limits)
      : keys_max_(limits.parked_keys_max), events_max_(limits.parked_events_max) {}

  /// Finds out what the rows hold of the partitions that are `meant`; without it, of all.
  [[nodiscard]] result<void> load(const detail::row_access& rows,
                                  const std::function<bool(partition_id)>& meant = {});
  [[nodiscard]] bool holds(const persistence::stored_record& record) const;
  [[nodiscard]] bool holds(const aggregate_key& aggregate) const {
    return counts_.contains(aggregate);
  }
  /// `overloaded` when a limit is reached; nothing is put aside then.
  [[nodiscard]] result<void> park(detail::row_access& rows,
                                  const persistence::stored_record& record, std::string cause,
                                  std::uint64_t attempts, timestamp now);
  /// The first one of an aggregate; nothing when there is none.
  [[nodiscard]] result<std::optional<parked_event>> first(const detail::row_access& rows,
                                                          const aggregate_key& aggregate) const;
  /// Replaces what is known of one that stays.
  [[nodiscard]] result<void> update(detail::row_access& rows, const parked_event& what);
  [[nodiscard]] result<void> remove(detail::row_access& rows, const parked_event& what);

  [[nodiscard]] static result<std::vector<parked_event>> list(const detail::row_access& rows);
  [[nodiscard]] std::uint64_t keys() const { return counts_.size(); }
  [[nodiscard]] std::uint64_t events() const;

 private:
  const std::uint64_t keys_max_;
  const std::uint64_t events_max_;
  std::map<aggregate_key, std::uint64_t> counts_;
};

/// A note of an event that was passed by.
[[nodiscard]] result<void> note_skipped(detail::row_access& rows, const partition_cursor& where,
                                        const std::string& cause, timestamp now);

[[nodiscard]] result<std::uint64_t> count_skipped(const detail::row_access& rows);

/// Whether the rows were complete once.
[[nodiscard]] result<bool> is_built(const detail::row_access& rows);
[[nodiscard]] result<void> mark_built(detail::row_access& rows);

}  // namespace reprise::consumers
