// SPDX-License-Identifier: Apache-2.0
//
// The tables of a store on disk, and how their rows are written.
//
// Invariants
//  * Every key and every value has a length that is a multiple of 8, so that all are aligned.
//  * `log` and `meta` are the truth; `heads` and `places` are derived and may lag behind.
// Format: docs/formats.md#tables. Threading: values and pure functions; tables are opened once,
// before other threads use them.

#pragma once

#include "persistence/aggregate_hash.hpp"
#include "persistence/journal.hpp"
#include "persistence/lmdb_environment.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace reprise::persistence {

inline constexpr std::uint32_t store_format = 1;

/// What a store is; written once.
struct store_meta {
  std::uint32_t format = store_format;
  std::uint32_t partitions = 0;
  std::array<std::byte, 16> uuid{};
  /// Of the hashes of aggregates, see aggregate_hash.hpp.
  std::uint64_t hash_seed = 0;
  timestamp created{};
  /// Consensus says what of its log is committed: the end of it may be cut.
  bool of_replica = false;
};

/// The tables of the environment.
inline constexpr std::array store_table_names{"log", "heads", "places", "meta", "schemas"};

struct store_tables {
  MDB_dbi log = 0;
  MDB_dbi heads = 0;
  MDB_dbi places = 0;
  MDB_dbi meta = 0;
  MDB_dbi schemas = 0;
};

/// Opens the tables, in an empty environment makes them and writes `fresh`. Returns what the store
/// is; `errc::incompatible` for a format that is unknown here.
[[nodiscard]] result<store_meta> open_tables(lmdb_environment& environment, const store_meta& fresh,
                                             store_tables& tables);
/// The same for an environment that is only read.
[[nodiscard]] result<store_meta> open_tables_to_read(const lmdb_environment& environment,
                                                     store_tables& tables);

/// Writes what the store is; open_tables() does it for a new one.
[[nodiscard]] result<void> write_store_meta(lmdb_write& transaction, MDB_dbi table,
                                            const store_meta& meta);

/// Up to which entry `heads` and `places` are complete; 0 for none.
[[nodiscard]] result<std::uint64_t> read_indexed_upto(const lmdb_read& transaction,
                                                      const store_tables& tables);
[[nodiscard]] result<void> write_indexed_upto(lmdb_write& transaction, const store_tables& tables,
                                              std::uint64_t key);

/// A row of `heads`.
struct head_row {
  aggregate_hash aggregate{};
  partition_id partition{};
  aggregate_head head{};
};
[[nodiscard]] result<void> write_head(lmdb_write& transaction, const store_tables& tables,
                                      const head_row& row);
/// Nothing for a row that does not match its checksum.
[[nodiscard]] std::optional<head_row> read_head(const lmdb_cursor::row& row);

/// Where an entry lies: the position of its first record, and its key in `log`.
struct place {
  position first{};
  std::uint64_t key = 0;

  bool operator==(const place&) const = default;
};
/// As many as fit on two pages of 4 KiB beside what LMDB puts there.
inline constexpr std::size_t places_per_row = 510;

/// A row of `places`: up to places_per_row neighbours, under the position of the first.
[[nodiscard]] result<void> write_places(lmdb_write& transaction, const store_tables& tables,
                                        partition_id partition, std::span<const place> places);
/// The key of that row.
[[nodiscard]] std::array<std::byte, 16> places_key(partition_id partition, position first);
/// Places as they stand in the row; empty for what is not one.
class stored_places {
 public:
  stored_places() = default;
  explicit stored_places(bytes_view value);
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] place operator[](std::size_t i) const;
  /// The last one at or before `at`.
  [[nodiscard]] std::optional<place> find(position at) const;

 private:
  bytes_view value_;
  std::size_t count_ = 0;
};
/// The row with the greatest first position at or before `at`.
[[nodiscard]] result<stored_places> read_places(const lmdb_read& transaction,
                                                const store_tables& tables, partition_id partition,
                                                position at);

/// The key of the last entry in `log`; 0 when there is none.
[[nodiscard]] result<std::uint64_t> last_log_key(const lmdb_environment& environment,
                                                 const store_tables& tables);
[[nodiscard]] inline bytes_view log_key(const std::uint64_t& key) {
  return std::as_bytes(std::span(&key, 1));
}

}  // namespace reprise::persistence
