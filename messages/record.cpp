// SPDX-License-Identifier: Apache-2.0
#include "messages/record.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace reprise::messages {
namespace {

constexpr std::uint8_t record_version = 1;

// Offsets within the fixed header; docs/formats.md names them in the same order.
constexpr std::size_t at_size = 8;
constexpr std::size_t at_version = 12;
constexpr std::size_t at_kind = 13;
constexpr std::size_t at_flags = 14;
constexpr std::size_t at_type = 16;
constexpr std::size_t at_sequence = 24;
constexpr std::size_t at_previous = 32;
constexpr std::size_t at_time = 40;
constexpr std::size_t at_event_type = 48;
constexpr std::size_t at_payload_size = 52;
constexpr std::size_t at_id_size = 56;
constexpr std::size_t at_batch_index = 58;
constexpr std::size_t at_tenant_size = 60;

// Which sections follow the fixed header.
constexpr std::uint16_t has_command = 1;
constexpr std::uint16_t has_event_id = 2;
constexpr std::uint16_t has_correlation = 4;
constexpr std::uint16_t correlation_is_command = 8;
constexpr std::uint16_t has_attributes = 16;
constexpr std::uint16_t known_flags = 31;

constexpr std::size_t command_bytes = 24;
constexpr std::size_t id_bytes = 16;
constexpr std::size_t attribute_sizes_bytes = 8;

constexpr std::uint64_t seed_of_event_ids = 0x6576;

std::uint16_t flags_of(const record& r) {
  unsigned flags = 0;
  if (!r.command.empty() || r.command_hash != 0) flags |= has_command;
  const event_id derived =
      r.command.empty() ? event_id{} : derive_event_id(r.command, r.batch_index);
  if (r.event != derived) flags |= has_event_id;
  if (!r.correlation.empty()) {
    const bool same = r.correlation.value == r.command.value;
    flags |= same ? correlation_is_command : has_correlation;
  }
  if (!r.headers.empty() || !r.tags.empty()) flags |= has_attributes;
  return static_cast<std::uint16_t>(flags);
}

std::size_t sections_size(std::uint16_t flags) {
  return ((flags & has_command) != 0 ? command_bytes : 0) +
         ((flags & has_event_id) != 0 ? id_bytes : 0) +
         ((flags & has_correlation) != 0 ? id_bytes : 0) +
         ((flags & has_attributes) != 0 ? attribute_sizes_bytes : 0);
}

error damaged(position at, std::string_view what) {
  return {errc::corrupt,
          "record at position " + std::to_string(at.value) + ": " + std::string(what), at.value};
}

result<std::size_t> size_within(bytes_view from, position at) {
  if (from.size() < record_header_bytes) return damaged(at, "ends within its header");
  const std::size_t size = claimed_record_size(from);
  if (size < record_header_bytes || size % 8 != 0 || size > from.size()) {
    return damaged(
        at, "claims " + std::to_string(size) + " of " + std::to_string(from.size()) + " bytes");
  }
  return size;
}

// Writes one piece after the other.
class writer {
 public:
  explicit writer(std::byte* to) : to_(to) {}
  void put(const void* from, std::size_t size) {
    if (size != 0) std::memcpy(to_, from, size);
    to_ += size;
  }
  template <class T>
  void put_number(T value) {
    put(&value, sizeof value);
  }
  void skip(std::size_t size) { to_ += size; }

 private:
  std::byte* to_;
};

// Reads one piece after the other; the sizes were checked before.
class reader {
 public:
  explicit reader(const std::byte* from) : from_(from) {}
  bytes_view take(std::size_t size) {
    const bytes_view piece(from_, size);
    from_ += size;
    return piece;
  }
  template <class T>
  T number() {
    return load<T>(take(sizeof(T)).data());
  }
  template <class Id>
  Id id() {
    Id read;
    std::memcpy(read.value.data(), take(id_bytes).data(), id_bytes);
    return read;
  }
  std::string_view text(std::size_t size) {
    const bytes_view piece = take(size);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
    return {reinterpret_cast<const char*>(piece.data()), size};
  }

 private:
  const std::byte* from_;
};

}  // namespace

event_id derive_event_id(const command_id& command, std::uint32_t index) {
  return {base::checksum128(command.value, (seed_of_event_ids << 32U) | index)};
}

result<void> encode_attributes(const attributes& from, bytes& out) {
  std::size_t size = 0;
  for (const auto& [name, value] : from) {
    const std::size_t longer = std::max(name.size(), value.size());
    if (longer > attribute_bytes_max) {
      return error{errc::too_large, "an attribute's name or value has " + std::to_string(longer) +
                                        " bytes, the limit is " +
                                        std::to_string(attribute_bytes_max)};
    }
    size += 4 + name.size() + value.size();
  }
  const std::size_t before = out.size();
  out.resize(before + size);
  writer to(out.data() + before);
  for (const auto& [name, value] : from) {
    to.put_number(static_cast<std::uint16_t>(name.size()));
    to.put_number(static_cast<std::uint16_t>(value.size()));
    to.put(name.data(), name.size());
    to.put(value.data(), value.size());
  }
  return {};
}

result<attributes> decode_attributes(bytes_view from) {
  attributes all;
  while (!from.empty()) {
    if (from.size() < 4) return error{errc::malformed, "attributes end within a length"};
    const std::size_t name_size = load<std::uint16_t>(from.data());
    const std::size_t value_size = load<std::uint16_t>(from.data() + 2);
    if (from.size() - 4 < name_size + value_size) {
      return error{errc::malformed, "attributes end within a name or value"};
    }
    reader pieces(from.data() + 4);
    const std::string_view name = pieces.text(name_size);
    const std::string_view value = pieces.text(value_size);
    all.emplace_back(name, value);
    from = from.subspan(4 + name_size + value_size);
  }
  return all;
}

void encode_record(const record& from, position at, bytes& out) {
  const std::uint16_t flags = flags_of(from);
  const std::size_t names_end =
      padded(record_header_bytes + sections_size(flags) + from.tenant.size() + from.id.size());
  const std::size_t payload_begin = padded(names_end + from.headers.size() + from.tags.size());
  const std::size_t size = padded(payload_begin + from.payload.size());
  const std::size_t before = out.size();
  out.resize(before + size);  // Fresh bytes are zero: the padding is a part of the checksum.
  std::byte* const record_begin = out.data() + before;

  store(record_begin + at_size, static_cast<std::uint32_t>(size));
  store(record_begin + at_version, record_version);
  store(record_begin + at_kind, from.kind);
  store(record_begin + at_flags, flags);
  store(record_begin + at_type, from.type.value);
  store(record_begin + at_sequence, from.sequence.value);
  store(record_begin + at_previous, from.previous.value);
  store(record_begin + at_time, std::int64_t{from.time.time_since_epoch().count()});
  store(record_begin + at_event_type, from.event_type);
  store(record_begin + at_payload_size, static_cast<std::uint32_t>(from.payload.size()));
  store(record_begin + at_id_size, static_cast<std::uint16_t>(from.id.size()));
  store(record_begin + at_batch_index, from.batch_index);
  store(record_begin + at_tenant_size, static_cast<std::uint8_t>(from.tenant.size()));

  writer to(record_begin + record_header_bytes);
  if ((flags & has_command) != 0) {
    to.put(from.command.value.data(), id_bytes);
    to.put_number(from.command_hash);
  }
  if ((flags & has_event_id) != 0) to.put(from.event.value.data(), id_bytes);
  if ((flags & has_correlation) != 0) to.put(from.correlation.value.data(), id_bytes);
  if ((flags & has_attributes) != 0) {
    to.put_number(static_cast<std::uint32_t>(from.headers.size()));
    to.put_number(static_cast<std::uint32_t>(from.tags.size()));
  }
  to.put(from.tenant.data(), from.tenant.size());
  to.put(from.id.data(), from.id.size());
  writer attributes_to(record_begin + names_end);
  attributes_to.put(from.headers.data(), from.headers.size());
  attributes_to.put(from.tags.data(), from.tags.size());
  writer(record_begin + payload_begin).put(from.payload.data(), from.payload.size());

  store(record_begin, base::checksum64({record_begin + 8, size - 8}, at.value));
}

std::uint32_t claimed_record_size(bytes_view from) {
  return load<std::uint32_t>(from.data() + at_size);
}

std::uint8_t claimed_record_kind(bytes_view from) {
  return std::to_integer<std::uint8_t>(from[at_kind]);
}

result<record_outline> test_record(bytes_view from, position at) {
  const auto size = size_within(from, at);
  if (!size) return size.error();
  const std::byte* const begin = from.data();
  if (load<std::uint64_t>(begin) != base::checksum64({begin + 8, *size - 8}, at.value)) {
    return damaged(at, "does not match its checksum");
  }
  return record_outline{.kind = load<std::uint8_t>(begin + at_kind),
                        .type = {load<std::uint64_t>(begin + at_type)},
                        .event_type = load<std::uint32_t>(begin + at_event_type)};
}

result<record> decode_record(bytes_view from, position at) {
  if (auto fine = test_record(from, at); !fine) return std::move(fine).error();
  return decode_tested_record(from, at);
}

result<record> decode_tested_record(bytes_view from, position at) {
  const auto checked_size = size_within(from, at);
  if (!checked_size) return checked_size.error();
  const std::size_t size = *checked_size;
  const std::byte* const begin = from.data();
  const auto version = load<std::uint8_t>(begin + at_version);
  const auto flags = load<std::uint16_t>(begin + at_flags);
  if (version != record_version || (flags & ~known_flags) != 0) {
    return error{errc::incompatible,
                 "record at position " + std::to_string(at.value) + " has version " +
                     std::to_string(version) + " and flags " + std::to_string(flags) +
                     ", which this program does not know",
                 at.value};
  }

  record out;
  out.kind = load<std::uint8_t>(begin + at_kind);
  out.type = {load<std::uint64_t>(begin + at_type)};
  out.sequence = {load<std::uint64_t>(begin + at_sequence)};
  out.previous = {load<std::uint64_t>(begin + at_previous)};
  out.time = timestamp(std::chrono::microseconds(load<std::int64_t>(begin + at_time)));
  out.event_type = load<std::uint32_t>(begin + at_event_type);
  out.batch_index = load<std::uint16_t>(begin + at_batch_index);
  const std::size_t payload_size = load<std::uint32_t>(begin + at_payload_size);
  const std::size_t id_size = load<std::uint16_t>(begin + at_id_size);
  const std::size_t tenant_size = load<std::uint8_t>(begin + at_tenant_size);

  const std::size_t names_begin = record_header_bytes + sections_size(flags);
  const std::size_t names_end = padded(names_begin + tenant_size + id_size);
  if (names_end > size) return damaged(at, "its names reach beyond its end");
  std::size_t headers_size = 0;
  std::size_t tags_size = 0;
  reader sections(begin + record_header_bytes);
  if ((flags & has_command) != 0) {
    out.command = sections.id<command_id>();
    out.command_hash = sections.number<std::uint64_t>();
  }
  if ((flags & has_event_id) != 0) {
    out.event = sections.id<event_id>();
  } else if (!out.command.empty()) {
    out.event = derive_event_id(out.command, out.batch_index);
  }
  if ((flags & has_correlation) != 0) out.correlation = sections.id<correlation_id>();
  if ((flags & correlation_is_command) != 0) out.correlation.value = out.command.value;
  if ((flags & has_attributes) != 0) {
    headers_size = sections.number<std::uint32_t>();
    tags_size = sections.number<std::uint32_t>();
  }
  out.tenant = sections.text(tenant_size);
  out.id = sections.text(id_size);

  const std::size_t payload_begin = padded(names_end + headers_size + tags_size);
  if (padded(payload_begin + payload_size) != size) return damaged(at, "its sizes do not add up");
  out.headers = {begin + names_end, headers_size};
  out.tags = {begin + names_end + headers_size, tags_size};
  out.payload = {begin + payload_begin, payload_size};
  return out;
}

}  // namespace reprise::messages
