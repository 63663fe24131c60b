// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_message.hpp"

#include "messages/little_endian.hpp"

#include <reprise/codec.hpp>

#include <cstring>
#include <exception>
#include <span>
#include <utility>

namespace reprise::persistence {
namespace {

bytes bytes_of(std::string_view text) {
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}

template <class Id>
bytes bytes_of_id(const Id& id) {
  if (id.empty()) return {};
  return {id.value.begin(), id.value.end()};
}

std::vector<wire::attribute> pairs_of(const attributes& from) {
  std::vector<wire::attribute> out;
  out.reserve(from.size());
  for (const auto& [name, value] : from) {
    out.push_back({.name = bytes_of(name), .value = bytes_of(value)});
  }
  return out;
}

wire::kind kind_of(record_kind kind) {
  switch (kind) {
    case record_kind::event:
      break;
    case record_kind::deletion:
      return wire::kind::deletion;
    case record_kind::tombstone:
      return wire::kind::tombstone;
    case record_kind::truncation:
      return wire::kind::truncation;
  }
  return wire::kind::event;
}

std::byte* at(std::string& text, std::size_t offset) {
  return reinterpret_cast<std::byte*>(text.data() + offset);
}

}  // namespace

wire::message header_message(const store_facts& store, const std::vector<stored_schema>& schemas,
                             bool whole) {
  wire::header out{.format = message_format,
                   .storeId = {store.uuid.begin(), store.uuid.end()},
                   .partitions = store.partitions,
                   .whole = whole};
  for (const stored_schema& schema : schemas) {
    out.schemas.push_back(
        {.type = schema.name, .typeId = schema.type.value, .bundle = schema.bundle});
  }
  return {.choice = wire::message_case::header{std::move(out)}};
}

wire::message record_message(const stored_record& record, const inspected_record& shown) {
  wire::record out{.partition = record.partition.value,
                   .position = record.at.value,
                   .timeMicros = record.time.time_since_epoch().count(),
                   .type = shown.type,
                   .typeId = record.type.value,
                   .tenant = bytes_of(record.tenant),
                   .id = bytes_of(record.id),
                   .kind = kind_of(record.kind),
                   .sequence = record.sequence.value,
                   .batchIndex = record.batch_index,
                   .event = shown.event,
                   .eventNumber = record.event_type,
                   .payload = {record.payload.begin(), record.payload.end()},
                   .eventId = bytes_of_id(record.event),
                   .commandId = bytes_of_id(record.command),
                   .correlationId = bytes_of_id(record.correlation),
                   .commandHash = record.command_hash,
                   .headers = pairs_of(record.headers),
                   .tags = pairs_of(record.tags)};
  if (record.kind == record_kind::truncation && record.payload.size() == sizeof(std::uint64_t)) {
    out.firstReadable = messages::load<std::uint64_t>(record.payload.data());
  }
  return {.choice = wire::message_case::record{std::move(out)}};
}

wire::message trailer_message(std::uint64_t records) {
  return {.choice = wire::message_case::trailer{{.records = records}}};
}

result<std::string> framed(const wire::message& message) {
  bytes segment;
  try {
    codec<wire::message>::encode(message, segment);
  } catch (const std::exception& why) {
    return error{errc::too_large, why.what()};
  }
  if (segment.size() > message_bytes_max) {
    return error{errc::too_large, "a message of " + std::to_string(segment.size()) +
                                      " bytes, it may have " + std::to_string(message_bytes_max)};
  }
  std::string out(framing_bytes + segment.size(), '\0');
  messages::store(at(out, 4), static_cast<std::uint32_t>(segment.size() / 8));
  std::memcpy(out.data() + framing_bytes, segment.data(), segment.size());
  return out;
}

// The root comes first in a message, and its numbers before its pointers: a word of framing, one of
// the pointer to the root, and then this one.
void set_checksum_before(std::string& framed_message, std::uint64_t checksum) {
  messages::store(at(framed_message, framing_bytes + 8), checksum);
}

result<std::size_t> segment_bytes(std::string_view framing) {
  const auto* const from = reinterpret_cast<const std::byte*>(framing.data());
  const auto more_segments = messages::load<std::uint32_t>(from);
  const std::uint64_t size = std::uint64_t{messages::load<std::uint32_t>(from + 4)} * 8;
  if (more_segments != 0) return error{errc::malformed, "it is not framed as one segment"};
  if (size < 8 || size > message_bytes_max) {
    return error{errc::malformed, "it would have " + std::to_string(size) + " bytes, 8 to " +
                                      std::to_string(message_bytes_max) + " are allowed"};
  }
  return static_cast<std::size_t>(size);
}

result<wire::message> message_in(std::string_view framed_message) {
  const auto segment = std::as_bytes(std::span(framed_message)).subspan(framing_bytes);
  return codec<wire::message>::decode(segment);
}

std::string text_of(const bytes& from) {
  std::string out(from.size(), ' ');
  if (!from.empty()) std::memcpy(out.data(), from.data(), from.size());
  return out;
}

}  // namespace reprise::persistence
