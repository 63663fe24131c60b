// SPDX-License-Identifier: Apache-2.0
//
// What makes a replica_writer work: a thread of its own (writer_thread.hpp), or a simulation that
// decides when the disk has done something, and whether the node lives to hear of it.
//
// Threading: ring() from any thread; all else as it says.

#pragma once

#include <chrono>

namespace reprise::persistence {

/// A writer as its drive sees it. Threading: one thread at a time, but for what says otherwise.
class driven_writer {
 public:
  virtual ~driven_writer() = default;
  /// How long the next step can wait if nobody rings; zero: it should be done at once.
  [[nodiscard]] virtual std::chrono::milliseconds patience() const = 0;
  /// Takes what waits, writes one commit of it, folds what is ordered. `rung`: somebody has rung
  /// since the last step. False when it is stopped and nothing is left to do.
  [[nodiscard]] virtual bool step(bool rung) = 0;
};

class writer_drive {
 public:
  virtual ~writer_drive() = default;
  /// Steps begin. Once; `work` stays until finish() has returned.
  virtual void start(driven_writer& work) = 0;
  /// There is something to do.
  virtual void ring() = 0;
  /// The writer is stopped: makes the steps that are left, and none after it. Idempotent.
  virtual void finish() = 0;
};

}  // namespace reprise::persistence
