// SPDX-License-Identifier: Apache-2.0
//
// Settings of journals and of the store on disk, and the checks of what callers pass.
//
// Threading: values and pure functions.

#pragma once

#include "persistence/journal.hpp"

#include <reprise/durability.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace reprise::persistence {

inline constexpr std::uint32_t partitions_max = 1024;
inline constexpr std::uint32_t partitions_default = 64;

/// What a journal takes at most; more is refused before anything is written.
struct append_limits {
  /// One event's payload; at most 4 MiB less the record's header and names.
  std::uint64_t payload_bytes_max = std::uint64_t{1} << 20U;
  /// Events of one batch, 1 to 4096.
  std::uint32_t batch_events_max = 4096;
  /// One batch as it is stored, headers included; 4 KiB to 4 MiB.
  std::uint64_t batch_bytes_max = std::uint64_t{4} << 20U;
  /// Batches of one partition that wait together become one entry up to this size; at most 4 MiB.
  std::uint64_t entry_bytes_usual = std::uint64_t{4} << 20U;
  /// Appends of the whole journal that wait for their commit; more are answered `overloaded`.
  /// Exceeded by one batch for each partition at most. At least 4 KiB.
  std::uint64_t staged_bytes_max = std::uint64_t{64} << 20U;
};

/// Settings of a store on disk.
struct store_options {
  /// The folder of the store; made if it is not there.
  std::filesystem::path directory{};
  /// Number of partitions of a new store, 1 to 1024; 0: 64. An existing store has its own number:
  /// 0 takes it, any other must equal it.
  std::uint32_t partitions = 0;
  append_limits limits{};
  /// Address space reserved for the log, which it can grow to; it costs nothing until used. At
  /// least 1 MiB.
  std::uint64_t map_size_bytes = std::uint64_t{1} << 40U;
  /// The same for snapshots.
  std::uint64_t snapshot_map_size_bytes = std::uint64_t{256} << 30U;
  /// Records after which heads and places are saved, at least 1; with more aggregates than that,
  /// after as many records as there are aggregates, up to four times this. More make an open after
  /// a crash slower, fewer cost writes.
  std::uint64_t checkpoint_records = 262'144;
  durability acknowledged = durability::synced;
  /// Open even on a network file system, where another host may write the same files unnoticed.
  bool force_filesystem = false;
};

[[nodiscard]] result<void> check(const append_limits& limits);
[[nodiscard]] result<void> check(const store_options& options);
/// `invalid_argument` for an empty id, or an id or a tenant that is too long.
[[nodiscard]] result<void> check(const aggregate_key& aggregate);
/// Sizes, numbers and ids of a batch; not whether it fits the aggregate.
[[nodiscard]] result<void> check(const append_request& request, const append_limits& limits);

/// `what has N bytes, the limit is M`.
[[nodiscard]] error too_large(std::string_view what, std::uint64_t size, std::uint64_t limit,
                              std::string_view unit = "bytes");

}  // namespace reprise::persistence
