// SPDX-License-Identifier: Apache-2.0
//
// Text as JSON writes it, for those who write a line of JSON by hand.
//
// Threading: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace reprise::base {

/// Well formed: no overlong forms, no surrogates, nothing beyond U+10FFFF (Unicode, table 3-7).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Appends it in quotes. What is no UTF-8 becomes U+FFFD, a byte at a time.
void add_json_text(std::string& out, std::string_view text);

}  // namespace reprise::base
