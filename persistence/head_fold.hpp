// SPDX-License-Identifier: Apache-2.0
//
// What one record does to its aggregate's head. The one rule that appending, recovery and
// verification share.
//
// Threading: pure functions.

#pragma once

#include "messages/record.hpp"
#include "persistence/head_map.hpp"
#include "persistence/journal.hpp"

#include <optional>

namespace reprise::persistence {

/// The head behind `record`, which has position `at` and follows `before`.
[[nodiscard]] aggregate_head head_after(const aggregate_head& before,
                                        const messages::record& record, position at);

/// Folds a record, which stands at `at`, into the head of its aggregate. One that was folded before
/// changes nothing. `errc::corrupt` when it does not follow its aggregate's last one,
/// `errc::incompatible` for a kind that is unknown here; both with the position.
[[nodiscard]] std::optional<error> fold_head(head_map& heads, const aggregate_hash& aggregate,
                                             const messages::record& record, position at);

/// The first sequence that a truncation leaves readable: its payload, one little-endian u64. 0 when
/// the payload is not one.
[[nodiscard]] sequence truncated_before(const messages::record& record);

}  // namespace reprise::persistence
