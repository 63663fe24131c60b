// SPDX-License-Identifier: Apache-2.0
//
// A value that can only be reached while its mutex is held.

#pragma once

#include <mutex>
#include <utility>

namespace reprise::base {

/// Threading: with() from any thread; it must not be called again from inside.
template <class T>
class guarded {
 public:
  guarded() = default;
  explicit guarded(T value) : value_(std::move(value)) {}

  template <class F>
  decltype(auto) with(F&& use) {
    const std::lock_guard hold(mutex_);
    return std::forward<F>(use)(value_);
  }
  template <class F>
  decltype(auto) with(F&& use) const {
    const std::lock_guard hold(mutex_);
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace reprise::base
