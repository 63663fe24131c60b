// SPDX-License-Identifier: Apache-2.0
//
// Where the newest entries of one partition lie: those that the table `places` does not hold yet,
// and those that share a row with them.
//
// Invariants
//  * Places are in the order of positions. The first one begins a row of `places`.
// Threading: every method may be called from any thread.

#pragma once

#include "persistence/store_tables.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace reprise::persistence {

class place_tail {
 public:
  /// What recovery found, of which the first `saved` stand in the table.
  void restore(std::vector<place> places, std::size_t saved);
  void add(place behind);
  /// The last one at or before `at`; nothing when that lies in the table only.
  [[nodiscard]] std::optional<place> find(position at) const;

  /// How many rows hold places that are not saved, and the n-th of them as it is now.
  [[nodiscard]] std::size_t unsaved_rows() const;
  [[nodiscard]] std::vector<place> unsaved_row(std::size_t n) const;
  /// Places up to that key are in the table: full rows of them are forgotten here.
  void saved_upto(std::uint64_t key);

 private:
  mutable std::mutex mutex_;
  // All guarded by mutex_.
  std::vector<place> places_;
  std::size_t saved_ = 0;
};

}  // namespace reprise::persistence
