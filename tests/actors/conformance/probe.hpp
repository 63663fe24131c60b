// SPDX-License-Identifier: Apache-2.0
//
// What a test sees of the suite's aggregate at work, and how it holds it up: counts of handler and
// applier calls, and gates at which they wait.
//
// Threading: any thread, except for the plain fields, which say so.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace reprise::conformance {

/// Open until a test shuts it; whoever passes while it is shut waits.
class gate {
 public:
  void shut() {
    const std::lock_guard hold(mutex_);
    shut_ = true;
    arrived_ = 0;
  }
  void open() {
    const std::lock_guard hold(mutex_);
    shut_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock hold(mutex_);
    if (!shut_) return;
    ++arrived_;
    changed_.notify_all();
    changed_.wait(hold, [this] { return !shut_; });
  }
  /// Blocks until somebody has come to the shut gate.
  void await_arrival() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [this] { return arrived_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  std::uint32_t arrived_ = 0;
};

/// Shuts a gate for a scope. To be declared after the node, so that a failing test opens the gate
/// before the node waits for those who stand at it.
class shut_gate {
 public:
  explicit shut_gate(gate& g) : gate_(g) { gate_.shut(); }
  ~shut_gate() { gate_.open(); }
  shut_gate(const shut_gate&) = delete;
  shut_gate& operator=(const shut_gate&) = delete;

  void open() { gate_.open(); }
  void await_arrival() { gate_.await_arrival(); }

 private:
  gate& gate_;
};

/// The aggregate's handlers and appliers report here. One for the program: handlers get nothing but
/// their arguments. Each world starts with a fresh one.
struct probe {
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> applied{0};
  /// The applier of `spoiled` throws.
  std::atomic<bool> spoiled_is_refused{false};
  gate handling;
  gate applying;
  /// Calls of `count` as its handler saw them. Plain on purpose: only one aggregate is asked, and a
  /// race detector sees it when two of its handlers run at once.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> counted{};

  void reset() {
    handled = 0;
    applied = 0;
    spoiled_is_refused = false;
    counted.clear();
  }
};

inline probe watch;

}  // namespace reprise::conformance
