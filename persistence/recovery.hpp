// SPDX-License-Identifier: Apache-2.0
//
// Finds out where a store stands: the saved heads and places, and the end of the log behind them.
//
// What was saved is derived data. If it is damaged or contradicts the log, the whole log is folded
// instead, which takes longer and loses nothing.
// Threading: pure but for reading the environment.

#pragma once

#include "persistence/lmdb_environment.hpp"
#include "persistence/log_fold.hpp"
#include "persistence/store_tables.hpp"

#include <cstdint>
#include <functional>

namespace reprise::persistence {

/// Shows entries of the log from `key` on, a slice of them at a time in a transaction. Returning
/// false ends it.
using entry_visit = std::function<result<bool>(std::uint64_t key, bytes_view stored)>;
[[nodiscard]] result<void> for_each_entry(const lmdb_environment& environment,
                                          const store_tables& tables, std::uint64_t key,
                                          const entry_visit& visit);

struct recovered_store {
  log_fold fold;
  /// Up to which entry heads and places are saved.
  std::uint64_t indexed_upto = 0;
  /// What was saved was of no use: heads and places have to be saved anew.
  bool rebuilt = false;
};

[[nodiscard]] result<recovered_store> recover(const lmdb_environment& environment,
                                              const store_tables& tables, const store_meta& meta);

}  // namespace reprise::persistence
