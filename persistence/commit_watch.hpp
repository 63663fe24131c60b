// SPDX-License-Identifier: Apache-2.0
//
// Who wants to know that something was committed. While nobody does, a commit costs one load more.
//
// Invariant: whoever watches first and then looks at what is committed misses nothing, because a
// commit first moves the committed position, under its partition's lock, and then looks here.
// Threading: every method may be called from any thread. Listeners are called one at a time.

#pragma once

#include "persistence/journal.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

namespace reprise::persistence {

class commit_watch {
 public:
  void add(commit_listener& listener) {
    const std::lock_guard hold(mutex_);
    listeners_.push_back(&listener);
    count_.store(listeners_.size(), std::memory_order_release);
  }
  /// Waits for a call of it that is under way.
  void remove(commit_listener& listener) {
    const std::lock_guard hold(mutex_);
    std::erase(listeners_, &listener);
    count_.store(listeners_.size(), std::memory_order_release);
  }
  void moved(partition_id partition) {
    if (count_.load(std::memory_order_acquire) == 0) return;
    const std::lock_guard hold(mutex_);
    for (commit_listener* one : listeners_) one->committed_moved(partition);
  }

 private:
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<commit_listener*> listeners_;
};

}  // namespace reprise::persistence
