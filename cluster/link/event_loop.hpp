// SPDX-License-Identifier: Apache-2.0
//
// A KJ event loop with a thread of its own, and the ways into it from other threads. For sources of
// links and of client RPC only: its KJ types belong in no other header.
//
// Invariants
//  * What was posted runs on the loop's thread, in order, each piece with its exceptions caught.
//  * KJ's things live and die on the loop's thread; whoever owns some there drops them in a task
//    that at_end() or await() runs.
//  * The eventfd is written only when nobody has written it since the loop looked last.
// Threading: post(), wake(), is_here() from any thread; await(), run() and stop() from any but the
// loop's; the rest on the loop's thread.

#pragma once

#include "base/guarded.hpp"

#include <reprise/result.hpp>

#include <kj/async-io.h>
#include <kj/async.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace reprise::cluster {

/// The first line of what KJ says, and the code that comes nearest.
[[nodiscard]] error error_of(const kj::Exception& exception);

class event_loop : private kj::TaskSet::ErrorHandler {
 public:
  using task = std::function<void()>;

  [[nodiscard]] static result<std::unique_ptr<event_loop>> start();
  /// stop()
  virtual ~event_loop() noexcept(false);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// False, and the task is dropped, when the loop ended.
  bool post(task what);
  /// Posts, and waits until it ran. False when the loop ended.
  bool run(const task& what);
  /// Runs what gives a promise, and waits for the promise.
  [[nodiscard]] result<void> await(std::function<kj::Promise<void>()> what);
  /// Calls what on_wake() was given, once for many wakes.
  void wake();
  /// Runs what at_end() was given, the last first, and joins the thread.
  void stop();
  [[nodiscard]] bool is_here() const { return std::this_thread::get_id() == thread_.get_id(); }

  void on_wake(task what) { on_wake_ = std::move(what); }
  void at_end(task what) { at_end_.push_back(std::move(what)); }
  [[nodiscard]] kj::Network& network();
  [[nodiscard]] kj::Timer& timer();
  [[nodiscard]] kj::TaskSet& tasks();

 private:
  struct world;
  struct waiting {
    std::vector<task> tasks{};
    bool ended = false;
  };

  event_loop() = default;
  void live(const std::function<void(result<void>)>& started);
  void signal();
  kj::Promise<void> serve_wakes();
  void run_waiting();
  void taskFailed(kj::Exception&& exception) override;

  int wake_fd_ = -1;
  std::atomic<bool> signalled_{false};
  std::atomic<bool> woken_{false};
  base::guarded<waiting> waiting_{};
  std::thread thread_{};

  // The loop's thread only.
  world* world_ = nullptr;
  task on_wake_{};
  std::vector<task> at_end_{};
};

}  // namespace reprise::cluster
