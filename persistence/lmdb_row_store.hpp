// SPDX-License-Identifier: Apache-2.0
//
// Rows of projections in the environment of the checkpoints.
//
// Format: docs/formats.md#rows. Threading: every method may be called from any thread.

#pragma once

#include "persistence/lmdb_environment.hpp"
#include "persistence/row_store.hpp"

namespace reprise::persistence {

class lmdb_row_store final : public row_store {
 public:
  /// The environment must outlive it and its snapshots.
  lmdb_row_store(lmdb_environment& environment, MDB_dbi rows)
      : environment_(environment), rows_(rows) {}

  [[nodiscard]] result<void> commit(std::string_view projection, const row_changes& changes,
                                    const checkpoint& taken) override;
  [[nodiscard]] result<void> remove(std::string_view projection) override;
  [[nodiscard]] result<std::vector<std::string>> names() const override;
  [[nodiscard]] result<std::unique_ptr<row_snapshot>> read(
      std::string_view projection) const override;

 private:
  class snapshot;
  [[nodiscard]] result<void> remove_all(lmdb_write& transaction, const bytes& prefix) const;

  lmdb_environment& environment_;
  const MDB_dbi rows_;
};

}  // namespace reprise::persistence
