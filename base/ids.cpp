// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"

#include <reprise/ids.hpp>

namespace reprise {

std::string to_hex(std::span<const std::byte> value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * value.size());
  for (const std::byte b : value) {
    text += digits[std::to_integer<unsigned>(b) >> 4U];
    text += digits[std::to_integer<unsigned>(b) & 0xfU];
  }
  return text;
}

bool from_hex(std::string_view text, std::span<std::byte, 16> value) {
  if (text.size() != 32) return false;
  std::array<std::byte, 16> read{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      return false;
    }
    read[i / 2] = (read[i / 2] << 4U) | static_cast<std::byte>(digit);
  }
  for (std::size_t i = 0; i < read.size(); ++i) value[i] = read[i];
  return true;
}

command_id derive_command_id(std::string_view text) {
  return {base::checksum128(std::as_bytes(std::span(text.data(), text.size())))};
}

}  // namespace reprise
