// SPDX-License-Identifier: Apache-2.0
//
// What a store's log adds up to: heads, tails and places of every partition. Recovery folds the
// end of the log into what was saved, readers of a live store follow it, verification folds it all.
//
// Invariants
//  * Folding an entry again changes nothing.
//  * Damage stops its partition: nothing behind it is folded.
// Threading: confined to its owner.

#pragma once

#include "persistence/head_map.hpp"
#include "persistence/partition_log.hpp"
#include "persistence/store_tables.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace reprise::persistence {

struct folded_partition {
  head_map heads{};
  partition_tail tail{};
  /// The newest places; the first one begins a row of the table.
  std::vector<place> places{};
  /// How many of them stand in the table.
  std::size_t places_saved = 0;
  /// Aggregates whose heads moved, with repetitions; only when asked for.
  std::vector<aggregate_hash> changed{};
  /// The first damage met, with its position.
  std::optional<error> damage{};
};

class log_fold {
 public:
  log_fold(std::uint32_t partitions, std::uint64_t hash_seed)
      : hash_seed_(hash_seed), partitions_(partitions) {}

  /// Folds the entry under `key`. Fails only for damage that cannot be told to be one partition's.
  [[nodiscard]] result<void> add(std::uint64_t key, bytes_view stored);

  [[nodiscard]] std::vector<folded_partition>& partitions() { return partitions_; }
  [[nodiscard]] const std::vector<folded_partition>& partitions() const { return partitions_; }
  [[nodiscard]] bool damaged() const;
  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] std::uint64_t last_key() const { return last_key_; }
  void start_behind(std::uint64_t key) { last_key_ = key; }
  void note_changes() { notes_changes_ = true; }

 private:
  [[nodiscard]] result<void> blame(std::uint64_t key, bytes_view stored, const error& why);
  [[nodiscard]] std::optional<error> fold_records(folded_partition& p, const messages::entry& entry,
                                                  timestamp& last_time);
  [[nodiscard]] std::optional<error> fold(folded_partition& p, const messages::record& record,
                                          position at) const;

  const std::uint64_t hash_seed_;
  std::vector<folded_partition> partitions_;
  std::uint64_t records_ = 0;
  std::uint64_t last_key_ = 0;
  bool notes_changes_ = false;
};

}  // namespace reprise::persistence
