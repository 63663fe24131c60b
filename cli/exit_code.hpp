// SPDX-License-Identifier: Apache-2.0
//
// How the tool ends: one exit code and, where there is one, a piece of advice for each error.

#pragma once

#include <reprise/result.hpp>

#include <string>
#include <string_view>

namespace reprise::cli {

/// Scripts rely on these numbers; docs/tool.md lists them.
enum class exit_code : int {
  ok = 0,
  /// What was asked for is not in the store.
  negative = 1,
  /// The command line is wrong.
  usage = 2,
  /// Stored bytes are damaged.
  damaged = 3,
  /// There is no store, or it cannot be opened or read; a node cannot be reached.
  cannot_open = 4,
  /// The store would not take the schema.
  refused = 5,
  /// The cluster answers, but a node or the leader of a partition is missing, or a copy has failed.
  impaired = 6,
};

[[nodiscard]] exit_code exit_of(errc code);
/// The same while the store is being opened, where `not_found` means that there is none.
[[nodiscard]] exit_code exit_of_opening(errc code);
/// What a person can do about it; empty where the message says all there is to say.
[[nodiscard]] std::string_view advice(errc code);

/// What stands on standard error: lines for a person, or one line of JSON.
[[nodiscard]] std::string error_text(const error& why);
[[nodiscard]] std::string error_json(const error& why);

}  // namespace reprise::cli
