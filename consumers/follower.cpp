// SPDX-License-Identifier: Apache-2.0
#include "consumers/follower.hpp"

#include <utility>

namespace reprise::consumers {

result<void> check_reached(const persistence::journal& log, const partition_cursor& cursor,
                           const std::string& who) {
  const position last = log.stored(cursor.partition);
  if (cursor.through <= last) return {};
  return error{errc::beyond_head,
               who + " position " + std::to_string(cursor.through.value) + " of partition " +
                   std::to_string(cursor.partition.value) + ", whose log ends at " +
                   std::to_string(last.value),
               last.value};
}

result<std::vector<partition_cursor>> cursors_behind(
    const persistence::journal& log, const std::optional<persistence::checkpoint>& taken,
    const std::string& who) {
  std::vector<partition_cursor> out;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) out.push_back({{i}, {}});
  if (!taken) return out;
  for (const partition_cursor& known : taken->cursors) {
    if (known.partition.value >= out.size()) continue;
    if (auto there = check_reached(log, known, who); !there) return std::move(there).error();
    out[known.partition.value] = known;
  }
  return out;
}

std::vector<position> committed_ends(const persistence::journal& log) {
  std::vector<position> out;
  out.reserve(log.partitions());
  for (std::uint32_t i = 0; i < log.partitions(); ++i) out.push_back(log.committed({i}));
  return out;
}

follower::follower(const persistence::journal& log, std::vector<partition_cursor> from,
                   persistence::record_filter filter, page_limits limits)
    : log_(log), filter_(std::move(filter)), limits_(limits), cursors_(std::move(from)) {}

result<follower::step> follower::advance(const visitor& visit) {
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    const std::size_t turn = (next_ + i) % cursors_.size();
    partition_cursor& cursor = cursors_[turn];
    if (log_.committed(cursor.partition) <= cursor.through) continue;
    next_ = turn + 1;
    const position before = cursor.through;
    step done;
    bool refused = false;
    const auto page = log_.scan(cursor.partition,
                                {.from = before.next(),
                                 .limit = limits_.records,
                                 .window = limits_.window,
                                 .filter = filter_},
                                [&](const persistence::stored_record& record) {
                                  if (!visit(record)) {
                                    // What was passed over before it is done with.
                                    cursor.through = {record.at.value - 1};
                                    refused = true;
                                    return false;
                                  }
                                  cursor.through = record.at;
                                  ++done.taken;
                                  return true;
                                });
    if (!page) return page.error();
    if (!refused) {
      cursor.through = {page->next.value - 1};
      if (!page->end) behind_ = true;
    }
    done.passed = cursor.through.value - before.value;
    return done;
  }
  return step{.at_end = true};
}

void follower::drop(partition_id partition) {
  std::erase_if(cursors_, [&](const partition_cursor& c) { return c.partition == partition; });
  next_ = 0;
}

bool follower::take_caught_up() {
  return std::exchange(behind_, false);
}

std::uint64_t follower::lag() const {
  std::uint64_t records = 0;
  for (const partition_cursor& cursor : cursors_) {
    const position last = log_.committed(cursor.partition);
    if (last > cursor.through) records += last.value - cursor.through.value;
  }
  return records;
}

}  // namespace reprise::consumers
