// SPDX-License-Identifier: Apache-2.0
//
// How a part of a message is written: values, each with its place in the message.
//
// Format: docs/formats.md#sealed.

#pragma once

#include <cstdint>

namespace reprise::messages::part_layout {

/// What a value is: so many bits of a struct's data, or what one of its pointers points to.
enum class slot : std::uint32_t {
  pointer = 0,
  bit = 1,
  byte = 8,
  half = 16,
  word = 32,
  whole = 64
};

/// From the root to the struct: pointers in structs, elements in lists.
inline constexpr std::uint32_t steps_max = 64;

}  // namespace reprise::messages::part_layout
