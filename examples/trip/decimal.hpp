// SPDX-License-Identifier: Apache-2.0
//
// Exact decimal numbers, as amounts of money are written: digits, and at most one point between
// digits. No sign but a minus, no exponent, no blanks.
//
// Threading: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taxi {

/// Why a number was refused, as the end of a sentence: `is negative`.
struct decimal_fault {
  const char* what = nullptr;
};

/// `value` only when `fault` is empty.
struct cents_reading {
  std::uint32_t value = 0;
  std::optional<decimal_fault> fault{};
};
struct number_reading {
  double value = 0;
  std::optional<decimal_fault> fault{};
};

/// `12.5` is 1250, without going through binary fractions. More than two decimals are refused
/// unless they are zero.
[[nodiscard]] cents_reading parse_cents(std::string_view text);
/// A number that is not negative.
[[nodiscard]] number_reading parse_number(std::string_view text);
/// A whole number of at most 16 bits.
[[nodiscard]] std::optional<std::uint16_t> parse_count(std::string_view text);

/// 1250 is `12.50`.
[[nodiscard]] std::string cents_text(std::uint64_t cents);

}  // namespace taxi
