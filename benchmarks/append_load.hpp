// SPDX-License-Identifier: Apache-2.0
//
// Appends events of one size to random aggregates of a journal, and measures.

#pragma once

#include "persistence/journal.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace reprise::benchmarks {

/// How long acknowledgements took, from when each append was due.
struct latencies {
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  /// Appends per second that were acknowledged.
  double rate = 0;
};

/// Threading: its methods are for one thread; the journal answers on another.
class append_load final : public persistence::append_listener {
 public:
  /// Every record takes `record_bytes` in the log, at least 96, a multiple of 8: the header of 64,
  /// an event id of 16, an aggregate's id of 8, and a payload for the rest. Aggregates of that
  /// type must be new to the journal.
  append_load(persistence::journal& log, aggregate_type_id type, std::uint32_t aggregates,
              std::size_t record_bytes);

  /// Appends in `groups` of `batch` events: while one is being committed, the others are appended,
  /// and each is appended anew when all of it is answered. So each commit takes one group, when
  /// appending is quicker than committing. Appends per second.
  double keep(std::uint32_t batch, std::uint32_t groups, double seconds);
  /// The same with two groups, for a number of events instead of a time.
  double write(std::uint64_t events, std::uint32_t batch);
  /// Appends so many per second, at their time, whether or not others are answered.
  latencies offer(double per_second, double seconds);

  /// From now on one append in `one_in` is for the aggregate heavy(), until it has `events`.
  void favour_one(std::uint32_t one_in, std::uint64_t events);
  [[nodiscard]] aggregate_key heavy() const;

  void appended(std::span<persistence::append_answer> answers) override;

 private:
  using clock_type = std::chrono::steady_clock;

  double run(std::uint32_t batch, std::uint32_t groups);
  // Answered appends per second. Throws std::runtime_error when one was refused.
  [[nodiscard]] double rate_over(double seconds) const;
  void append_next(std::uint64_t tag);
  [[nodiscard]] std::uint32_t draw();

  persistence::journal& log_;
  const std::uint32_t aggregates_;
  // What the next event of each aggregate follows. The last one is heavy().
  std::vector<std::uint64_t> heads_;
  persistence::append_request request_;
  std::uint64_t events_ = 0;
  std::uint64_t random_ = 88172645463325252ULL;
  std::uint32_t favour_one_in_ = 0;
  std::uint64_t favour_until_ = 0;

  // Of a closed loop: when to end, and how much is left to append.
  clock_type::time_point ends_{};
  std::uint64_t left_ = 0;
  std::uint64_t batch_ = 0;

  // Of an open loop: when each append was due, and how long it took.
  bool open_loop_ = false;
  std::vector<clock_type::time_point> due_;
  std::vector<float> took_us_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t answered_ = 0;
  std::uint64_t refused_ = 0;
  // Of an open loop: all that will be answered. Of a closed one: answers to each group so far, and
  // the groups that have all of theirs.
  std::uint64_t expected_ = 0;
  std::vector<std::uint64_t> answered_of_;
  std::vector<std::uint32_t> whole_;
};

}  // namespace reprise::benchmarks
