// SPDX-License-Identifier: Apache-2.0
//
// What led to an event, and what it led to: the events of one conversation as trees.
//
// An event hangs below the one that sent its command: for what a saga sent, the saga's own event
// that asked for it; for what a saga handled, the event that it handled. What a client asked for is
// a root.
//
// Threading: confined to one thread.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace reprise {

struct lineage {
  struct link {
    inspected_record record{};
    /// Index of the event that led to it; nothing for a root.
    std::optional<std::size_t> cause{};
  };

  /// In order of time; a cause comes before what it led to.
  std::vector<link> events{};
  /// Which of them was asked for.
  std::size_t asked = 0;
};

/// Reads the whole log, twice. `not_found` when no event has that id.
[[nodiscard]] result<lineage> trace(const store_reader& store, const event_id& event,
                                    const progress_listener& progress = {});

}  // namespace reprise
