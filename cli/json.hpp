// SPDX-License-Identifier: Apache-2.0
//
// What the tool prints with --json. Members and their order are documented in docs/tool.md and
// stay as they are; new ones may be added at the end.

#pragma once

#include <reprise/inspect.hpp>
#include <reprise/projection.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace reprise::cli {

/// Keeps members in the order in which they were added.
using json = nlohmann::ordered_json;

[[nodiscard]] json to_json(const inspected_record& record);
[[nodiscard]] json to_json(const parked_event& parked);
/// `rendered` as a value; null when it is empty.
[[nodiscard]] json parsed(const std::string& rendered);

/// Stored text may be no UTF-8: what is not becomes U+FFFD.
[[nodiscard]] std::string one_line(const json& value);
[[nodiscard]] std::string indented(const json& value);

}  // namespace reprise::cli
