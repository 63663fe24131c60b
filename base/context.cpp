// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"

#include <reprise/context.hpp>

#include <string>

namespace reprise {
namespace {

// Seeds keep ids, random words and other derivations of one command id apart.
constexpr std::uint64_t seed_of_ids = 0x6964;
constexpr std::uint64_t seed_of_random = 0x726e64;

std::uint64_t seed(std::uint64_t purpose, std::uint32_t n) {
  return (purpose << 32U) | n;
}

}  // namespace

std::string context::fresh_id(std::uint32_t n) const {
  const auto id = base::checksum128(command_.value, seed(seed_of_ids, n));
  return to_hex(std::span<const std::byte, 16>(id));
}

std::uint64_t context::random(std::uint32_t n) const {
  return base::checksum64(command_.value, seed(seed_of_random, n));
}

}  // namespace reprise
