// SPDX-License-Identifier: Apache-2.0
//
// The facade of CAF: actors that are woken and then run, one at a time each, on shared workers.
// Nothing of CAF is visible above this header.

#pragma once

#include <cstdint>
#include <memory>

namespace reprise::actors {

/// The body of an actor.
class runnable {
 public:
  virtual ~runnable() = default;
  /// Called after each wake(), never by two workers at once. Must not throw or block.
  virtual void run() = 0;
};

class actor_runtime {
 public:
  /// One actor. Threading: wake() from any thread.
  class actor {
   public:
    virtual ~actor() = default;
    /// run() is called once after this, soon; wakes that come before it are not merged.
    virtual void wake() = 0;
  };

  virtual ~actor_runtime() = default;
  /// The body must outlive stop().
  [[nodiscard]] virtual std::unique_ptr<actor> spawn(runnable& body) = 0;
  /// Lets every actor handle the wakes that it has, ends all, and waits for it. Idempotent.
  virtual void stop() = 0;
};

/// CAF's, with so many threads. It stops when it goes.
[[nodiscard]] std::unique_ptr<actor_runtime> start_actor_runtime(std::uint32_t workers);

}  // namespace reprise::actors
