// SPDX-License-Identifier: Apache-2.0
//
// How one record of a partition's log is stored: a fixed header, sections that are left out where
// they say nothing new, the aggregate's name, attributes, payload.
//
// Invariants
//  * A record describes itself: no table is needed to say whose it is.
//  * Every length is checked before it is used; what cannot be read is `errc::corrupt` with the
//    position, or `errc::incompatible` when it is sound but of a version unknown here.
//  * The checksum is seeded with the position, so that a record in the wrong place is found too.
//  * A record and its payload begin at multiples of 8 from where the record begins.
// Format: docs/formats.md#record. Threading: pure functions.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reprise::messages {

/// One record. Views point into the bytes that it was read from, or will be written from.
struct record {
  /// Meaning: persistence::record_kind.
  std::uint8_t kind = 0;
  aggregate_type_id type{};
  std::string_view tenant{};
  std::string_view id{};
  reprise::sequence sequence{};
  /// Position of the aggregate's previous record; 0 for its first.
  position previous{};
  timestamp time{};
  std::uint32_t event_type = 0;
  /// Which event of its batch it is, from 0.
  std::uint16_t batch_index = 0;
  command_id command{};
  std::uint64_t command_hash = 0;
  event_id event{};
  correlation_id correlation{};
  /// As encode_attributes() writes them.
  bytes_view headers{};
  bytes_view tags{};
  bytes_view payload{};
};

/// Kinds from this one on are the log's own: consensus writes them. They are of no aggregate, tell
/// no time, take a position each, and are shown to nobody.
inline constexpr std::uint8_t first_kind_of_log = 0xf0;
/// Says nothing, and takes its position.
inline constexpr std::uint8_t barrier_record = first_kind_of_log;
[[nodiscard]] constexpr bool is_of_log(std::uint8_t kind) {
  return kind >= first_kind_of_log;
}

inline constexpr std::size_t record_header_bytes = 64;
inline constexpr std::size_t record_id_bytes_max = 1024;
inline constexpr std::size_t record_tenant_bytes_max = 255;
/// Of an attribute's name, and of its value.
inline constexpr std::size_t attribute_bytes_max = 65535;

/// The id of the event with that index among those of one command, where the caller gave none.
[[nodiscard]] event_id derive_event_id(const command_id& command, std::uint32_t index);

/// Appends to `out`. `errc::too_large`, and `out` as it was, for a name or value beyond the limit.
[[nodiscard]] result<void> encode_attributes(const attributes& from, bytes& out);
/// `errc::malformed` for anything that encode_attributes() does not write.
[[nodiscard]] result<attributes> decode_attributes(bytes_view from);

/// Appends one record to `out`, whose size must be a multiple of 8 and stays one. Tenant and id
/// must be within their limits, all sizes together below 4 GiB.
void encode_record(const record& from, position at, bytes& out);

/// Reads the record at the beginning of `from`, which may be followed by others.
[[nodiscard]] result<record> decode_record(bytes_view from, position at);
/// The same for one whose checksum was tested before; only that is left out.
[[nodiscard]] result<record> decode_tested_record(bytes_view from, position at);
/// What a record is, for those who leave it out for that.
struct record_outline {
  std::uint8_t kind = 0;
  aggregate_type_id type{};
  std::uint32_t event_type = 0;
};
/// Tests the checksum and reads the header. What it lets through is for decode_tested_record().
[[nodiscard]] result<record_outline> test_record(bytes_view from, position at);
/// The size that a record's header claims; not checked. `from` must hold record_header_bytes.
[[nodiscard]] std::uint32_t claimed_record_size(bytes_view from);
/// The same for its kind.
[[nodiscard]] std::uint8_t claimed_record_kind(bytes_view from);

}  // namespace reprise::messages
