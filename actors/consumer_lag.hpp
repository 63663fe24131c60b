// SPDX-License-Identifier: Apache-2.0
//
// How far a consumer is behind the log.
//
// Threading: any thread.

#pragma once

#include "base/clock.hpp"
#include "persistence/journal.hpp"

#include <reprise/projection.hpp>

namespace reprise::actors {

/// Adds what lies behind the cursors of `status`: how many events, and how old the oldest of them
/// is. One that cannot be read is left for the consumer to report.
void measure_lag(projection_status& status, const persistence::journal& log,
                 const base::clock& time);

}  // namespace reprise::actors
