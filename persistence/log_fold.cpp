// SPDX-License-Identifier: Apache-2.0
#include "persistence/log_fold.hpp"

#include "base/assert.hpp"
#include "persistence/head_fold.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

error damage_at(position at, const std::string& what) {
  return {errc::corrupt, "position " + std::to_string(at.value) + ": " + what, at.value};
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
  if (!of_replica_ || header.last() <= p.tail.last) {
    fold(p, key, *entry);
  } else {
    hold_back(p, {.key = key, .header = header, .stored = {stored.begin(), stored.end()}});
  }
  return {};
}

void log_fold::fold(folded_partition& p, std::uint64_t key, const messages::entry& entry) {
  const messages::entry_header& header = entry.header();
  const bool known = header.last() <= p.tail.last;
  if (!known && header.first != p.tail.last.next()) {
    p.damage = damage_at(p.tail.last.next(),
                         "the next entry begins at position " + std::to_string(header.first.value));
    return;
  }
  if (!known && header.index != p.tail.index + 1) {
    p.damage = damage_at(header.first, "entry " + std::to_string(header.index) +
                                           " of the partition follows entry " +
                                           std::to_string(p.tail.index));
    return;
  }
  timestamp last_time = p.tail.last_time;
  p.damage = fold_records(p, entry, last_time);
  if (!known) {
    p.tail = {header.last(), header.index, last_time};
    p.places.push_back({header.first, key});
  }
}

// Each entry tells what was committed when it was written.
void log_fold::hold_back(folded_partition& p, held_entry next) {
  const position committed = next.header.committed;
  // What it takes the place of was cut.
  while (!p.held.empty() && p.held.back().header.index >= next.header.index) p.held.pop_back();
  p.held.push_back(std::move(next));
  while (!p.damage && p.held.front().header.last() <= committed) {
    const held_entry released = std::move(p.held.front());
    p.held.pop_front();
    const auto entry = messages::entry::open(released.stored);
    REPRISE_ASSERT(entry.has_value(), "it was opened before it was held back");
    fold(p, released.key, *entry);
  }
}

// A damaged header may name the wrong partition, so it is believed only when the position that it
// names is the one that is due there.
result<void> log_fold::blame(std::uint64_t key, bytes_view stored, const error& why) {
  if (stored.size() >= messages::entry_header_bytes) {
    const messages::entry_header claimed = messages::entry::claimed_header(stored);
    if (claimed.partition.value < partitions_.size()) {
      folded_partition& p = partitions_[claimed.partition.value];
      if (p.damage) return {};
      const position last = p.held.empty() ? p.tail.last : p.held.back().header.last();
      if (claimed.first == last.next()) {
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
    if (messages::is_of_log(record->kind)) continue;
    if (at > p.tail.last && record->time < last_time) return damage_at(at, "its time goes back");
    last_time = std::max(last_time, record->time);
    const aggregate_hash hash = hash_of(record->type, record->tenant, record->id, hash_seed_);
    if (auto damage = fold_head(p.heads, hash, *record, at)) return damage;
    if (notes_changes_) p.changed.push_back(hash);
  }
  return {};
}

}  // namespace reprise::persistence
