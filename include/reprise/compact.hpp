// SPDX-License-Identifier: Apache-2.0
//
// Makes the files of a store as small as what is in them. Nobody may have the store open.
//
//   auto done = reprise::compact("./data");
//
// Invariants
//  * At every moment the store is the old one or the new one, whole and durable; both hold the
//  same.
//  * The new one takes the place of the old one only when every row of it was compared.
//  * On an error the store is as it was.
//  * What a run that was killed left behind (folders with `.compact` at their end) is cleared away
//    by the next one, and by the next node that opens the store.
// Threading: may be called from any thread; blocks until it is done.

#pragma once

#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>

namespace reprise {

/// Sizes of the files.
struct compact_summary {
  std::uint64_t journal_bytes_before = 0;
  std::uint64_t journal_bytes_after = 0;
  std::uint64_t snapshots_bytes_before = 0;
  std::uint64_t snapshots_bytes_after = 0;
  /// Of checkpoints and rows of projections.
  std::uint64_t consumers_bytes_before = 0;
  std::uint64_t consumers_bytes_after = 0;
};

/// `not_found` when `data` is no store, `locked` while a process has it open, `disk_full` when
/// there is no room for the new files beside the old ones, `incompatible` on a file system that
/// cannot exchange two folders, `corrupt`, `io_error`. Who reads the store meanwhile goes on
/// reading the old one.
[[nodiscard]] result<compact_summary> compact(const std::filesystem::path& data,
                                              const progress_listener& listener = {});

}  // namespace reprise
