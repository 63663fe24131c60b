// SPDX-License-Identifier: Apache-2.0
//
// The logs of several partitions as one, in order of time.
//
// Invariants
//  * Each record from the first positions on is handed out once, those of one partition in the
//    order of their positions.
//  * Between partitions, records that one call of drain() finds are in order of time. A clock says
//    nothing about cause, and a later call may find an older time.
//  * At most a page of records (64, or about 256 KiB) is held for each partition.
//  * A damaged partition ends at its damage; the others go on.
// Threading: confined to one thread.

#pragma once

#include <reprise/inspect.hpp>

#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace reprise::cli {

/// Where to go on in one partition.
struct log_place {
  partition_id partition{};
  position next{1};
};

/// What last_records() found.
struct recent_log {
  /// In order of time.
  std::vector<inspected_record> records{};
  /// What comes after them.
  std::vector<log_place> rest{};
  std::vector<error> damages{};
};

/// The last `count` records of the partitions together that match `only`.
[[nodiscard]] result<recent_log> last_records(const store_reader& store,
                                              const std::vector<partition_id>& partitions,
                                              const std::vector<record_choice>& only,
                                              std::size_t count);

class merged_log {
 public:
  /// The store must outlive it.
  merged_log(const store_reader& store, const std::vector<log_place>& from,
             std::vector<record_choice> only);

  /// Hands out all that is committed by now, until `visit` or `go_on` returns false. The latter is
  /// asked now and then, also while no record matches.
  [[nodiscard]] result<void> drain(const inspected_visitor& visit,
                                   const std::function<bool()>& go_on);

  /// One for each partition that ended at a damage since the last call.
  [[nodiscard]] std::vector<error> take_damages() { return std::exchange(damages_, {}); }

 private:
  struct lane {
    log_place place{};
    std::deque<inspected_record> page{};
    bool caught_up = false;
    bool damaged = false;
  };

  // False when it was told to stop.
  [[nodiscard]] result<bool> fill(lane& one, const std::function<bool()>& go_on);
  [[nodiscard]] lane* oldest();

  const store_reader& store_;
  const std::vector<record_choice> only_;
  std::vector<lane> lanes_;
  std::vector<error> damages_;
};

}  // namespace reprise::cli
