// SPDX-License-Identifier: Apache-2.0
//
// Turns the fields of a Cap'n Proto struct into members of a C++ struct.
//
// Threading: pure functions.

#pragma once

#include "messages/generator/catalogue.hpp"
#include "messages/generator/model.hpp"

#include <capnp/schema.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::generator {

/// What the structs of commands and of events declare besides their fields.
inline constexpr std::array<std::string_view, 5> command_names{"api", "name", "readonly", "reply",
                                                               "tag"};
inline constexpr std::array<std::string_view, 4> event_names{"api", "name", "tag", "tags"};

/// `wire` is Cap'n Proto's C++ name of the type; members called as in `taken` get an underscore.
/// Refuses types that values cannot hold and names that would clash.
[[nodiscard]] std::vector<member> members_of(const catalogue& all, capnp::StructSchema type,
                                             const std::string& wire,
                                             std::span<const std::string_view> taken = {});

/// The members of the struct's (or group's) anonymous union, by discriminant. `flatten` takes over
/// the fields of a struct that a member holds.
[[nodiscard]] std::vector<alternative> alternatives_of(
    const catalogue& all, capnp::StructSchema type, const std::string& wire, bool flatten,
    std::span<const std::string_view> taken = {});

/// The struct or enum at the bottom of lists, or 0.
[[nodiscard]] node_id named_type(capnp::Type type);

}  // namespace reprise::generator
