// SPDX-License-Identifier: Apache-2.0
#include "cli/json.hpp"

#include "cli/text.hpp"

namespace reprise::cli {
namespace {

json to_json(const attributes& pairs) {
  json object = json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

template <class Tag>
json to_json(const id128<Tag>& id) {
  return id.empty() ? json() : json(to_hex(id.value));
}

}  // namespace

json to_json(const inspected_record& record) {
  const envelope& meta = record.meta;
  json line;
  line["partition"] = meta.partition.value;
  line["position"] = meta.at.value;
  line["time"] = iso_time(meta.time);
  line["type"] = record.type;
  line["tenant"] = meta.aggregate.tenant;
  line["id"] = meta.aggregate.id;
  line["kind"] = to_string(record.kind);
  line["sequence"] = meta.sequence.value;
  line["event"] = record.event;
  line["payload"] = parsed(record.payload);
  line["event_id"] = to_json(meta.id);
  line["command_id"] = to_json(meta.causation);
  line["correlation_id"] = to_json(meta.correlation);
  line["headers"] = to_json(meta.headers);
  line["tags"] = to_json(meta.tags);
  if (!record.unrendered.empty()) line["unrendered"] = record.unrendered;
  return line;
}

json to_json(const parked_event& e) {
  json line;
  line["type_id"] = hexadecimal(e.aggregate.type.value);
  line["tenant"] = e.aggregate.tenant;
  line["id"] = e.aggregate.id;
  line["sequence"] = e.sequence.value;
  line["partition"] = e.partition.value;
  line["position"] = e.at.value;
  line["attempts"] = e.attempts;
  line["first_tried"] = iso_time(e.first_tried);
  line["last_tried"] = iso_time(e.last_tried);
  line["cause"] = e.cause;
  line["edited"] = e.edited;
  return line;
}

json parsed(const std::string& rendered) {
  return rendered.empty() ? json() : json::parse(rendered);
}

std::string one_line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string indented(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace reprise::cli
