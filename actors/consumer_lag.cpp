// SPDX-License-Identifier: Apache-2.0
#include "actors/consumer_lag.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace reprise::actors {

void measure_lag(projection_status& status, const persistence::journal& log,
                 const base::clock& time) {
  std::optional<timestamp> oldest;
  for (const partition_cursor& c : status.cursors) {
    const position last = log.committed(c.partition);
    if (last <= c.through) continue;
    status.lag_events += last.value - c.through.value;
    [[maybe_unused]] const auto read =
        log.scan(c.partition, {.from = c.through.next(), .limit = 1, .window = 1},
                 [&](const persistence::stored_record& record) {
                   if (!oldest || record.time < *oldest) oldest = record.time;
                   return false;
                 });
  }
  if (oldest) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(time.now() - *oldest);
    status.lag = std::max(waited, std::chrono::milliseconds{0});
  }
}

}  // namespace reprise::actors
