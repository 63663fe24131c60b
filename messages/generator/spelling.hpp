// SPDX-License-Identifier: Apache-2.0
//
// How names of a schema are spelled in C++.
//
// Threading: pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reprise::generator {

/// `TripState` and `tripState` become `trip_state`, `HTTPCall` becomes `http_call`. May be a
/// keyword.
[[nodiscard]] std::string snake_case(std::string_view name);
/// `fareCents` becomes `FareCents`, as in the accessors of Cap'n Proto's own C++.
[[nodiscard]] std::string title_case(std::string_view name);
/// The name itself, with an underscore behind it when C++, generated code or `taken` needs it.
[[nodiscard]] std::string identifier(std::string_view name,
                                     std::span<const std::string_view> taken = {});
/// `0x` and 16 digits.
[[nodiscard]] std::string hex(std::uint64_t value);
/// A C++ string literal with its quotes.
[[nodiscard]] std::string string_literal(std::string_view text);
/// `dir/trip-log.capnp` becomes `trip_log`.
[[nodiscard]] std::string file_stem(std::string_view path);
/// `dir/trip.capnp` becomes `dir/trip.reprise`.
[[nodiscard]] std::string output_base(std::string_view path);

}  // namespace reprise::generator
