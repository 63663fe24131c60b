// SPDX-License-Identifier: Apache-2.0
//
// What people decided about parked events while no program was there to carry it out: which
// aggregates' events are to be tried again, and payloads that take the place of stored ones. They
// are rows of the projection like its parked events.
//
// Format: docs/formats.md#rows. Threading: pure functions of the rows.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>
#include <reprise/table.hpp>

#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

/// The parked events of this aggregate are to be tried again by whoever folds the projection next.
[[nodiscard]] result<void> order_retry(detail::row_access& rows, const aggregate_key& aggregate);
[[nodiscard]] result<void> forget_order(detail::row_access& rows, const aggregate_key& aggregate);
[[nodiscard]] result<std::vector<aggregate_key>> ordered_retries(const detail::row_access& rows);

/// From now on this payload is folded instead of the one in the log, which stays there.
[[nodiscard]] result<void> replace_payload(detail::row_access& rows, const parked_event& what,
                                           bytes_view payload, const std::string& reason);
[[nodiscard]] result<std::optional<bytes>> replaced_payload(const detail::row_access& rows,
                                                            const parked_event& what);
[[nodiscard]] result<void> forget_replaced(detail::row_access& rows, const parked_event& what);

/// Aggregates whose events are parked and meant by the choice, those first whose first event was
/// not tried for the longest time. `parked`: as parked_events::list() has them.
[[nodiscard]] std::vector<aggregate_key> chosen_queues(const std::vector<parked_event>& parked,
                                                       const parked_choice& choice);

}  // namespace reprise::consumers
