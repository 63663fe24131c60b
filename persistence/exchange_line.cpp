// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_line.hpp"

#include "base/checksum.hpp"
#include "base/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

namespace reprise::persistence {
namespace {

std::string in_quotes(std::string_view plain) {
  return '"' + std::string(plain) + '"';
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(number));
  return in_quotes(text.data());
}

std::string decimal(std::uint64_t number) {
  return in_quotes(std::to_string(number));
}

std::string base64(bytes_view from) {
  std::string out;
  out.reserve((from.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < from.size(); i += 3) {
    const std::size_t present = std::min<std::size_t>(3, from.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < present ? static_cast<std::uint32_t>(from[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= present ? base64_digits[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

bytes_view as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string json_text(std::string_view text) {
  if (!base::is_utf8(text)) return "{\"base64\":" + in_quotes(base64(as_bytes(text))) + '}';
  return base::json_text(text);
}

std::string json_pairs(const attributes& pairs) {
  std::string out = "[";
  for (const auto& [name, value] : pairs) {
    if (out.size() > 1) out += ',';
    out += '[' + json_text(name) + ',' + json_text(value) + ']';
  }
  return out += ']';
}

template <class Tag>
std::string json_id(const id128<Tag>& id) {
  return id.empty() ? "null" : in_quotes(to_hex(id.value));
}

void add_payload(base::json_object& to, const stored_record& record,
                 const inspected_record& shown) {
  const bool readable = !shown.payload.empty() && base::is_utf8(shown.payload);
  to.add("payload", readable ? shown.payload : "null");
  if (!shown.unrendered.empty()) {
    to.add("unrendered", json_text(shown.unrendered));
  } else if (!readable && !shown.payload.empty()) {
    to.add("unrendered", json_text("a text in it is not UTF-8"));
  }
  to.add("bytes", in_quotes(base64(record.payload)));
}

}  // namespace

std::string exchange_header(const store_facts& store, const std::vector<stored_schema>& schemas,
                            bool whole) {
  std::string listed = "[";
  for (const stored_schema& schema : schemas) {
    if (listed.size() > 1) listed += ',';
    listed += base::json_object()
                  .add("type", json_text(schema.name))
                  .add("type_id", hexadecimal(schema.type.value))
                  .add("bundle", in_quotes(base64(schema.bundle)))
                  .close();
  }
  return base::json_object()
      .add("reprise_export", std::to_string(exchange_format))
      .add("store_id", in_quotes(to_hex(store.uuid)))
      .add("partitions", std::to_string(store.partitions))
      .add("whole", whole ? "true" : "false")
      .add("schemas", listed + ']')
      .close();
}

std::string exchange_line(const stored_record& record, const inspected_record& shown) {
  base::json_object line;
  line.add("partition", std::to_string(record.partition.value))
      .add("position", decimal(record.at.value))
      .add("time", in_quotes(iso_time(record.time)))
      .add("type", json_text(shown.type))
      .add("type_id", hexadecimal(record.type.value))
      .add("tenant", json_text(record.tenant))
      .add("id", json_text(record.id))
      .add("kind", in_quotes(to_string(shown.kind)))
      .add("sequence", decimal(record.sequence.value))
      .add("batch_index", std::to_string(record.batch_index))
      .add("event", json_text(shown.event))
      .add("event_number", std::to_string(record.event_type));
  add_payload(line, record, shown);
  line.add("event_id", json_id(record.event))
      .add("command_id", json_id(record.command))
      .add("command_hash", hexadecimal(record.command_hash))
      .add("correlation_id", json_id(record.correlation))
      .add("headers", json_pairs(record.headers))
      .add("tags", json_pairs(record.tags));
  return line.close();
}

std::string exchange_trailer(std::uint64_t records, std::uint64_t checksum) {
  return base::json_object()
      .add("end", "true")
      .add("records", decimal(records))
      .add("checksum", hexadecimal(checksum))
      .close();
}

std::uint64_t chained_checksum(std::uint64_t so_far, std::string_view line) {
  return base::checksum64(as_bytes(line), so_far);
}

}  // namespace reprise::persistence
