// SPDX-License-Identifier: Apache-2.0
#include "cluster/node_query.hpp"

#include "cluster/node_query.capnp.h"
#include "cluster/wire_bytes.hpp"

namespace reprise::cluster {

bytes encode(const history_query& query) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::HistoryQuery>();
  to.setType(query.aggregate.type.value);
  to.setTenant(as_data(query.aggregate.tenant));
  to.setId(as_data(query.aggregate.id));
  to.setAfterPosition(query.after.value);
  to.setFromSequence(query.from.value);
  to.setLimit(query.limit);
  return flat(message);
}

bytes encode(const history_page& page) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::HistoryPage>();
  to.setEnd(page.end);
  auto events = to.initEvents(static_cast<unsigned>(page.events.size()));
  for (unsigned i = 0; i < page.events.size(); ++i) {
    const past_event& event = page.events[i];
    events[i].setSequence(event.sequence.value);
    events[i].setPosition(event.at.value);
    events[i].setTimeMicros(event.time.time_since_epoch().count());
    events[i].setEventType(event.type);
    events[i].setEventId(as_data(event.id.value));
    events[i].setCommandId(as_data(event.command.value));
    events[i].setPayload(as_data(event.payload));
  }
  return flat(message);
}

result<history_query> decode_history_query(bytes_view from) {
  return reading<query_wire::HistoryQuery>(
      from, [](query_wire::HistoryQuery::Reader root) -> result<history_query> {
        return history_query{
            .aggregate = {{root.getType()}, text(root.getTenant()), text(root.getId())},
            .after = {root.getAfterPosition()},
            .from = {root.getFromSequence()},
            .limit = root.getLimit()};
      });
}

result<history_page> decode_history_page(bytes_view from) {
  return reading<query_wire::HistoryPage>(
      from, [](query_wire::HistoryPage::Reader root) -> result<history_page> {
        history_page page{.events = {}, .end = root.getEnd()};
        for (const auto event : root.getEvents()) {
          past_event& to = page.events.emplace_back();
          to.sequence = {event.getSequence()};
          to.at = {event.getPosition()};
          to.time = timestamp(std::chrono::microseconds(event.getTimeMicros()));
          to.type = event.getEventType();
          const bytes_view payload = view(event.getPayload());
          to.payload.assign(payload.begin(), payload.end());
          if (!read_id(event.getEventId(), to.id) || !read_id(event.getCommandId(), to.command)) {
            return malformed("an id has the wrong size");
          }
        }
        return page;
      });
}

}  // namespace reprise::cluster
