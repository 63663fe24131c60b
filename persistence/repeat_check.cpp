// SPDX-License-Identifier: Apache-2.0
#include "persistence/repeat_check.hpp"

#include <algorithm>

namespace reprise::persistence {
namespace {

// Shows the aggregate's events from its head down to `least` until `visit` returns false.
template <class Visit>
result<void> walk_back(const record_lookup& records, const aggregate_head& head, sequence least,
                       const Visit& visit) {
  position at = head.at;
  bool more = true;
  while (more && at.value != 0) {
    position previous;
    result<void> seen = records.look(at, [&](const messages::record& r) {
      previous = r.previous;
      if (r.kind != static_cast<std::uint8_t>(record_kind::event)) return;
      more = r.sequence >= least && visit(r, at);
      more = more && r.sequence > least;
    });
    if (!seen) return seen;
    at = previous;
  }
  return {};
}

bool same(const messages::record& stored, const new_event& wanted, const event_id& id) {
  return stored.event == id && stored.event_type == wanted.type &&
         std::ranges::equal(stored.payload, wanted.payload);
}

}  // namespace

event_id id_of_event(const append_request& request, std::size_t index) {
  const event_id& own = request.events[index].id;
  return own.empty() ? messages::derive_event_id(request.command, static_cast<std::uint32_t>(index))
                     : own;
}

result<repeat_check::finding> repeat_check::against(sequence first) const {
  const std::uint64_t count = request_.events.size();
  if (first < head_.begins || first > head_.last) return finding{};
  if (head_.last.value - first.value >= count + events_behind_max) return finding{};

  bool first_found = false;
  bool all_equal = first.value + count - 1 <= head_.last.value;
  finding found;
  const result<void> walked =
      walk_back(records_, head_, first, [&](const messages::record& r, position at) {
        const std::uint64_t index = r.sequence.value - first.value;
        if (index >= count) return true;
        if (index == count - 1) {
          found.at = at;
          found.last = r.sequence;
        }
        const event_id id = id_of_event(request_, index);
        all_equal = all_equal && same(r, request_.events[index], id);
        if (index == 0) first_found = r.event == id;
        return true;
      });
  if (!walked) return walked.error();
  if (!first_found) return finding{};
  found.is = all_equal ? verdict::repeated : verdict::inconsistent;
  return found;
}

result<repeat_check::finding> repeat_check::anywhere() const {
  const std::uint64_t window = request_.events.size() + events_behind_max_any;
  const std::uint64_t least = head_.last.value > window ? head_.last.value - window + 1 : 1;
  const event_id wanted = id_of_event(request_, 0);
  sequence first;
  const result<void> walked = walk_back(records_, head_, std::max(head_.begins, sequence{least}),
                                        [&](const messages::record& r, position) {
                                          if (r.event == wanted) first = r.sequence;
                                          return first.value == 0;
                                        });
  if (!walked) return walked.error();
  return first.value == 0 ? finding{} : against(first);
}

}  // namespace reprise::persistence
