// SPDX-License-Identifier: Apache-2.0
//
// The port through which saved states of aggregates are kept. Snapshots are derived data: losing
// them costs time, never truth.
//
// Threading: every method may be called from any thread; each blocks until it is done.

#pragma once

#include "persistence/journal.hpp"

#include <reprise/detail/delivery.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// A command that an aggregate accepted and still remembers.
struct remembered_command {
  command_id id{};
  std::uint64_t hash = 0;
  reprise::sequence last{};
  position at{};

  bool operator==(const remembered_command&) const = default;
};

/// The newest command that an aggregate took from one source.
struct delivered_command {
  detail::delivery from{};
  remembered_command command{};

  bool operator==(const delivered_command&) const = default;
};

/// The state of one aggregate after the event at `at`.
struct snapshot {
  reprise::sequence at{};
  position place{};
  timestamp time{};
  /// Version of the state's schema that wrote it; a reader that knows less ignores the snapshot.
  std::uint32_t state_version = 0;
  std::vector<remembered_command> commands{};
  std::vector<delivered_command> delivered{};
  bytes state{};

  bool operator==(const snapshot&) const = default;
};

struct snapshot_bounds {
  reprise::sequence from{0};
  reprise::sequence to{std::numeric_limits<std::uint64_t>::max()};
  std::optional<timestamp> not_after{};
};

class snapshot_store {
 public:
  virtual ~snapshot_store() = default;

  /// Overwrites one at the same sequence, then keeps only the newest `keep` (0: all).
  [[nodiscard]] virtual result<void> save(const aggregate_key& aggregate, const snapshot& taken,
                                          std::uint32_t keep) = 0;
  /// The newest within bounds, or none. Damaged ones are skipped and counted in `damaged()`.
  [[nodiscard]] virtual result<std::optional<snapshot>> load(
      const aggregate_key& aggregate, const snapshot_bounds& bounds) const = 0;
  /// Removes those within bounds; returns how many.
  [[nodiscard]] virtual result<std::uint64_t> remove(const aggregate_key& aggregate,
                                                     const snapshot_bounds& bounds) = 0;
  /// Makes durable what was saved so far: a save alone may be undone by a power cut.
  [[nodiscard]] virtual result<void> sync() = 0;
  [[nodiscard]] virtual std::uint64_t damaged() const = 0;
};

}  // namespace reprise::persistence
