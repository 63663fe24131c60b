// SPDX-License-Identifier: Apache-2.0
//
// How far the lanes of a projection have come, and those who wait until they have come somewhere.
//
// Threading: every method may be called from any thread.

#pragma once

#include "consumers/step_progress.hpp"

#include <reprise/cursor.hpp>
#include <reprise/ids.hpp>
#include <reprise/metrics.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace reprise::actors {

class projection_progress {
 public:
  /// What others may know of a lane without waiting for a step to end.
  struct lane_state {
    /// Of its partitions: those whose number, divided by that of the lanes, leaves the lane's.
    std::vector<partition_cursor> cursors{};
    consumers::step_state is = consumers::step_state::more;
    std::uint64_t lag_events = 0;
    std::chrono::milliseconds lag{};
    std::optional<error> trouble{};
    std::uint64_t attempts = 0;
    std::uint64_t skipped = 0;
    std::uint64_t parked_keys = 0;
    std::uint64_t parked_events = 0;
  };
  /// Of all lanes, at one moment.
  struct snapshot {
    std::vector<lane_state> lanes{};
    bool built = false;
  };

  /// What is measured; all of it must outlive this.
  struct measured {
    /// Events of all lanes together.
    counter& lag_events;
    /// Milliseconds, of the lane that is furthest behind.
    counter& lag_ms;
    /// Those who wait.
    counter& waiting;
  };

  /// `name` is for messages.
  projection_progress(std::string name, std::uint32_t partitions, std::uint32_t lanes,
                      const measured& counters);

  /// Wakes those who have now what they wait for, and those who wait for nothing any more. They
  /// find the counters as they are with what they waited for.
  void publish(std::uint32_t lane, bool built, lane_state what);
  /// The rows are not complete any more, as far as it is known; each lane publishes again.
  void begin_anew();
  /// Somebody waits for events of this lane, which has come as far as these cursors but has not
  /// published them.
  [[nodiscard]] bool is_awaited(std::uint32_t lane,
                                const std::vector<partition_cursor>& folded) const;
  /// Until the rows are complete and hold what the receipts stand for; then says how far they have
  /// come, by partition. `unavailable` when that is not so in time, what stopped a lane that it
  /// needs, `invalid_argument` for a receipt of no partition.
  [[nodiscard]] result<std::vector<partition_cursor>> await(
      std::span<const receipt> after, std::chrono::milliseconds timeout) const;
  [[nodiscard]] snapshot read() const;

 private:
  void count_lag();
  [[nodiscard]] position reached(partition_id partition) const;
  [[nodiscard]] bool have_reached(std::span<const receipt> wanted) const;
  [[nodiscard]] bool is_of(std::uint32_t lane, const receipt& r) const {
    return r.partition.value % state_.lanes.size() == lane;
  }
  [[nodiscard]] const lane_state* in_the_way(std::span<const receipt> wanted) const;
  [[nodiscard]] std::vector<partition_cursor> cursors() const;
  [[nodiscard]] error not_yet(std::chrono::milliseconds timeout) const;

  const std::string name_;
  const std::uint32_t partitions_;
  const measured measured_;
  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  // Guarded by mutex_, but for the number of lanes.
  snapshot state_;
  mutable std::list<std::span<const receipt>> awaited_;
};

}  // namespace reprise::actors
