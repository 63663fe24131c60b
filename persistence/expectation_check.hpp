// SPDX-License-Identifier: Apache-2.0
//
// Whether an aggregate stands where an appender believes it does.
//
// Threading: pure functions.

#pragma once

#include "persistence/journal.hpp"

#include <optional>

namespace reprise::persistence {

/// A deleted aggregate counts as absent. `any` holds for every one.
[[nodiscard]] bool holds(const expectation& expected, const aggregate_head& head);

/// Why nothing may be written whatever the batch is: `tombstoned`, or `deleted` for an appender who
/// believes that there is something.
[[nodiscard]] std::optional<error> closed(const aggregate_key& key, const expectation& expected,
                                          const aggregate_head& head);

/// `append acct-7 expecting 12: it stands at 14`.
[[nodiscard]] error conflict(const aggregate_key& key, const expectation& expected,
                             const aggregate_head& head);

}  // namespace reprise::persistence
