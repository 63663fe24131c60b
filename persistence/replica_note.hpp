// SPDX-License-Identifier: Apache-2.0
//
// What a replica must never forget beside its log: the row of each partition in the table `meta`,
// and one more for what the cluster's members know of each other.
//
// Format: docs/formats.md#replicas. Threading: pure functions.

#pragma once

#include "persistence/lmdb_environment.hpp"
#include "persistence/store_tables.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <vector>

namespace reprise::persistence {

/// Term and vote, see cluster/consensus.hpp.
struct replica_state {
  std::uint64_t term = 0;
  std::uint64_t vote = 0;
  bool operator==(const replica_state&) const = default;
};

struct replica_note {
  replica_state state{};
  /// Indexes of the log's entries that say who takes part, oldest first.
  std::vector<std::uint64_t> members{};
  bool operator==(const replica_note&) const = default;
};

/// An empty note where none was written. `errc::corrupt`.
[[nodiscard]] result<replica_note> read_replica_note(const lmdb_read& transaction,
                                                     const store_tables& tables,
                                                     partition_id partition);
[[nodiscard]] result<void> write_replica_note(lmdb_write& transaction, const store_tables& tables,
                                              partition_id partition, const replica_note& note);

/// What save_cluster_note() wrote last; empty when there is none. `errc::corrupt`.
[[nodiscard]] result<bytes> read_cluster_note(const lmdb_read& transaction,
                                              const store_tables& tables);
[[nodiscard]] result<void> write_cluster_note(lmdb_write& transaction, const store_tables& tables,
                                              bytes_view note);

}  // namespace reprise::persistence
