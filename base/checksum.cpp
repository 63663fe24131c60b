// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace reprise::base {

std::uint64_t checksum64(std::span<const std::byte> data, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

std::array<std::byte, 16> checksum128(std::span<const std::byte> data, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  std::array<std::byte, 16> out{};
  for (unsigned i = 0; i < 8; ++i) {
    out[i] = static_cast<std::byte>(hash.low64 >> (8 * i));
    out[8 + i] = static_cast<std::byte>(hash.high64 >> (8 * i));
  }
  return out;
}

}  // namespace reprise::base
