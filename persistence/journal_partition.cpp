// SPDX-License-Identifier: Apache-2.0
#include "persistence/journal_partition.hpp"

#include "persistence/log_reader.hpp"

#include <vector>

namespace reprise::persistence {
namespace {

// Each listener gets what lies next to each other in one call.
void tell(std::vector<pending_answer>& due) {
  std::vector<append_answer> batch;
  for (std::size_t i = 0; i < due.size(); ++i) {
    batch.push_back({due[i].tag, std::move(due[i].outcome)});
    if (i + 1 < due.size() && due[i + 1].listener == due[i].listener) continue;
    due[i].listener->appended(batch);
    batch.clear();
  }
}

}  // namespace

journal_partition::journal_partition(partition_id id, const append_limits& limits,
                                     std::unique_ptr<entry_source> entries)
    : entries_(std::move(entries)),
      committed_(*entries_),
      state_{.log = partition_log(id, limits, committed_)} {}

void journal_partition::hand_out() {
  std::unique_lock hold(mutex_);
  if (handing_out_) return;
  handing_out_ = true;
  for (;;) {
    std::vector<pending_answer> due = state_.log.take_due();
    if (due.empty()) break;
    hold.unlock();
    tell(due);
    hold.lock();
  }
  handing_out_ = false;
}

result<void> journal_partition::committed_records::look(position at,
                                                        const record_visit& visit) const {
  const auto session = entries_.begin();
  if (!session) return session.error();
  record_cursor cursor(**session);
  const auto record = cursor.at(at);
  if (!record) return record.error();
  visit(*record);
  return {};
}

}  // namespace reprise::persistence
