// SPDX-License-Identifier: Apache-2.0
//
// Filling the log of a replica that is behind, or new, from the stored log of another: any that
// holds the entry that the log must end with, for then what is before it is the same (Raft's log
// matching).
//
// Invariants
//  * At any moment what is durable is a prefix of the log that is being filled, or this replica's
//    own: a tail that differs is cut before anything is put behind it.
//  * Nothing up to fill_request::keep is cut. It may have been confirmed to a leader.
// Threading: confined to the replica's thread; answer_fill() to whoever may read that log.

#pragma once

#include "cluster/replica_log.hpp"

#include <reprise/result.hpp>

namespace reprise::cluster {

struct fill_question {
  /// What the answering log must hold.
  log_index target{};
  cluster::term in_term{};
  /// First entry wanted.
  log_index from{};
  /// At least one entry is answered, however large.
  std::size_t bytes_max = std::size_t{64} << 10U;
};

struct fill_answer {
  /// Stored entries from `from` on, up to the target at most.
  std::vector<bytes> entries{};
};

/// `errc::not_found` when the log does not hold the target in that term.
[[nodiscard]] result<fill_answer> answer_fill(const replica_log& log,
                                              const fill_question& question);

/// One filling. Begins when everything that was written before the request is durable; `own` is the
/// replica's stored log and must outlive it.
class log_fill {
 public:
  [[nodiscard]] static result<log_fill> begin(partition_id partition, const fill_request& request,
                                              const replica_log& own);

  [[nodiscard]] fill_question next_question() const;
  /// What is to be written, if anything; it points into the answer, and all of it must be durable
  /// before the next answer is taken.
  /// `errc::corrupt` and nothing to do when the entries do not continue the log: ask another
  /// replica.
  [[nodiscard]] result<log_write> take(const fill_answer& answer);
  result<log_write> take(fill_answer&& answer) = delete;
  [[nodiscard]] bool done() const { return next_ > request_.index; }
  /// Where the log ends once it is done.
  [[nodiscard]] position last() const { return last_; }

 private:
  log_fill(partition_id partition, const fill_request& request, const replica_log& own)
      : partition_(partition), request_(request), own_(&own) {}
  [[nodiscard]] result<void> take_one(bytes_view stored, log_write& write);

  partition_id partition_;
  fill_request request_;
  const replica_log* own_;
  log_index next_{};
  position last_{};
  term last_term_{};
  // From here on the own log differs, or ends.
  bool replacing_ = false;
};

}  // namespace reprise::cluster
