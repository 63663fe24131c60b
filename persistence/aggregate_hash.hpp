// SPDX-License-Identifier: Apache-2.0
//
// The 128-bit identity of an aggregate inside a store, and the partition that follows from it.
//
// Both stand on disk: neither may ever change for a given key and number of partitions.
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reprise::persistence {

/// XXH3 of an aggregate's key. Two aggregates with one hash are not expected to exist; a read that
/// meets them is refused as corrupt, because records carry the key itself.
struct aggregate_hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  auto operator<=>(const aggregate_hash&) const = default;
};

/// Tenant and id must be within their limits (255 and 1024 bytes).
[[nodiscard]] aggregate_hash hash_of(aggregate_type_id type, std::string_view tenant,
                                     std::string_view id);
[[nodiscard]] inline aggregate_hash hash_of(const aggregate_key& key) {
  return hash_of(key.type, key.tenant, key.id);
}

[[nodiscard]] constexpr partition_id partition_of(const aggregate_hash& hash,
                                                  std::uint32_t partitions) {
  // The high half, because tables spread the aggregates of one partition by the low one.
  return {static_cast<std::uint32_t>(hash.high % partitions)};
}

struct aggregate_hash_spread {
  std::size_t operator()(const aggregate_hash& hash) const { return hash.low; }
};

}  // namespace reprise::persistence
