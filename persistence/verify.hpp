// SPDX-License-Identifier: Apache-2.0
//
// Proves that a store's log is whole, and that what was saved beside it is what it adds up to.
//
// Threading: any thread, also while the store is written to.

#pragma once

#include "persistence/lmdb_environment.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/store_tables.hpp"

namespace reprise::persistence {

/// As read_only_store's verify().
[[nodiscard]] result<verify_report> verify_log(const lmdb_environment& environment,
                                               const store_tables& tables, const store_meta& meta,
                                               const verify_progress& progress);

}  // namespace reprise::persistence
