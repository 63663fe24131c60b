// SPDX-License-Identifier: Apache-2.0
#include "persistence/log_fold.hpp"

#include "persistence/head_fold.hpp"

#include <algorithm>
#include <string>

namespace reprise::persistence {
namespace {

error damage_at(position at, const std::string& what) {
  return {errc::corrupt, "position " + std::to_string(at.value) + ": " + what, at.value};
}

bool is_known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(record_kind::event) &&
         kind <= static_cast<std::uint8_t>(record_kind::truncation);
}

}  // namespace

bool log_fold::damaged() const {
  return std::ranges::any_of(partitions_, [](const auto& p) { return p.damage.has_value(); });
}

result<void> log_fold::add(std::uint64_t key, bytes_view stored) {
  last_key_ = key;
  const auto entry = messages::entry::open(stored);
  if (!entry) return blame(key, stored, entry.error());
  const messages::entry_header& header = entry->header();
  if (header.partition.value >= partitions_.size()) {
    return error{errc::corrupt, "entry " + std::to_string(key) + " is of partition " +
                                    std::to_string(header.partition.value) + ", there are " +
                                    std::to_string(partitions_.size())};
  }
  folded_partition& p = partitions_[header.partition.value];
  if (p.damage) return {};
  const bool known = header.last() <= p.tail.last;
  if (!known && header.first != p.tail.last.next()) {
    p.damage = damage_at(p.tail.last.next(), "the next entry begins at position " +
                                                 std::to_string(header.first.value));
    return {};
  }
  timestamp last_time = p.tail.last_time;
  p.damage = fold_records(p, *entry, last_time);
  if (!known) {
    p.tail = {header.last(), header.index, last_time};
    p.places.push_back({header.first, key});
  }
  return {};
}

// A damaged header may name the wrong partition, so it is believed only when the position that it
// names is the one that is due there.
result<void> log_fold::blame(std::uint64_t key, bytes_view stored, const error& why) {
  if (stored.size() >= messages::entry_header_bytes) {
    const messages::entry_header claimed = messages::entry::claimed_header(stored);
    if (claimed.partition.value < partitions_.size()) {
      folded_partition& p = partitions_[claimed.partition.value];
      if (p.damage) return {};
      if (claimed.first == p.tail.last.next()) {
        p.damage = why;
        p.damage->number = claimed.first.value;
        return {};
      }
    }
  }
  return error{why.code, "entry " + std::to_string(key) +
                             " of the log cannot be told to be of any partition: " + why.message};
}

std::optional<error> log_fold::fold_records(folded_partition& p, const messages::entry& entry,
                                            timestamp& last_time) {
  const messages::entry_header& header = entry.header();
  for (position at = header.first; at <= header.last(); at = at.next()) {
    const auto record = entry.at(at);
    if (!record) return record.error();
    ++records_;
    if (at > p.tail.last && record->time < last_time) return damage_at(at, "its time goes back");
    last_time = std::max(last_time, record->time);
    if (auto damage = fold(p, *record, at)) return damage;
  }
  return {};
}

std::optional<error> log_fold::fold(folded_partition& p, const messages::record& record,
                                    position at) const {
  if (!is_known(record.kind)) {
    return error{errc::incompatible,
                 "the record at position " + std::to_string(at.value) + " is of kind " +
                     std::to_string(record.kind) + ", which this program does not know",
                 at.value};
  }
  const aggregate_hash hash = hash_of(record.type, record.tenant, record.id, hash_seed_);
  const aggregate_head head = p.heads.find(hash);
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
  p.heads.put(hash, head_after(head, record, at));
  if (notes_changes_) p.changed.push_back(hash);
  return {};
}

}  // namespace reprise::persistence
