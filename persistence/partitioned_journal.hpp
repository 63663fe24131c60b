// SPDX-License-Identifier: Apache-2.0
//
// What journals have in common, wherever they keep their entries: checks of what is asked for, the
// way into a partition, the bound on what waits, and reading.
//
// Threading: every method may be called from any thread.

#pragma once

#include "persistence/commit_watch.hpp"
#include "persistence/journal.hpp"
#include "persistence/journal_partition.hpp"

#include <reprise/metrics.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// A journal but for where entries are kept and when they are committed.
class partitioned_journal : public journal {
 public:
  [[nodiscard]] std::uint32_t partitions() const final {
    return static_cast<std::uint32_t>(partitions_.size());
  }
  [[nodiscard]] partition_id partition_of(const aggregate_key& aggregate) const final;
  [[nodiscard]] bool saturated(partition_id partition) const final;

  void append(append_request request, append_listener& listener, std::uint64_t tag) final;
  void retire(const aggregate_key& aggregate, record_kind how, expectation expected,
              sequence before, timestamp time, append_listener& listener, std::uint64_t tag) final;

  /// Fills the partition with records of the log's own, which nobody is shown, up to `last`; with
  /// none when it ends there already. For logs whose positions were given elsewhere. Answered as
  /// an append.
  void pass(partition_id partition, position last, append_listener& listener, std::uint64_t tag);

  [[nodiscard]] result<aggregate_head> head(const aggregate_key& aggregate) const final;
  [[nodiscard]] position committed(partition_id partition) const final;
  [[nodiscard]] result<aggregate_page> read(const aggregate_key& aggregate,
                                            const aggregate_range& range,
                                            const record_visitor& visit) const final;
  [[nodiscard]] result<partition_page> scan(partition_id partition, const partition_range& range,
                                            const record_visitor& visit) const final;
  [[nodiscard]] result<position> first_at_or_after(partition_id partition,
                                                   timestamp time) const final;

  void watch(commit_listener& listener) final { watched_.add(listener); }
  void unwatch(commit_listener& listener) final { watched_.remove(listener); }

 protected:
  partitioned_journal(const append_limits& limits, std::uint64_t hash_seed)
      : limits_(limits), hash_seed_(hash_seed) {}

  /// One for each, in order; once, before anything else is called.
  void take_partitions(std::vector<std::unique_ptr<journal_partition>> partitions) {
    partitions_ = std::move(partitions);
  }
  [[nodiscard]] journal_partition& partition(partition_id id) { return *partitions_[id.value]; }
  [[nodiscard]] const append_limits& limits() const { return limits_; }
  /// So many staged bytes met their fate.
  void settled(std::uint64_t bytes) { staged_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  /// Something of that partition was committed, which is not locked now.
  void committed_moved(partition_id partition) { watched_.moved(partition); }

  /// Loses everything staged in all partitions, as partition_log::lost() says.
  void abandon_staged(const error& taken, const error& rest);

  /// Why nothing can be appended to it now, if so. Called while that partition is locked.
  [[nodiscard]] virtual std::optional<error> refusal(partition_id partition) = 0;
  /// That partition has something to commit. Not called again until `queued` was reset.
  virtual void staged(partition_id partition) = 0;

 private:
  template <class Stage>
  void enter(partition_id id, reply_to whom, const Stage& stage);
  [[nodiscard]] result<void> check(partition_id partition) const;
  /// Remembers damage that a read came upon.
  template <class Page>
  result<Page> noted(partition_id partition, result<Page> page) const;

  const append_limits limits_;
  const std::uint64_t hash_seed_;
  // Constant after take_partitions(). What a read finds damaged is noted in them.
  std::vector<std::unique_ptr<journal_partition>> partitions_;
  std::atomic<std::uint64_t> staged_bytes_{0};
  commit_watch watched_;
};

}  // namespace reprise::persistence
