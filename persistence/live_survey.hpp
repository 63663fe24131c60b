// SPDX-License-Identifier: Apache-2.0
//
// What a node that has its store open tells of it, beside its log.
//
// Threading: every method may be called from any thread.

#pragma once

#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/replicated_journal.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/result.hpp>

#include <filesystem>
#include <functional>
#include <utility>

namespace reprise::persistence {

class live_survey final : public store_survey {
 public:
  /// Null as long as no consumer has needed it. Whoever opens it must be able to do so at any time,
  /// and a process opens it once, so it is not opened here.
  using opened_consumers = std::function<const lmdb_checkpoint_store*()>;

  /// All must outlive it.
  live_survey(std::filesystem::path directory, const replicated_journal& log,
              const lmdb_snapshot_store& snapshots, opened_consumers consumers)
      : directory_(std::move(directory)),
        log_(log),
        snapshots_(snapshots),
        consumers_(std::move(consumers)) {}

  [[nodiscard]] result<store_identity> identity() const override;
  [[nodiscard]] result<store_inventory> inventory() const override;
  [[nodiscard]] result<snapshot_tally> count_snapshots(bytes_view behind) const override {
    return snapshots_.count(behind);
  }
  /// Beside those who write; what it reads is not all in memory, so it costs them the disk.
  [[nodiscard]] result<verification> verify(const check_progress& go_on) const override;

 private:
  const std::filesystem::path directory_;
  const replicated_journal& log_;
  const lmdb_snapshot_store& snapshots_;
  const opened_consumers consumers_;
};

}  // namespace reprise::persistence
