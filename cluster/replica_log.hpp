// SPDX-License-Identifier: Apache-2.0
//
// What stands durably on this node of one partition's log, and how a core begins from it.
//
// Invariants
//  * What is read here was written by log_writes whose numbers were confirmed; a write behind those
//    may be there as well, wholly or in part, as long as none before it is missing.
//  * Nothing is stored beside term, vote and entries: what is committed stands in their headers,
//    late but never early.

#pragma once

#include "cluster/consensus.hpp"

#include <reprise/result.hpp>

#include <vector>

namespace reprise::cluster {

/// The port through which a stored log is read. Threading: as its implementation says; a core does
/// not keep it.
class replica_log {
 public:
  virtual ~replica_log() = default;
  /// Zeros where none was written.
  [[nodiscard]] virtual result<hard_state> state() const = 0;
  /// 0 when it is empty.
  [[nodiscard]] virtual log_index last() const = 0;
  /// An entry from 1 to last(), as it was stored; it need not be sound.
  [[nodiscard]] virtual result<bytes> read(log_index index) const = 0;
  /// Where the last membership stands, at or below `up_to`; 0 when there is none.
  [[nodiscard]] virtual result<log_index> membership_at(log_index up_to) const = 0;
};

struct recovery_options {
  partition_id partition{};
  /// What folds of this node claim to have seen.
  log_index applied{};
  /// How much of what is committed comes into memory, so that others can be served from there.
  std::size_t kept_bytes = std::size_t{4} << 20U;
  std::size_t kept_entries_max = 4096;
};

struct recovered_log {
  hard_state state{};
  /// Known to be committed.
  committed_place committed{};
  term committed_term{};
  /// Who takes part there.
  log_index membership_at{};
  membership members{};
  /// Index of the first of the entries, which reach to the end of the log.
  log_index first{1};
  std::vector<bytes> entries{};
};

/// Reads what a core begins with. Refused with `errc::corrupt`, so that the replica does not serve,
/// are a log with a damaged entry, one that ends before what was applied (entries were lost for
/// which this replica may have voted), and one in which consensus decided something before it was
/// said who takes part. Where a log begins without saying it, a node alone wrote that, and founded
/// the cluster alone: first_founder was the only voter.
[[nodiscard]] result<recovered_log> recover_log(const replica_log& log,
                                                const recovery_options& options);

}  // namespace reprise::cluster
