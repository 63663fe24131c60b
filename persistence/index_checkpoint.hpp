// SPDX-License-Identifier: Apache-2.0
//
// Saves heads and places behind the log, so that the next open need not fold it from its beginning.
//
// A checkpoint is written in slices, one beside each commit, so that no commit waits for a whole
// one. Changed heads are gathered in buckets by the first byte of their keys, and each is sorted
// when its turn comes, so that no commit waits for the sorting either. When the last slice is
// committed, the tables are complete up to the entry that was the last when the checkpoint began;
// they may know more, which folding an entry again does not mind. Threading: confined to the
// committing thread.

#pragma once

#include "persistence/aggregate_hash.hpp"
#include "persistence/journal_partition.hpp"
#include "persistence/lmdb_entries.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/store_tables.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace reprise::persistence {

/// One partition of a store on disk: its state and, owned by that, its entries.
struct stored_partition {
  journal_partition* state = nullptr;
  lmdb_entries* entries = nullptr;
};

class index_checkpoint {
 public:
  /// A checkpoint is due after `records_min` records, or, since it rewrites nearly every page of
  /// the table where aggregates are written at random, after as many as there are aggregates, up to
  /// four times `records_min`: so it costs a bounded share of what is written.
  index_checkpoint(const store_tables& tables, const std::vector<stored_partition>& partitions,
                   std::uint64_t records_min)
      : tables_(tables), partitions_(partitions), records_min_(records_min), due_at_(records_min) {}

  /// Records of one committed entry.
  void committed(partition_id partition, const staged_entry& entry);
  /// What recovery found behind what was saved.
  void recovered(partition_id partition, const std::vector<aggregate_hash>& changed);
  void recovered(std::uint64_t records) { records_ += records; }
  /// Nothing is saved: all heads have to be.
  void recovered_all();

  [[nodiscard]] bool due();
  [[nodiscard]] bool has_changes() const { return records_ > 0; }
  [[nodiscard]] bool running() const { return running_; }

  /// `upto`: the key of the last entry.
  void begin(std::uint64_t upto);
  /// Writes the next slice. It counts when its transaction is committed; else it is written again.
  [[nodiscard]] result<void> write_slice(lmdb_write& transaction);
  void slice_committed();
  /// Gives this one up; the next one does all of it again.
  void give_up();

 private:
  struct changed_head {
    aggregate_hash aggregate{};
    partition_id partition{};
    auto operator<=>(const changed_head&) const = default;
  };
  // In the order of the table's keys from one to the next, in none within one; with repetitions.
  using buckets = std::array<std::vector<changed_head>, 256>;
  // A place among the heads of a checkpoint.
  struct head_cursor {
    std::size_t bucket = 0;
    std::size_t n = 0;
  };
  struct changed_row {
    partition_id partition{};
    std::size_t n = 0;
  };

  const store_tables& tables_;
  const std::vector<stored_partition>& partitions_;
  const std::uint64_t records_min_;

  void note(const aggregate_hash& aggregate, partition_id partition);
  [[nodiscard]] result<void> write_heads(lmdb_write& transaction);

  // Since the last checkpoint began.
  buckets changed_;
  std::uint64_t records_ = 0;
  std::uint64_t due_at_;

  // Of the checkpoint under way.
  bool running_ = false;
  std::uint64_t upto_ = 0;
  std::uint64_t its_records_ = 0;
  std::vector<changed_row> rows_;
  buckets heads_;
  std::size_t rows_done_ = 0;
  std::size_t rows_in_slice_ = 0;
  head_cursor heads_done_;
  head_cursor heads_in_slice_;
};

}  // namespace reprise::persistence
