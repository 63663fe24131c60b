// SPDX-License-Identifier: Apache-2.0
#include "consumers/rows_ledger.hpp"

#include "consumers/group_rows.hpp"

#include <algorithm>
#include <optional>

namespace reprise::consumers {

result<std::unique_ptr<rows_ledger>> rows_ledger::open(persistence::row_store& rows,
                                                       const std::string& group) {
  std::unique_ptr<rows_ledger> made(new rows_ledger(rows, group_rows(group)));
  const auto stored = rows.read(made->name_);
  if (!stored) return stored.error();
  auto taken = (*stored)->taken_at();
  if (!taken) return std::move(taken).error();
  if (*taken) made->cursors_ = std::move((*taken)->cursors);
  return made;
}

void rows_ledger::load(partition_id partition, position begin, const loaded& then) {
  auto found = read(partition, begin);
  if (found) found->holding = ++loads_;
  then(partition, std::move(found));
}

result<group_share> rows_ledger::read(partition_id partition, position begin) const {
  group_share out{.partition = partition, .through = begin, .is_new = true};
  const auto known = std::ranges::find(cursors_, partition, &partition_cursor::partition);
  if (known != cursors_.end()) {
    out.through = known->through;
    out.is_new = false;
  }
  const auto stored = rows_.read(name_);
  if (!stored) return stored.error();
  auto parked = parked_in(**stored, partition);
  if (!parked) return std::move(parked).error();
  out.parked = std::move(*parked);
  const auto ordered = ordered_in(**stored, partition);
  if (!ordered) return ordered.error();
  for (const partition_cursor& where : *ordered) out.ordered.push_back(where.through);
  return out;
}

void rows_ledger::keep(std::vector<group_change> all, const kept& then) {
  if (all.empty()) return;
  const auto done = commit(all);
  for (const group_change& one : all) {
    if (done) {
      then(one.partition, one.holding, sequence{});
    } else {
      then(one.partition, one.holding, done.error());
    }
  }
}

result<void> rows_ledger::commit(const std::vector<group_change>& all) {
  persistence::row_changes changes;
  std::vector<partition_cursor> cursors = cursors_;
  for (const group_change& one : all) {
    const auto known = std::ranges::find(cursors, one.partition, &partition_cursor::partition);
    if (known != cursors.end()) {
      known->through = one.through;
    } else {
      cursors.push_back({one.partition, one.through});
    }
    for (const position at : one.unordered) forget_ordered({one.partition, at}, changes);
    for (const position at : one.settled) forget_parked({one.partition, at}, changes);
    for (const group_parked_event& what : one.parked) {
      // An order to try it again is carried out with this.
      forget_parked({what.partition, what.at}, changes);
      note_parked(what, changes);
    }
  }
  std::ranges::sort(cursors, {}, [](const partition_cursor& c) { return c.partition.value; });
  auto done = rows_.commit(name_, changes, {.choice = 0, .cursors = cursors});
  if (done) cursors_ = std::move(cursors);
  return done;
}

}  // namespace reprise::consumers
