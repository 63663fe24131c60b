// SPDX-License-Identifier: Apache-2.0
//
// A store that this process has open for writing: its lock, its environment and its tables.
//
// Threading: confined to one thread until it is opened.

#pragma once

#include "base/clock.hpp"
#include "persistence/index_checkpoint.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/options.hpp"
#include "persistence/recovery.hpp"
#include "persistence/store_directory.hpp"
#include "persistence/store_tables.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace reprise::persistence {

/// Whether consensus decides what of the log counts.
enum class store_kind : std::uint8_t { alone, replica };

/// Members in the order in which they come to be; they go in the opposite one.
struct opened_store {
  store_lock lock;
  std::unique_ptr<lmdb_environment> environment{};
  store_tables tables{};
  store_meta meta{};
};

/// Opens the store in a folder, or makes it. `locked`, naming the process that has it;
/// `incompatible` for another format or number of partitions, and for the store of a replica that
/// is to stand alone; `corrupt`; `io_error`. What is in the file is durable when it returns. To be
/// a replica's it need not be one yet (store_meta::of_replica), unless it is made here.
[[nodiscard]] result<std::unique_ptr<opened_store>> open_store(const store_options& options,
                                                               store_kind kind,
                                                               const base::clock& time);

/// recover(), and what was saved is forgotten where that was of no use.
[[nodiscard]] result<recovered_store> recover_to_write(opened_store& store);

/// The partitions as they were recovered, and beside them where each one keeps its entries.
[[nodiscard]] std::vector<std::unique_ptr<journal_partition>> make_partitions(
    const opened_store& store, recovered_store& found, const append_limits& limits,
    std::vector<stored_partition>& stored);

/// What recovery found behind what was saved is to be saved. Behind make_partitions().
void note_recovered(const recovered_store& found, index_checkpoint& checkpoint);

}  // namespace reprise::persistence
