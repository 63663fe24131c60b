// SPDX-License-Identifier: Apache-2.0
#include "persistence/aggregate_hash.hpp"

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "messages/little_endian.hpp"
#include "messages/record.hpp"

#include <array>
#include <cstring>

namespace reprise::persistence {

aggregate_hash hash_of(aggregate_type_id type, std::string_view tenant, std::string_view id,
                       std::uint64_t seed) {
  REPRISE_ASSERT(tenant.size() <= messages::record_tenant_bytes_max &&
                     id.size() <= messages::record_id_bytes_max,
                 "keys are checked before they are hashed");
  // Type, size of the tenant, tenant, id: no two keys give the same bytes.
  std::array<std::byte, 9 + messages::record_tenant_bytes_max + messages::record_id_bytes_max> all;
  messages::store(all.data(), type.value);
  messages::store(all.data() + 8, static_cast<std::uint8_t>(tenant.size()));
  std::size_t size = 9;
  for (const std::string_view part : {tenant, id}) {
    if (!part.empty()) std::memcpy(all.data() + size, part.data(), part.size());
    size += part.size();
  }
  const auto hash = base::checksum128({all.data(), size}, seed);
  return {messages::load<std::uint64_t>(hash.data()),
          messages::load<std::uint64_t>(hash.data() + 8)};
}

partition_id partition_of(const aggregate_key& key, std::uint32_t partitions) {
  return {static_cast<std::uint32_t>(hash_of(key, 0).high % partitions)};
}

}  // namespace reprise::persistence
