// SPDX-License-Identifier: Apache-2.0
//
// How an outbox begins anew with what is open when its node gets the lead.
#include "sagas/outbox.hpp"
#include "sagas/outbox_tables.hpp"

namespace reprise::sagas {

void outbox::look_at_tenures() {
  for (const partition_cursor& cursor : follower_->cursors()) {
    const std::uint64_t number = ports_.sender.tenure(cursor.partition);
    tenure& now = tenures_[cursor.partition.value];
    if (now.number == number) continue;
    now = {.number = number, .known = ports_.log.committed(cursor.partition)};
    if (number != 0) begin_anew(cursor.partition);
  }
}

// What came of a step in an earlier tenure was not told to its saga, or the log says so. Meanwhile
// others have sent it, too, and a step that was rejected may have been accepted then.
void outbox::begin_anew(partition_id partition) {
  const auto end = steps_.lower_bound({partition.value + 1, 0, 0});
  for (auto it = steps_.lower_bound({partition.value, 0, 0}); it != end; ++it) {
    step& s = it->second;
    s.next = stage::deliver;
    if (s.under_way) {
      s.under_way = false;
      under_way_ -= std::erase_if(tokens_, [&](const auto& each) {
        return each.second.at == it->first && !each.second.fires;
      });
    }
    if (!s.is_held) ready_.insert(lane_of(it->first, s));
  }
}

bool outbox::acts_for(partition_id partition) const {
  const auto found = tenures_.find(partition.value);
  if (found == tenures_.end() || found->second.number == 0) return false;
  // Who holds as many as it can must send some before it can read on.
  if (is_full()) return true;
  return follower_->cursors()[partition.value].through >= found->second.known;
}

}  // namespace reprise::sagas
