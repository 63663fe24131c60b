// SPDX-License-Identifier: Apache-2.0
//
// The 128-bit identity of an aggregate inside one store, and the partition that it lives in.
//
// XXH3 without a seed can be made to collide by whoever chooses the ids, so a store draws a seed of
// its own when it is created: else one tenant could make its aggregate share another's events. The
// partition needs no seed, since sharing one is harmless; it is the same in every store.
// Both stand on disk: neither may ever change for a given key, seed and number of partitions.
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
                                     std::string_view id, std::uint64_t seed);
[[nodiscard]] inline aggregate_hash hash_of(const aggregate_key& key, std::uint64_t seed) {
  return hash_of(key.type, key.tenant, key.id, seed);
}

[[nodiscard]] partition_id partition_of(const aggregate_key& key, std::uint32_t partitions);

struct aggregate_hash_spread {
  std::size_t operator()(const aggregate_hash& hash) const { return hash.low; }
};

}  // namespace reprise::persistence
