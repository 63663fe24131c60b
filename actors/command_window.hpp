// SPDX-License-Identifier: Apache-2.0
//
// The commands that one aggregate has accepted lately, so that a repeat is answered and not
// handled.
//
// It is a fold of the aggregate's own events (each carries its command's id), so it needs no
// storage of its own and survives whatever the events survive. Snapshots hold a copy.
//
// Invariants
//  * Bounded by count and by age. Age is counted here, from the commit or from restore(): dates of
//    commits are of whichever node led then, and say nothing beside the date of this one.
//  * Of what other consumers of the log send, the newest of each source is remembered for ever:
//    that is enough, because a source sends the next one only when it was answered.
// Threading: confined to one partition.

#pragma once

#include "base/clock.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/aggregate.hpp>

#include <cstdint>
#include <vector>

namespace reprise::actors {

class command_window {
 public:
  /// Null when the command is not remembered, or no longer.
  [[nodiscard]] const persistence::remembered_command* find(const command_id& id,
                                                            base::clock::instant now,
                                                            const options& limits) const;

  /// Adds one, or moves the last sequence of one that is there: a decision with several events is
  /// one command. Returns how many older ones were dropped to stay within the count.
  std::uint32_t remember(const persistence::remembered_command& command, base::clock::instant now,
                         const options& limits);

  /// The newest one that was taken from this source, if it is this one or came after it.
  [[nodiscard]] const persistence::remembered_command* find(const detail::delivery& from) const;
  /// Instead of remember(), for a command that was sent from there.
  void remember(const persistence::remembered_command& command, const detail::delivery& from);

  /// Notes where a remembered command was committed; its age counts from now on.
  void committed(const command_id& id, position at, base::clock::instant now);

  /// Oldest first.
  [[nodiscard]] std::vector<persistence::remembered_command> all() const;
  [[nodiscard]] const std::vector<persistence::delivered_command>& delivered() const {
    return delivered_;
  }
  void restore(const std::vector<persistence::remembered_command>& commands,
               std::vector<persistence::delivered_command> delivered, base::clock::instant now);

 private:
  struct remembered {
    persistence::remembered_command command{};
    base::clock::instant since{};
  };

  // Oldest first. Short: a linear search from the newest end beats any index.
  std::vector<remembered> commands_;
  // One for each source; few.
  std::vector<persistence::delivered_command> delivered_;
};

}  // namespace reprise::actors
