// SPDX-License-Identifier: Apache-2.0
//
// Reads records and snapshots with what is sealed in them opened, wherever they come from.
//
// Invariants
//  * What is sound before a sealed payload that is damaged is handed out first.
// Threading: as what is read from.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/key_source.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/result.hpp>

#include <functional>
#include <optional>

namespace reprise::persistence {

using read_records = std::function<result<aggregate_page>(const record_visitor&)>;
using scan_records = std::function<result<partition_page>(const record_visitor&)>;
using load_snapshot =
    std::function<result<std::optional<snapshot>>(const aggregate_key&, const snapshot_bounds&)>;

/// As `read`, for journal::read(). `corrupt`, with the position, for what cannot be opened.
[[nodiscard]] result<aggregate_page> read_unsealed(const read_records& read, const key_source& keys,
                                                   const record_visitor& visit);
/// As `scan`, for journal::scan().
[[nodiscard]] result<partition_page> scan_unsealed(const scan_records& scan, const key_source& keys,
                                                   const record_visitor& visit);
/// As `load`, for snapshot_store::load(). One that cannot be opened is passed over.
[[nodiscard]] result<std::optional<snapshot>> load_unsealed(const load_snapshot& load,
                                                            const key_source& keys,
                                                            const aggregate_key& aggregate,
                                                            snapshot_bounds bounds);

}  // namespace reprise::persistence
