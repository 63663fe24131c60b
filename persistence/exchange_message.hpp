// SPDX-License-Identifier: Apache-2.0
//
// The messages of an export, of include/reprise/exchange.capnp: how one is framed, and what it says
// as values.
//
// Invariants
//  * A message is one segment, of message_bytes_max at most; nothing larger is written, or read.
//  * What is decoded costs no more than a small multiple of the bytes that it is decoded from.
// Format: docs/exchange.md. Threading: pure functions.

#pragma once

#include "exchange.reprise.hpp"
#include "persistence/journal.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence {

namespace wire = exchange_schema;

/// The version that the header names.
inline constexpr std::uint32_t message_format = 1;
/// Number of segments, which is one, and its size in words.
inline constexpr std::size_t framing_bytes = 8;
/// Twice what the largest payload takes. Without the framing.
inline constexpr std::size_t message_bytes_max = std::size_t{8} << 20U;

[[nodiscard]] wire::message header_message(const store_facts& store,
                                           const std::vector<stored_schema>& schemas, bool whole);
/// `shown` is the record with the names of the store's schemas.
[[nodiscard]] wire::message record_message(const stored_record& record,
                                           const inspected_record& shown);
[[nodiscard]] wire::message trailer_message(std::uint64_t records);

/// As it stands in a file. `too_large`.
[[nodiscard]] result<std::string> framed(const wire::message& message);
/// Of a framed message.
void set_checksum_before(std::string& framed_message, std::uint64_t checksum);

/// The size of the segment behind the framing. `malformed` for several segments, for none, and for
/// one that is too large. `framing` must hold framing_bytes.
[[nodiscard]] result<std::size_t> segment_bytes(std::string_view framing);
/// `malformed`. `framed_message` is framing and segment.
[[nodiscard]] result<wire::message> message_in(std::string_view framed_message);

[[nodiscard]] std::string text_of(const bytes& from);

}  // namespace reprise::persistence
