// SPDX-License-Identifier: Apache-2.0
#include "actors/storage.hpp"

#include "persistence/memory_journal.hpp"
#include "persistence/memory_schema_store.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "persistence/options.hpp"

#include <utility>

namespace reprise::actors {

result<node_storage> storage_in_memory(const node_options& options, std::uint64_t hash_seed) {
  auto events =
      persistence::memory_journal::open({.partitions = options.partitions,
                                         .limits = {.payload_bytes_max = options.payload_bytes_max},
                                         .hash_seed = hash_seed});
  if (!events) return std::move(events).error();
  return node_storage{std::move(*events), std::make_unique<persistence::memory_snapshot_store>(),
                      std::make_unique<persistence::memory_schema_store>()};
}

}  // namespace reprise::actors
