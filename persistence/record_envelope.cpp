// SPDX-License-Identifier: Apache-2.0
#include "persistence/record_envelope.hpp"

#include <reprise/detail/delivery.hpp>

#include <algorithm>
#include <string>

namespace reprise::persistence {
namespace {

// The command, unless that was sent for an event.
causation_id cause_of(const stored_record& record) {
  const auto found =
      std::ranges::find(record.headers, detail::cause_header,
                        [](const auto& header) -> std::string_view { return header.first; });
  causation_id cause;
  const bool known = found != record.headers.end() && from_hex(found->second, cause.value);
  return known ? cause : causation_id{record.command.value};
}

}  // namespace

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
          .causation = cause_of(record),
          .headers = record.headers,
          .tags = record.tags};
}

}  // namespace reprise::persistence
