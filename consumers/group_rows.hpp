// SPDX-License-Identifier: Apache-2.0
//
// What a group keeps beside its checkpoint: the events that it has put aside, and which of them are
// to be assigned again by whoever runs it next.
//
// Format: docs/formats.md#rows. Threading: pure functions of the rows.

#pragma once

#include "persistence/row_store.hpp"

#include <reprise/cursor.hpp>
#include <reprise/group.hpp>
#include <reprise/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

/// What a group keeps its rows and its checkpoint under.
[[nodiscard]] std::string group_rows(const std::string& name);
/// The group that keeps something under this; nothing for what is no group's.
[[nodiscard]] std::optional<std::string> group_of_rows(const std::string& stored);

/// In the order of partitions and positions; of one partition, or all. `corrupt`.
[[nodiscard]] result<std::vector<group_parked_event>> parked_in(
    const persistence::row_snapshot& rows, std::optional<partition_id> of = {});
/// Where those are that are to be assigned again; each cursor is at one of them. `corrupt`.
[[nodiscard]] result<std::vector<partition_cursor>> ordered_in(
    const persistence::row_snapshot& rows, std::optional<partition_id> of = {});

// Each adds to `changes`, behind what is in it already.
void note_parked(const group_parked_event& what, persistence::row_changes& changes);
void note_ordered(const partition_cursor& where, persistence::row_changes& changes);
void forget_ordered(const partition_cursor& where, persistence::row_changes& changes);
/// And an order to try it again.
void forget_parked(const partition_cursor& where, persistence::row_changes& changes);

}  // namespace reprise::consumers
