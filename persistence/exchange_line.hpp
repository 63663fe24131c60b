// SPDX-License-Identifier: Apache-2.0
//
// The lines of an export, each one JSON object.
//
// Invariants
//  * A line is UTF-8 whatever is stored: text that is not becomes {"base64": ...}.
//  * 64-bit numbers are strings, since many readers of JSON know only doubles.
// Format: docs/exchange.md. Threading: pure functions.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/inspect.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence {

/// The version that the header names.
inline constexpr int exchange_format = 1;
/// The digits of base64 (RFC 4648, 4), by value.
inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[nodiscard]] std::string exchange_header(const store_facts& store,
                                          const std::vector<stored_schema>& schemas, bool whole);
/// `shown` is the record as the store's schemas render it.
[[nodiscard]] std::string exchange_line(const stored_record& record, const inspected_record& shown);
[[nodiscard]] std::string exchange_trailer(std::uint64_t records, std::uint64_t checksum);

/// The checksum of all lines so far, with one more of them.
[[nodiscard]] std::uint64_t chained_checksum(std::uint64_t so_far, std::string_view line);

}  // namespace reprise::persistence
