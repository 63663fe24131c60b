// SPDX-License-Identifier: Apache-2.0
#include "sagas/message_codec.hpp"

#include "persistence/record_envelope.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace reprise::sagas {

std::vector<log::header> to_log(const attributes& from) {
  std::vector<log::header> out;
  for (const auto& [name, value] : from) out.push_back({.name = name, .value = value});
  return out;
}

attributes from_log(const std::vector<log::header>& from) {
  attributes out;
  for (const log::header& h : from) out.emplace_back(h.name, h.value);
  return out;
}

log::message message_of(const persistence::stored_record& record, bool starts) {
  const envelope meta = persistence::envelope_of(record);
  return {.id = to_bytes(meta.id),
          .type = meta.aggregate.type.value,
          .tenant = meta.aggregate.tenant,
          .aggregate = meta.aggregate.id,
          .eventType = meta.event_type,
          .partition = meta.partition.value,
          .position = meta.at.value,
          .sequence = meta.sequence.value,
          .timeMicros = meta.time.time_since_epoch().count(),
          .correlation = to_bytes(meta.correlation),
          .causation = to_bytes(meta.causation),
          .headers = to_log(meta.headers),
          .tags = to_log(meta.tags),
          .payload = {record.payload.begin(), record.payload.end()},
          .starts = starts};
}

envelope envelope_of(const log::message& m) {
  return {.id = to_id<event_id>(m.id),
          .aggregate = {{m.type}, m.tenant, m.aggregate},
          .event_type = m.eventType,
          .partition = {m.partition},
          .at = {m.position},
          .sequence = {m.sequence},
          .time = timestamp(std::chrono::microseconds(m.timeMicros)),
          .correlation = to_id<correlation_id>(m.correlation),
          .causation = to_id<causation_id>(m.causation),
          .headers = from_log(m.headers),
          .tags = from_log(m.tags)};
}

}  // namespace reprise::sagas
