// SPDX-License-Identifier: Apache-2.0
//
// Checks everything of a store: the log, the keys, the snapshots.
//
// Threading: any thread, also while the store is written to.

#pragma once

#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/result.hpp>

#include <filesystem>
#include <functional>

namespace reprise::persistence {

/// What is checked.
struct checked_store {
  std::filesystem::path directory{};
  std::uint32_t partitions = 0;
  std::function<result<verify_report>(const verify_progress&)> log{};
  /// Null where none was ever saved.
  const lmdb_snapshot_store* snapshots = nullptr;
};

/// Damage is a finding, not an error. `stopped` when `go_on` says no.
[[nodiscard]] result<verification> check_store(const checked_store& store,
                                               const check_progress& go_on);

}  // namespace reprise::persistence
