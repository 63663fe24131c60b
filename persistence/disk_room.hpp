// SPDX-License-Identifier: Apache-2.0
//
// How much room a commit needs, and whether there is as much.
//
// Threading: pure but for looking at the disk.

#pragma once

#include "persistence/lmdb_environment.hpp"

#include <cstdint>

namespace reprise::persistence {

/// What a commit takes at most beside its entries: pages of the tables that lead to them.
inline constexpr std::uint64_t commit_overhead_bytes = std::uint64_t{128} << 10U;
/// The same for a slice of a checkpoint: a page for each head, and the pages that lead to them.
inline constexpr std::uint64_t slice_bytes_max = std::uint64_t{4} << 20U;

/// What an entry of that size takes at most: a value never has more than its size again of the page
/// that it stands on, and a large one has pages of its own.
[[nodiscard]] constexpr std::uint64_t entry_room(std::uint64_t size) {
  return 2 * size + 64 < size + 8192 ? 2 * size + 64 : size + 8192;
}

/// In the map and on the disk.
[[nodiscard]] bool has_room(const lmdb_environment& environment, std::uint64_t bytes);

}  // namespace reprise::persistence
