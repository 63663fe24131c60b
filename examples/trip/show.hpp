// SPDX-License-Identifier: Apache-2.0
//
// One trip as a table or as JSON, now or in the past.

#pragma once

#include "examples/trip/trip.hpp"

#include <reprise/node.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace ride {

/// The state after event `at`, or the present one. Sequence 0: the trip has no events.
[[nodiscard]] reprise::result<reprise::moment<trip>> look_up(const reprise::node& node,
                                                             const std::string& id,
                                                             std::optional<std::uint64_t> at);
/// Ends with a line break.
[[nodiscard]] std::string as_table(const std::string& id, const reprise::moment<trip>& found);
/// `{"id", "sequence", "time", "state"}` on one line, without a line break at its end.
[[nodiscard]] std::string as_json(const std::string& id, const reprise::moment<trip>& found);

}  // namespace ride
