// SPDX-License-Identifier: Apache-2.0
//
// Where a consumer begins in a partition of which it remembers nothing.
//
// Threading: a pure function of the log.

#pragma once

#include <reprise/cursor.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <algorithm>

namespace reprise::consumers {

/// The position up to which nothing is wanted. `Log`: a journal, or a store that is only read.
template <class Log>
result<position> start_in(const Log& log, partition_id partition, const start_point& from) {
  switch (from.what) {
    case start_point::kind::end:
      return log.committed(partition);
    case start_point::kind::time: {
      const auto first = log.first_at_or_after(partition, from.at);
      if (!first) return first.error();
      return position{first->value - 1};
    }
    case start_point::kind::cursors: {
      const auto found = std::ranges::find(from.after, partition, &partition_cursor::partition);
      return found == from.after.end() ? position{} : found->through;
    }
    case start_point::kind::beginning:
      break;
  }
  return position{};
}

}  // namespace reprise::consumers
