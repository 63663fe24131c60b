// SPDX-License-Identifier: Apache-2.0
//
// What a store draws from the system's randomness when it is made: nobody may be able to foretell
// it, or to make two stores of one identity. The one place below assembly that does so.
//
// Threading: any thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace reprise::persistence {

[[nodiscard]] std::array<std::byte, 16> draw_uuid();
/// For aggregate_hash.hpp.
[[nodiscard]] std::uint64_t draw_hash_seed();

}  // namespace reprise::persistence
