// SPDX-License-Identifier: Apache-2.0
//
// Runs what blocks somewhere else: replays, saving snapshots, functions outside.
//
// Threading: every method may be called from any thread.

#pragma once

#include <functional>

namespace reprise::actors {

/// Begins jobs in the order of their submission. The number of waiting jobs is bounded by those who
/// submit: one for each activation at most.
class job_runner {
 public:
  virtual ~job_runner() = default;
  /// Dropped after stop().
  virtual void submit(std::function<void()> job) = 0;
  /// Drops what has not begun and waits for the rest. Idempotent.
  virtual void stop() = 0;
};

}  // namespace reprise::actors
