// SPDX-License-Identifier: Apache-2.0
//
// Lists what a store consists of on disk: its files, and what its tables take in them.
//
// Threading: any thread, also while the store is written to.

#pragma once

#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/store_survey.hpp"
#include "persistence/store_tables.hpp"

#include <reprise/result.hpp>

#include <filesystem>

namespace reprise::persistence {

/// By name, below the directory. `io_error`.
[[nodiscard]] result<void> list_files(const std::filesystem::path& directory,
                                      store_inventory& into);
/// Tables of the journal, and its free pages.
[[nodiscard]] result<void> list_tables(const lmdb_environment& journal, const store_tables& tables,
                                       store_inventory& into);
[[nodiscard]] result<void> list_tables(const lmdb_snapshot_store& snapshots, store_inventory& into);
[[nodiscard]] result<void> list_tables(const lmdb_checkpoint_store& consumers,
                                       store_inventory& into);
/// The file of keys; nothing where there is none.
[[nodiscard]] result<void> list_keys(const std::filesystem::path& directory, store_inventory& into);

}  // namespace reprise::persistence
