// SPDX-License-Identifier: Apache-2.0
#include "persistence/head_fold.hpp"

#include "messages/little_endian.hpp"

#include <algorithm>

namespace reprise::persistence {

sequence truncated_before(const messages::record& record) {
  if (record.payload.size() != 8) return {};
  return {messages::load<std::uint64_t>(record.payload.data())};
}

aggregate_head head_after(const aggregate_head& before, const messages::record& record,
                          position at) {
  using state = aggregate_head::state;
  aggregate_head head = before;
  head.at = at;
  switch (static_cast<record_kind>(record.kind)) {
    case record_kind::event:
      if (before.is == state::deleted) {
        // A new life: what was before it is neither folded nor shown.
        head.begins = record.sequence;
        head.first_readable = record.sequence;
      } else if (before.last.value == 0) {
        // A history imported without its beginning.
        head.first_readable = record.sequence;
      }
      head.last = record.sequence;
      head.is = state::live;
      break;
    case record_kind::deletion:
      head.is = state::deleted;
      break;
    case record_kind::tombstone:
      head.is = state::tombstoned;
      break;
    case record_kind::truncation:
      head.first_readable = std::max(head.first_readable, truncated_before(record));
      break;
  }
  return head;
}

}  // namespace reprise::persistence
