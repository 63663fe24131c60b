// SPDX-License-Identifier: Apache-2.0
//
// What is behind a store_reader: the store, its snapshots and its schemas.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/schema_catalogue.hpp"

#include <reprise/inspect.hpp>

#include <filesystem>
#include <memory>
#include <utility>

namespace reprise {

struct store_reader::opened {
  opened(std::filesystem::path at, std::unique_ptr<persistence::read_only_store> store)
      : directory(std::move(at)),
        log(std::move(store)),
        schemas([this] { return log->schemas(); }) {}

  /// Null as long as no snapshot was ever saved.
  [[nodiscard]] result<const persistence::lmdb_snapshot_store*> snapshots();

  const std::filesystem::path directory;
  const std::unique_ptr<persistence::read_only_store> log;
  persistence::schema_catalogue schemas;

 private:
  std::unique_ptr<persistence::lmdb_snapshot_store> snapshots_;
};

}  // namespace reprise
