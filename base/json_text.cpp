// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace reprise::base {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// How many bytes follow a first byte of UTF-8, and the bounds of the second one, which rule out
// overlong forms, surrogates and what lies beyond U+10FFFF (Unicode, table 3-7).
struct sequence_form {
  std::size_t following = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xbf;
};

std::optional<sequence_form> form_of(unsigned char first) {
  if (first < 0x80) return sequence_form{0};
  if (first >= 0xc2 && first <= 0xdf) return sequence_form{1};
  if (first == 0xe0) return sequence_form{2, 0xa0};
  if (first == 0xed) return sequence_form{2, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef) return sequence_form{2};
  if (first == 0xf0) return sequence_form{3, 0x90};
  if (first >= 0xf1 && first <= 0xf3) return sequence_form{3};
  if (first == 0xf4) return sequence_form{3, 0x80, 0x8f};
  return std::nullopt;
}

// How many bytes the well-formed character at the beginning takes; 0: there is none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto form = form_of(byte(0));
  if (!form || text.size() <= form->following) return 0;
  for (std::size_t i = 1; i <= form->following; ++i) {
    const unsigned char least = i == 1 ? form->second_min : 0x80;
    const unsigned char most = i == 1 ? form->second_max : 0xbf;
    if (byte(i) < least || byte(i) > most) return 0;
  }
  return form->following + 1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void add_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = character_bytes(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text.front();
    } else if (c < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += digits[c >> 4U];
      out += digits[c & 0xfU];
    } else if (size == 0) {
      out += replacement;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  out += '"';
}

std::string json_text(std::string_view text) {
  std::string out;
  add_json_text(out, text);
  return out;
}

}  // namespace reprise::base
