// SPDX-License-Identifier: Apache-2.0
//
// Checkpoints in an LMDB environment of their own, so that saving one never delays the log.
//
// Format: docs/formats.md#checkpoints. Threading: every method may be called from any thread.

#pragma once

#include "persistence/checkpoint_store.hpp"

#include <filesystem>
#include <memory>

namespace reprise::persistence {

class lmdb_checkpoint_store final : public checkpoint_store {
 public:
  /// Opens or makes the folder `consumers` in a store's folder. Open the journal first: its lock
  /// keeps other processes out.
  [[nodiscard]] static result<std::unique_ptr<lmdb_checkpoint_store>> open(
      const std::filesystem::path& directory);
  ~lmdb_checkpoint_store() override;

  [[nodiscard]] result<void> save(std::string_view name, const checkpoint& taken) override;
  [[nodiscard]] result<std::optional<checkpoint>> load(std::string_view name) const override;
  [[nodiscard]] result<void> remove(std::string_view name) override;
  [[nodiscard]] result<std::vector<std::string>> names() const override;

 private:
  struct opened;
  explicit lmdb_checkpoint_store(std::unique_ptr<opened> state);

  const std::unique_ptr<opened> state_;
};

}  // namespace reprise::persistence
