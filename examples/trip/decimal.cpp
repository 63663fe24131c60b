// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace taxi {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct decimal_parts {
  std::string_view whole{};
  std::string_view fraction{};
};

struct split_decimal {
  decimal_parts parts{};
  std::optional<decimal_fault> fault{};
};

split_decimal split(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const decimal_parts parts{
      .whole = text.substr(0, point),
      .fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1)};
  const bool well_formed =
      all_digits(parts.whole) && (point == std::string_view::npos || all_digits(parts.fraction));
  if (!well_formed) return {.fault = decimal_fault{"is not a number"}};
  if (negative) return {.fault = decimal_fault{"is negative"}};
  return {.parts = parts};
}

}  // namespace

cents_reading parse_cents(std::string_view text) {
  const split_decimal number = split(text);
  if (number.fault) return {.fault = number.fault};
  const auto [whole, fraction] = number.parts;

  constexpr std::uint64_t cents_max = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t cents = 0;
  for (const char digit : whole) {
    cents = cents * 10 + static_cast<std::uint64_t>(digit - '0');
    if (cents > cents_max) return {.fault = decimal_fault{"is too large"}};
  }
  for (std::size_t i = 0; i < 2; ++i) {
    cents = cents * 10 + (i < fraction.size() ? static_cast<std::uint64_t>(fraction[i] - '0') : 0);
  }
  if (cents > cents_max) return {.fault = decimal_fault{"is too large"}};
  if (fraction.size() > 2 && fraction.find_first_not_of('0', 2) != std::string_view::npos) {
    return {.fault = decimal_fault{"has a fraction of a cent"}};
  }
  return {.value = static_cast<std::uint32_t>(cents)};
}

number_reading parse_number(std::string_view text) {
  const split_decimal number = split(text);
  if (number.fault) return {.fault = number.fault};
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return {.fault = decimal_fault{"is too large"}};
  }
  return {.value = value};
}

std::optional<std::uint16_t> parse_count(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string cents_text(std::uint64_t cents) {
  const std::uint64_t rest = cents % 100;
  return std::to_string(cents / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

}  // namespace taxi
