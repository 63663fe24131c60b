// SPDX-License-Identifier: Apache-2.0
#include "persistence/record_envelope.hpp"

#include <string>

namespace reprise::persistence {

aggregate_key aggregate_of(const stored_record& record) {
  return {record.type, std::string(record.tenant), std::string(record.id)};
}

envelope envelope_of(const stored_record& record) {
  return {.id = record.event,
          .aggregate = aggregate_of(record),
          .event_type = record.event_type,
          .partition = record.partition,
          .at = record.at,
          .sequence = record.sequence,
          .time = record.time,
          .correlation = record.correlation,
          .causation = {record.command.value},
          .headers = record.headers,
          .tags = record.tags};
}

}  // namespace reprise::persistence
