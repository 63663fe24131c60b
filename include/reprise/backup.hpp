// SPDX-License-Identifier: Apache-2.0
//
// Copies a store, also while another process writes to it.
//
//   auto done = reprise::back_up("./data", "/backups/monday");
//   auto back = reprise::back_up("/backups/monday", "./data");  // and back again
//
// Invariants
//  * A copy is a store: it can be opened, read and verified as one.
//  * It holds a prefix of the log, record for record, with all that was acknowledged when the copy
//    began; and snapshots that are no newer than that.
//  * What consumers keep goes along as it was at one moment, no newer than the log: checkpoints,
//    rows of projections, parked events.
//  * Every record's checksum is tested before it is copied; a damaged one ends the copy.
//  * `to` is there only when the copy is whole and durable. What an earlier, killed copy left
//    behind (`to` with `.partial` at its end) is cleared away.
// Threading: may be called from any thread; blocks until it is done. The process must not have
// `from` open as a node.

#pragma once

#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>

namespace reprise {

struct backup_options {
  /// Read and written at most; 0: as fast as the disks can.
  std::uint64_t bytes_per_second = 0;
};

struct backup_summary {
  std::uint64_t entries = 0;
  std::uint64_t records = 0;
  std::uint64_t snapshots = 0;
  /// Checkpoints, rows of projections and parked events.
  std::uint64_t consumer_rows = 0;
  /// Of all these, without what the files take beside them.
  std::uint64_t copied_bytes = 0;
};

/// `not_found` when `from` is no store, `invalid_argument` when `to` is there already and not an
/// empty folder, `corrupt` with the position of a damaged record, `disk_full`, `io_error`.
[[nodiscard]] result<backup_summary> back_up(const std::filesystem::path& from,
                                             const std::filesystem::path& to,
                                             const backup_options& how = {},
                                             const progress_listener& listener = {});

}  // namespace reprise
