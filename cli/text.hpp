// SPDX-License-Identifier: Apache-2.0
//
// Numbers and strings as people read them on a terminal.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::cli {

/// Stored text may hold anything; control characters, which could steer the terminal, come out as
/// `\x1b`. Everything else is kept.
[[nodiscard]] std::string printable(std::string_view text);

/// `1,234,567`.
[[nodiscard]] std::string grouped(std::uint64_t number);

/// `1.4 MiB`.
[[nodiscard]] std::string byte_size(std::uint64_t size_bytes);

/// `0x` and 16 digits.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);

/// Of `90s`, `15m`, `12h` or `30d`. `invalid_argument` for anything else, and for more than a
/// thousand years.
[[nodiscard]] result<std::chrono::seconds> duration_in(std::string_view text);

/// Of `2026-11-29`, `2026-11-29T12:30:00Z` or `2026-11-29T12:30:00.25Z`, in UTC.
/// `invalid_argument` for anything else.
[[nodiscard]] result<timestamp> time_in(std::string_view text);

/// Columns that UTF-8 text takes, counting each code point as one.
[[nodiscard]] std::size_t width_of(std::string_view text);

}  // namespace reprise::cli
