// SPDX-License-Identifier: Apache-2.0
#include "persistence/record_envelope.hpp"

#include <reprise/detail/delivery.hpp>

#include <algorithm>
#include <string>

namespace reprise::persistence {
namespace {

// The command, unless that was sent for an event.
causation_id cause_of(const stored_record& record) {
  if (record.headers.empty()) return {record.command.value};
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
  envelope out;
  describe(record, out);
  return out;
}

void describe(const stored_record& record, envelope& out) {
  out.id = record.event;
  out.aggregate.type = record.type;
  out.aggregate.tenant = record.tenant;
  out.aggregate.id = record.id;
  out.event_type = record.event_type;
  out.partition = record.partition;
  out.at = record.at;
  out.sequence = record.sequence;
  out.time = record.time;
  out.correlation = record.correlation;
  out.causation = cause_of(record);
  // Most events have none.
  if (!record.headers.empty() || !out.headers.empty()) out.headers = record.headers;
  if (!record.tags.empty() || !out.tags.empty()) out.tags = record.tags;
}

}  // namespace reprise::persistence
