// SPDX-License-Identifier: Apache-2.0
//
// What a store's log adds up to: heads, tails and places of every partition. Recovery folds the
// end of the log into what was saved, readers of a live store follow it, verification folds it all.
//
// Invariants
//  * Folding an entry again changes nothing.
//  * Of a replica only what is committed is folded; the rest is held back, and may be replaced.
//  * Damage stops its partition: nothing behind it is folded.
// Threading: confined to its owner.

#pragma once

#include "persistence/head_map.hpp"
#include "persistence/partition_log.hpp"
#include "persistence/store_tables.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// An entry that is not known to be committed.
struct held_entry {
  std::uint64_t key = 0;
  messages::entry_header header{};
  bytes stored{};
};

struct folded_partition {
  head_map heads{};
  partition_tail tail{};
  /// The newest places; the first one begins a row of the table.
  std::vector<place> places{};
  /// How many of them stand in the table.
  std::size_t places_saved = 0;
  /// Aggregates whose heads moved, with repetitions; only when asked for.
  std::vector<aggregate_hash> changed{};
  /// Only of a replica: the end of the log, which may be cut yet.
  std::deque<held_entry> held{};
  /// The first damage met, with its position.
  std::optional<error> damage{};
};

class log_fold {
 public:
  /// `of_replica`: consensus says what is committed, and nothing else is folded.
  log_fold(std::uint32_t partitions, std::uint64_t hash_seed, bool of_replica = false)
      : hash_seed_(hash_seed), of_replica_(of_replica), partitions_(partitions) {}

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
  void fold(folded_partition& p, std::uint64_t key, const messages::entry& entry);
  void hold_back(folded_partition& p, held_entry next);
  [[nodiscard]] result<void> blame(std::uint64_t key, bytes_view stored, const error& why);
  [[nodiscard]] std::optional<error> fold_records(folded_partition& p, const messages::entry& entry,
                                                  timestamp& last_time);

  const std::uint64_t hash_seed_;
  const bool of_replica_;
  std::vector<folded_partition> partitions_;
  std::uint64_t records_ = 0;
  std::uint64_t last_key_ = 0;
  bool notes_changes_ = false;
};

}  // namespace reprise::persistence
