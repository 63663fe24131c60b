// SPDX-License-Identifier: Apache-2.0
//
// Looks at every step of every replica and throws `broken` when a promise is.
//
// Invariants that it proves
//  * One leader a term; a leader has everything that was committed before its term.
//  * Equal entries are committed at equal places, with dense positions; a replica never goes back.
//  * What is acknowledged is committed, in the term of the leader that acknowledges it, and durable
//    on a majority of the voters at that moment; it stands in the final log once.

#pragma once

#include "cluster/consensus.hpp"
#include "tests/cluster/simulation/world.hpp"

#include <map>
#include <set>

namespace reprise::cluster::simulation {

/// What a log is compared by.
struct entry_summary {
  std::uint64_t term = 0;
  position first{};
  position last{};
  std::uint64_t content = 0;
  entry_kind kind = entry_kind::records;
  membership members{};
  bool operator==(const entry_summary&) const = default;
};

[[nodiscard]] entry_summary summary_of(const log_entry& entry);

/// A log as its replica knows it, durable or not.
using log_image = std::vector<entry_summary>;

class checker {
 public:
  void saw_leader(replica_id who, term in, const log_image& log);
  /// `in`: the term of whoever says so.
  void saw_committed(replica_id who, term in, log_index from, committed_place to,
                     const log_image& log);
  void saw_acknowledged(std::uint64_t command, log_index at, term in);
  /// Two durable logs: from the last entry that they share, everything before it is the same.
  static void compare_logs(const log_image& one, const log_image& other);

  [[nodiscard]] const log_image& chosen() const { return chosen_; }
  [[nodiscard]] const std::set<std::uint64_t>& acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::size_t terms_led() const { return leaders_.size(); }

 private:
  std::map<term, replica_id> leaders_;
  log_image chosen_;
  // In which term each of them was committed, at the latest.
  std::vector<term> chosen_in_;
  std::set<std::uint64_t> acknowledged_;
};

}  // namespace reprise::cluster::simulation
