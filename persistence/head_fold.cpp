// SPDX-License-Identifier: Apache-2.0
#include "persistence/head_fold.hpp"

#include "messages/little_endian.hpp"

#include <algorithm>
#include <string>

namespace reprise::persistence {
namespace {

bool is_known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(record_kind::event) &&
         kind <= static_cast<std::uint8_t>(record_kind::truncation);
}

error damage_at(position at, const std::string& what) {
  return {errc::corrupt, "position " + std::to_string(at.value) + ": " + what, at.value};
}

}  // namespace

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

std::optional<error> fold_head(head_map& heads, const aggregate_hash& aggregate,
                               const messages::record& record, position at) {
  if (!is_known(record.kind)) {
    return error{errc::incompatible,
                 "the record at position " + std::to_string(at.value) + " is of kind " +
                     std::to_string(record.kind) + ", which this program does not know",
                 at.value};
  }
  const aggregate_head head = heads.find(aggregate);
  if (at <= head.at) return {};
  if (record.previous != head.at) {
    return damage_at(at, "its aggregate's last record is at " + std::to_string(head.at.value) +
                             ", it says " + std::to_string(record.previous.value));
  }
  const bool event = record.kind == static_cast<std::uint8_t>(record_kind::event);
  // A history may be imported without its beginning.
  const bool free_choice = event && head.last.value == 0 && record.sequence.value != 0;
  const sequence due = event ? head.last.next() : head.last;
  if (record.sequence != due && !free_choice) {
    return damage_at(at, "it has sequence " + std::to_string(record.sequence.value) +
                             ", its aggregate stands at " + std::to_string(head.last.value));
  }
  heads.put(aggregate, head_after(head, record, at));
  return {};
}

}  // namespace reprise::persistence
