// SPDX-License-Identifier: Apache-2.0
#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
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

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace reprise::cli
