// SPDX-License-Identifier: Apache-2.0
#include "persistence/store_identity.hpp"

#include "messages/little_endian.hpp"

#include <random>

namespace reprise::persistence {

std::array<std::byte, 16> draw_uuid() {
  std::random_device device;
  std::array<std::byte, 16> uuid{};
  for (std::size_t i = 0; i < uuid.size(); i += 4) {
    messages::store(uuid.data() + i, std::uint32_t{device()});
  }
  return uuid;
}

std::uint64_t draw_hash_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace reprise::persistence
