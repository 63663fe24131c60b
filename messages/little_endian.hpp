// SPDX-License-Identifier: Apache-2.0
//
// Numbers in stored bytes. They are little-endian, as every machine is that Reprise runs on.
//
// Threading: pure functions.

#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace reprise::messages {

static_assert(std::endian::native == std::endian::little, "stored numbers are not swapped");

/// Reads a T at any alignment. `from` must hold sizeof(T) bytes.
template <class T>
[[nodiscard]] T load(const std::byte* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void store(std::byte* to, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(to, &value, sizeof value);
}

/// The next multiple of 8.
[[nodiscard]] constexpr std::size_t padded(std::size_t size) {
  return (size + 7) & ~std::size_t{7};
}

}  // namespace reprise::messages
