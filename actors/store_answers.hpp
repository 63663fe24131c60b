// SPDX-License-Identifier: Apache-2.0
//
// What a node answers to a client that reads its store.
//
// Threading: any thread; it reads the disk.

#pragma once

#include "actors/asked_check.hpp"
#include "cluster/store_query.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/snapshot_store.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/result.hpp>

#include <functional>
#include <optional>

namespace reprise::actors {

/// What is read.
struct readable_store {
  const persistence::journal& events;
  const persistence::snapshot_store& snapshots;
  const persistence::schema_store& schemas;
  const persistence::store_survey& survey;
  asked_check& check;
  /// What the node's consumers keep; null while it has none.
  std::function<const persistence::row_store*()> rows{};
};

/// Which partition's copy is needed for the answer; none for what is not about one.
[[nodiscard]] std::optional<partition_id> partition_in(const cluster::store_query& query,
                                                       const persistence::journal& events);

/// Encoded as the query says. Errors are those of the journal; `invalid_argument` for a partition
/// that there is not, a page of nothing, or what only a cluster knows; `unavailable` while the copy
/// does not reach as far as is wanted.
[[nodiscard]] result<bytes> answer_to(const cluster::placed_query& query,
                                      const readable_store& store);

}  // namespace reprise::actors
