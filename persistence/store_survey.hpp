// SPDX-License-Identifier: Apache-2.0
//
// The port through which a store is asked about itself, beside what is in its log: by those who
// inspect it, from its files or through a node, and by a node that answers them.
//
// Threading: as whoever implements it says.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace reprise::persistence {

/// Which store it is. In a cluster each node has one of its own.
struct store_identity {
  std::array<std::byte, 16> uuid{};
  std::uint32_t format = 0;
};

/// What it consists of on disk.
struct store_inventory {
  std::vector<store_statistics::file> files{};
  std::vector<store_space::table> tables{};
  /// Folders of whose tables nothing is known.
  std::vector<std::string> unknown{};
};

/// Some of its snapshots, counted.
struct snapshot_tally {
  std::uint64_t snapshots = 0;
  std::uint64_t bytes = 0;
  /// To go on behind it.
  reprise::bytes last{};
  bool end = false;
};

/// Told how far it is, now and then; false ends it.
using check_progress = std::function<bool(const read_progress&)>;

class store_survey {
 public:
  virtual ~store_survey() = default;

  [[nodiscard]] virtual result<store_identity> identity() const = 0;
  [[nodiscard]] virtual result<store_inventory> inventory() const = 0;
  /// A bounded number of them, behind where an earlier call ended; empty: from the beginning.
  [[nodiscard]] virtual result<snapshot_tally> count_snapshots(bytes_view behind) const = 0;
  /// As store_reader's verify(). `stopped` when it was ended.
  [[nodiscard]] virtual result<verification> verify(const check_progress& go_on) const = 0;
};

}  // namespace reprise::persistence
