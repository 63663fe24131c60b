// SPDX-License-Identifier: Apache-2.0
//
// Text as JSON writes it, for those who write a line of JSON by hand.
//
// Threading: pure functions.

#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace reprise::base {

/// Well formed: no overlong forms, no surrogates, nothing beyond U+10FFFF (Unicode, table 3-7).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Appends it in quotes. What is no UTF-8 becomes U+FFFD, a byte at a time.
void add_json_text(std::string& out, std::string_view text);

/// In quotes, as add_json_text() writes it.
[[nodiscard]] std::string json_text(std::string_view text);

/// An object that is written member by member.
class json_object {
 public:
  /// `value` is JSON already.
  json_object& add(std::string_view name, std::string_view value) {
    text_ += text_.size() == 1 ? "\"" : ",\"";
    text_ += name;
    text_ += "\":";
    text_ += value;
    return *this;
  }
  [[nodiscard]] std::string close() {
    text_ += '}';
    return std::move(text_);
  }

 private:
  std::string text_ = "{";
};

}  // namespace reprise::base
