// SPDX-License-Identifier: Apache-2.0
//
// How far a consumer is behind the log.
//
// Threading: any thread.

#pragma once

#include "base/clock.hpp"
#include "persistence/journal.hpp"

#include <reprise/cursor.hpp>
#include <reprise/projection.hpp>

#include <chrono>
#include <functional>
#include <span>

namespace reprise::actors {

/// Adds what lies behind the cursors of `status`: how many events, and how old the oldest of them
/// is. One that cannot be read is left for the consumer to report.
void measure_lag(projection_status& status, const persistence::journal& log,
                 const base::clock& time);

/// How long ago, at most, a partition's log here was all that was committed anywhere.
using copy_age = std::function<std::chrono::milliseconds(partition_id)>;

/// How long ago, at most, what has come as far as these cursors was all that was committed; the
/// largest number where the log cannot be read.
[[nodiscard]] std::chrono::milliseconds age_of(std::span<const partition_cursor> cursors,
                                               const persistence::journal& log,
                                               const base::clock& time, const copy_age& of_log);

}  // namespace reprise::actors
