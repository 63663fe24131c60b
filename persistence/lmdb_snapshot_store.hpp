// SPDX-License-Identifier: Apache-2.0
//
// Snapshots in an LMDB environment of their own, so that their random writes never delay the log.
//
// A power cut may lose the last ones saved, never damage the rest: they are derived data.
// Format: docs/formats.md#snapshots. Threading: every method may be called from any thread.

#pragma once

#include "persistence/options.hpp"
#include "persistence/snapshot_store.hpp"
#include "persistence/store_survey.hpp"

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace reprise::persistence {

class lmdb_environment;

/// The tables of the environment: the snapshots themselves first.
inline constexpr std::array snapshot_table_names{"snapshots", "meta"};

/// What all snapshots of a store amount to.
struct snapshot_totals {
  std::uint64_t snapshots = 0;
  std::uint64_t damaged = 0;
  std::uint64_t bytes = 0;
};

class lmdb_snapshot_store final : public snapshot_store {
 public:
  /// Opens or makes the snapshots in a store's folder. Open the journal first: its lock keeps other
  /// processes out.
  [[nodiscard]] static result<std::unique_ptr<lmdb_snapshot_store>> open(
      const store_options& options);
  /// Opens them beside a live process, to look only. `not_found` when there are none.
  [[nodiscard]] static result<std::unique_ptr<lmdb_snapshot_store>> open_to_read(
      const std::filesystem::path& directory);
  ~lmdb_snapshot_store() override;

  [[nodiscard]] result<void> save(const aggregate_key& aggregate, const snapshot& taken,
                                  std::uint32_t keep) override;
  [[nodiscard]] result<std::optional<snapshot>> load(const aggregate_key& aggregate,
                                                     const snapshot_bounds& bounds) const override;
  [[nodiscard]] result<std::uint64_t> remove(const aggregate_key& aggregate,
                                             const snapshot_bounds& bounds) override;
  [[nodiscard]] result<void> sync() override;
  [[nodiscard]] std::uint64_t damaged() const override {
    return damaged_.load(std::memory_order_relaxed);
  }

  /// What the snapshots take in their file, and its free pages.
  struct space {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::uint64_t free_bytes = 0;
  };
  [[nodiscard]] result<space> measure() const;
  /// As store_survey's; reads no states. `invalid_argument` for what is no place to go on from.
  [[nodiscard]] result<snapshot_tally> count(bytes_view behind) const;
  /// Reads every snapshot and checks it, some at a time in a transaction. `stopped` when `go_on`
  /// says no.
  [[nodiscard]] result<snapshot_totals> verify(const std::function<bool()>& go_on = {}) const;

 private:
  struct opened;
  explicit lmdb_snapshot_store(std::unique_ptr<opened> state);
  [[nodiscard]] result<std::optional<bytes>> walk(
      bytes_view behind, std::uint64_t rows_max,
      const std::function<void(bytes_view key, bytes_view value)>& visit) const;

  const std::unique_ptr<opened> state_;
  mutable std::atomic<std::uint64_t> damaged_{0};
};

}  // namespace reprise::persistence
