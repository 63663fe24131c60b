// SPDX-License-Identifier: Apache-2.0
//
// A journal in memory: the same rules and the same stored bytes as on disk, and nothing is left
// when it is gone. For nodes without a disk, and for simulation, where commits can be held and made
// to fail.
//
// Threading: every method may be called from any thread. Commits run on the appending thread, or on
// the one that calls commit().

#pragma once

#include "persistence/options.hpp"
#include "persistence/partitioned_journal.hpp"

#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// What becomes of one commit.
enum class commit_fate : std::uint8_t {
  stored,
  /// Nothing is stored; everything staged is answered `disk_full`.
  disk_full,
  /// Answered `commit_unknown`, and stored in truth.
  unknown_stored,
  /// Answered `commit_unknown`, and lost in truth.
  unknown_lost,
};

/// Decides when commits happen, and how they end.
class commit_gate {
 public:
  virtual ~commit_gate() = default;
  /// Asked before each commit, never by two threads at once. Nothing: what is staged stays staged
  /// until memory_journal::commit() is called.
  [[nodiscard]] virtual std::optional<commit_fate> next() = 0;
};

struct memory_journal_options {
  std::uint32_t partitions = partitions_default;
  append_limits limits{};
  /// Draw it at random where ids are chosen by strangers; see aggregate_hash.hpp.
  std::uint64_t hash_seed = 0x7265'7072'6973'6521;
};

class memory_journal final : public partitioned_journal {
 public:
  /// Without a gate every append is committed at once. The gate must outlive the journal.
  [[nodiscard]] static result<std::unique_ptr<memory_journal>> open(
      const memory_journal_options& options, commit_gate* gate = nullptr);
  ~memory_journal() override;

  /// Commits all that is staged, if the gate lets it.
  void commit();
  void close() override;

 private:
  class entries_in_memory;

  memory_journal(const memory_journal_options& options, commit_gate* gate);
  [[nodiscard]] std::optional<error> refusal(partition_id partition) override;
  void staged(partition_id partition) override;
  void settle(const std::vector<partition_id>& ready, commit_fate fate);

  commit_gate* const gate_;
  std::vector<entries_in_memory*> stores_;
  std::atomic<bool> closed_{false};
  // One commit at a time.
  std::mutex committing_;
  std::mutex ready_mutex_;
  // Guarded by ready_mutex_.
  std::vector<partition_id> ready_;
};

}  // namespace reprise::persistence
