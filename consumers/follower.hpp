// SPDX-License-Identifier: Apache-2.0
//
// Follows the logs of some partitions: hands out what their journal has committed, in the order of
// each partition, first what is there already and then what comes, with one and the same cursor,
// so that there is no switch at which a record could be lost or come twice.
//
// Invariants
//  * Each record is offered until it is taken, and never again after that.
//  * A record that the filter leaves out is passed without being offered, and moves the cursor too.
//  * One step looks at one page of one partition at most; partitions take turns. Nothing is
//  buffered
//    beyond what one scan of the journal copies, so a slow visitor costs neither memory nor the
//    journal's writer.
// Threading: confined to its owner. No clock and no thread of its own.

#pragma once

#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"

#include <reprise/cursor.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

struct page_limits {
  /// Records that one step hands out at most, and how many it looks at. At least 1.
  std::uint64_t records = 256;
  std::uint64_t window = 4096;
};

/// `beyond_head`, with the end of the log, when that is shorter than what a cursor has behind it;
/// `who` begins the sentence: `the checkpoint of a is at`.
[[nodiscard]] result<void> check_reached(const persistence::journal& log,
                                         const partition_cursor& cursor, const std::string& who);

/// All partitions of `log`, each behind what `taken` knows of it, else at its beginning. Errors and
/// `who` as of check_reached().
[[nodiscard]] result<std::vector<partition_cursor>> cursors_behind(
    const persistence::journal& log, const std::optional<persistence::checkpoint>& taken,
    const std::string& who);

/// Up to where each partition is committed, by number.
[[nodiscard]] std::vector<position> committed_ends(const persistence::journal& log);

class follower {
 public:
  /// False: the record is not taken. It is offered again, and the step ends.
  using visitor = std::function<bool(const persistence::stored_record&)>;

  /// What a step came to.
  struct step {
    /// Records that were taken, and records that were done with, which are no fewer.
    std::uint64_t taken = 0;
    std::uint64_t passed = 0;
    /// There was nothing to look at: everything committed is done with.
    bool at_end = false;
  };

  /// Goes on behind `from`, which may lie beyond what is committed: then nothing is handed out
  /// until the log has passed it. `log` must outlive this.
  follower(const persistence::journal& log, std::vector<partition_cursor> from,
           persistence::record_filter filter, page_limits limits = {});

  /// Hands out the next page. On an error the cursor stands behind the last record that was taken.
  [[nodiscard]] result<step> advance(const visitor& visit);
  /// True once each time the end is reached: at first, and after having fallen behind by more than
  /// a page. To be asked when a step was at the end.
  [[nodiscard]] bool take_caught_up();

  /// Follows another partition, too.
  void add(const partition_cursor& from) { cursors_.push_back(from); }
  /// Follows it no more.
  void drop(partition_id partition);

  /// Where each partition stands, in the order in which they were given.
  [[nodiscard]] const std::vector<partition_cursor>& cursors() const { return cursors_; }
  /// The partition that was looked at last; after an error the one that it is about.
  [[nodiscard]] const partition_cursor& current() const {
    return cursors_[next_ == 0 ? 0 : next_ - 1];
  }
  /// How many committed records are not done with.
  [[nodiscard]] std::uint64_t lag() const;

 private:
  const persistence::journal& log_;
  const persistence::record_filter filter_;
  const page_limits limits_;
  std::vector<partition_cursor> cursors_;
  /// Whose turn it is.
  std::size_t next_ = 0;
  bool behind_ = true;
};

}  // namespace reprise::consumers
