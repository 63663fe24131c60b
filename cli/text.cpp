// SPDX-License-Identifier: Apache-2.0
#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <system_error>

namespace reprise::cli {

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto append_escaped = [&](std::string& to, unsigned char c) {
    to += "\\x";
    to += digits[c >> 4U];
    to += digits[c & 0xfU];
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) {
      append_escaped(out, c);
    } else if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      // U+0080 to U+009F are control characters too.
      append_escaped(out, static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string byte_size(std::uint64_t size_bytes) {
  constexpr std::array<const char*, 6> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto size = static_cast<double>(size_bytes);
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
  return text.data();
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

result<std::chrono::seconds> duration_in(std::string_view text) {
  struct unit {
    char letter;
    std::uint64_t seconds;
  };
  constexpr std::array units{unit{'s', 1}, unit{'m', 60}, unit{'h', 3'600}, unit{'d', 86'400}};
  constexpr std::uint64_t seconds_max = std::uint64_t{365'250} * 86'400;
  const auto* const found =
      std::ranges::find(units, text.empty() ? '\0' : text.back(), &unit::letter);
  const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (found == units.end() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
      number == 0 || number > seconds_max / found->seconds) {
    return error{errc::invalid_argument,
                 "'" + std::string(text) + "' is no time such as 90s, 15m, 12h or 30d"};
  }
  return std::chrono::seconds(number * found->seconds);
}

namespace {

// Takes exactly so many digits off the front.
std::optional<unsigned> digits_off(std::string_view& text, std::size_t count) {
  unsigned out = 0;
  if (text.size() < count) return {};
  const auto read = std::from_chars(text.data(), text.data() + count, out);
  if (read.ec != std::errc{} || read.ptr != text.data() + count) return {};
  text.remove_prefix(count);
  return out;
}

bool off(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> day_off(std::string_view& text) {
  const auto year = digits_off(text, 4);
  const auto month = off(text, '-') ? digits_off(text, 2) : std::nullopt;
  const auto day = off(text, '-') ? digits_off(text, 2) : std::nullopt;
  if (!year || !month || !day) return {};
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok()) return {};
  return std::chrono::sys_days(date);
}

// Of the day, with its end.
std::optional<std::chrono::microseconds> clock_off(std::string_view& text) {
  const auto number_off = [&](char before) {
    constexpr unsigned none = 100;
    return off(text, before) ? digits_off(text, 2).value_or(none) : none;
  };
  const unsigned hours = number_off('T');
  const unsigned minutes = number_off(':');
  const unsigned seconds = number_off(':');
  if (hours > 23 || minutes > 59 || seconds > 59) return {};
  std::chrono::microseconds out =
      std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  if (off(text, '.')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    if (end == 0 || end > 6) return {};
    unsigned fraction = *digits_off(text, end);
    for (std::size_t n = end; n < 6; ++n) fraction *= 10;
    out += std::chrono::microseconds(fraction);
  }
  if (!off(text, 'Z')) return {};
  return out;
}

}  // namespace

result<timestamp> time_in(std::string_view text) {
  std::string_view rest = text;
  const auto day = day_off(rest);
  const auto clock = rest.empty() ? std::chrono::microseconds(0) : clock_off(rest);
  if (!day || !clock || !rest.empty()) {
    return error{errc::invalid_argument, printable(text) +
                                             " is no time: give a day, as 2026-11-29, or a time "
                                             "in UTC, as 2026-11-29T12:30:00Z"};
  }
  return timestamp(*day) + *clock;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace reprise::cli
