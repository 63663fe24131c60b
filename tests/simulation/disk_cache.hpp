// SPDX-License-Identifier: Apache-2.0
//
// What the log of a node wrote last and has not synced yet: a process that dies leaves it behind, a
// computer that loses its power may not. LMDB syncs the pages of a commit before its step ends, so
// between steps only the page that says where the commit is can be lost.
//
// Threading: one thread.

#pragma once

#include "tests/persistence/faults/disk_calls.hpp"

#include <reprise/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>

namespace reprise::simulated {

class disk_cache final : public persistence::disk_observer {
 public:
  int fate_of(persistence::disk_call /*call*/) override { return 0; }
  void wrote(std::uint64_t offset, bytes_view what, bool durable) override;
  void synced() override;

  /// Puts back what the file held before what is not synced. False where all is.
  [[nodiscard]] bool lose(const std::filesystem::path& file);
  /// The file is gone.
  void forget();

 private:
  void keep(std::uint64_t offset, bytes_view what);

  // Of the pages that say where commits are.
  bytes durable_;
  std::map<std::uint64_t, bytes> unsynced_;
};

}  // namespace reprise::simulated
