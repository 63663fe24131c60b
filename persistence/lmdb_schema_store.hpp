// SPDX-License-Identifier: Apache-2.0
//
// Schemas in the environment of the log.
//
// Format: docs/formats.md#schemas. Threading: every method may be called from any thread; save()
// waits for the commit under way.

#pragma once

#include "persistence/lmdb_environment.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/store_tables.hpp"

namespace reprise::persistence {

/// The environment must outlive it.
class lmdb_schema_store final : public schema_store {
 public:
  lmdb_schema_store(lmdb_environment& environment, const store_tables& tables)
      : environment_(environment), tables_(tables) {}

  [[nodiscard]] result<void> save(const stored_schema& schema) override;
  [[nodiscard]] result<std::vector<stored_schema>> all() const override;

 private:
  lmdb_environment& environment_;
  const store_tables tables_;
};

}  // namespace reprise::persistence
