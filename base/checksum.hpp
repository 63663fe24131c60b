// SPDX-License-Identifier: Apache-2.0
//
// XXH3, for checksums of stored bytes and for spreading keys. Not cryptographic.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace reprise::base {

[[nodiscard]] std::uint64_t checksum64(std::span<const std::byte> data, std::uint64_t seed = 0);
[[nodiscard]] std::array<std::byte, 16> checksum128(std::span<const std::byte> data,
                                                    std::uint64_t seed = 0);

}  // namespace reprise::base
