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

  explicit actor_runtime(std::uint32_t workers);
  ~actor_runtime();
  actor_runtime(const actor_runtime&) = delete;
  actor_runtime& operator=(const actor_runtime&) = delete;

  /// The body must outlive stop().
  [[nodiscard]] std::unique_ptr<actor> spawn(runnable& body);
  /// Lets every actor handle the wakes that it has, ends all, and waits for it. Idempotent.
  void stop();

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace reprise::actors
