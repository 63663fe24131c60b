// SPDX-License-Identifier: Apache-2.0
//
// Checkpoints in an LMDB environment of their own, so that saving one never delays the log.
//
// Format: docs/formats.md#checkpoints. Threading: every method may be called from any thread.

#pragma once

#include "persistence/checkpoint_store.hpp"
#include "persistence/row_store.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace reprise::persistence {

/// The tables of the environment.
inline constexpr std::array consumer_table_names{"checkpoints", "rows"};

class lmdb_checkpoint_store final : public checkpoint_store {
 public:
  /// Opens or makes the folder `consumers` in a store's folder. Open the journal first: its lock
  /// keeps other processes out. Both tables can grow to `map_size_bytes`, which cost nothing until
  /// used.
  [[nodiscard]] static result<std::unique_ptr<lmdb_checkpoint_store>> open(
      const std::filesystem::path& directory, std::uint64_t map_size_bytes);
  /// To read only, also while another process writes. `not_found` when no consumer has kept
  /// anything yet.
  [[nodiscard]] static result<std::unique_ptr<lmdb_checkpoint_store>> open_to_read(
      const std::filesystem::path& directory);
  ~lmdb_checkpoint_store() override;

  /// The rows of projections in the same environment; must not outlive the checkpoints.
  [[nodiscard]] std::unique_ptr<row_store> rows();

  [[nodiscard]] result<void> save(std::string_view name, const checkpoint& taken) override;
  [[nodiscard]] result<std::optional<checkpoint>> load(std::string_view name) const override;
  [[nodiscard]] result<void> remove(std::string_view name) override;
  [[nodiscard]] result<std::vector<std::string>> names() const override;

  /// What the tables take in their file, and its free pages.
  struct space {
    std::uint64_t checkpoints = 0;
    std::uint64_t checkpoints_bytes = 0;
    std::uint64_t rows = 0;
    std::uint64_t rows_bytes = 0;
    std::uint64_t free_bytes = 0;
  };
  [[nodiscard]] result<space> measure() const;

 private:
  struct opened;
  explicit lmdb_checkpoint_store(std::unique_ptr<opened> state);

  const std::unique_ptr<opened> state_;
};

}  // namespace reprise::persistence
