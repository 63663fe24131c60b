// SPDX-License-Identifier: Apache-2.0
//
// Why some commands do not work through a node, and what to do instead.
//
// Threading: any thread.

#pragma once

#include <string_view>

namespace reprise::cli {

/// Of a command that works on files; `command` is its first word.
[[nodiscard]] std::string_view why_files_only(std::string_view command);

}  // namespace reprise::cli
