// SPDX-License-Identifier: Apache-2.0
#include "actors/consumer_lag.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace reprise::actors {
namespace {

using std::chrono::milliseconds;

// Of the first record behind a cursor; nothing where there is none but the log's own.
result<std::optional<timestamp>> time_behind(const partition_cursor& cursor,
                                             const persistence::journal& log) {
  std::optional<timestamp> found;
  const auto read = log.scan(cursor.partition, {.from = cursor.through.next(), .limit = 1},
                             [&](const persistence::stored_record& record) {
                               found = record.time;
                               return false;
                             });
  if (!read) return read.error();
  return found;
}

milliseconds since(timestamp then, const base::clock& time) {
  return std::max(std::chrono::duration_cast<milliseconds>(time.now() - then), milliseconds{0});
}

}  // namespace

void measure_lag(projection_status& status, const persistence::journal& log,
                 const base::clock& time) {
  for (const partition_cursor& c : status.cursors) {
    const position last = log.committed(c.partition);
    if (last <= c.through) continue;
    status.lag_events += last.value - c.through.value;
    const auto oldest = time_behind(c, log);
    if (oldest && *oldest) status.lag = std::max(status.lag, since(**oldest, time));
  }
}

milliseconds age_of(std::span<const partition_cursor> cursors, const persistence::journal& log,
                    const base::clock& time, const copy_age& of_log) {
  milliseconds age{0};
  for (const partition_cursor& c : cursors) {
    // Before the end of the log is looked at, since it may grow meanwhile.
    const milliseconds copy = of_log(c.partition);
    if (log.committed(c.partition) <= c.through) {
      age = std::max(age, copy);
      continue;
    }
    const auto oldest = time_behind(c, log);
    if (!oldest) return milliseconds::max();
    age = std::max(age, *oldest ? since(**oldest, time) : copy);
  }
  return age;
}

}  // namespace reprise::actors
