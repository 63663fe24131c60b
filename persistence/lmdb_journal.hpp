// SPDX-License-Identifier: Apache-2.0
//
// A journal in an LMDB environment: the log of all partitions in one table that is only appended
// to, heads in memory, one thread that commits.
//
// Invariants
//  * One process has a store open for writing.
//  * What was acknowledged is on the disk, whenever the process or the machine stops.
// Format: docs/formats.md. Threading: every method may be called from any thread; answers come on
// the committing thread, or on the caller's when nothing needs to be waited for.

#pragma once

#include "base/clock.hpp"
#include "persistence/options.hpp"
#include "persistence/partitioned_journal.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/metrics.hpp>
#include <reprise/result.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace reprise::persistence {

struct recovered_store;

class lmdb_journal final : public partitioned_journal {
 public:
  /// Opens the store in a folder, or makes it. `locked`, naming the process that has it;
  /// `incompatible` for another format or number of partitions; `corrupt` for damage that is not
  /// one partition's. `measured` and `time` must outlive the journal. `founded` is called before
  /// each commit, on the committing thread, and makes durable what the events in it rest on beside
  /// the log; when it fails, that commit does.
  [[nodiscard]] static result<std::unique_ptr<lmdb_journal>> open(
      const store_options& options, metrics& measured, const base::clock& time,
      std::function<result<void>()> founded = {});
  ~lmdb_journal() override;

  /// The schemas of the same store; must not outlive the journal.
  [[nodiscard]] std::unique_ptr<schema_store> schemas();
  /// What the store is called, for ever.
  [[nodiscard]] std::array<std::byte, 16> uuid() const;

  void close() override;

 private:
  struct store;

  lmdb_journal(const store_options& options, std::unique_ptr<store> opened);
  void connect(recovered_store& recovered, metrics& measured, const base::clock& time);
  [[nodiscard]] std::optional<error> refusal(partition_id partition) override;
  void staged(partition_id partition) override;

  const std::unique_ptr<store> store_;
  std::atomic<bool> closed_{false};
  std::once_flag closing_;
};

}  // namespace reprise::persistence
