// SPDX-License-Identifier: Apache-2.0
//
// What a node keeps its events, snapshots and schemas in.

#pragma once

#include "base/clock.hpp"
#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"
#include "persistence/replicated_journal.hpp"
#include "persistence/row_store.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/sealing.hpp"
#include "persistence/snapshot_store.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/metrics.hpp>
#include <reprise/node.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace reprise::actors {

/// What consumers keep. In this order: rows may live where the checkpoints do.
struct consumer_stores {
  std::unique_ptr<persistence::checkpoint_store> checkpoints;
  std::unique_ptr<persistence::row_store> rows;
};
using open_consumer_stores = std::function<result<consumer_stores>()>;

struct node_storage {
  /// Null for a node of a cluster: keys have no copies. First, as the others use it to the end.
  std::unique_ptr<persistence::sealing> seals;
  /// What is personal in them is sealed behind these ports, where there is somebody who seals.
  std::unique_ptr<persistence::journal> events;
  /// The same, for a node of a cluster; null otherwise.
  persistence::replicated_journal* replicas = nullptr;
  std::unique_ptr<persistence::snapshot_store> snapshots;
  std::unique_ptr<persistence::schema_store> schemas;
  /// Of the whole store, for a node of a cluster; null otherwise.
  std::unique_ptr<persistence::store_survey> survey;
  /// Only a node that has consumers makes a place for what they keep.
  open_consumer_stores open_consumers;
};

/// Gone with the process; the same rules as on disk. The clock must outlive it.
[[nodiscard]] result<node_storage> storage_in_memory(const node_options& options,
                                                     std::uint64_t hash_seed,
                                                     const base::clock& time);
/// In options.data. The instruments and the clock must outlive it.
[[nodiscard]] result<node_storage> storage_on_disk(const node_options& options, metrics& measured,
                                                   const base::clock& time);
/// The same for a node of a cluster.
[[nodiscard]] result<node_storage> storage_of_replicas(const node_options& options,
                                                       metrics& measured, const base::clock& time);

}  // namespace reprise::actors
