// SPDX-License-Identifier: Apache-2.0
//
// Checks of our own invariants. On in every build: a broken invariant must not reach the disk.

#pragma once

namespace reprise::base {

/// Prints where and why to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file,
                                   int line) noexcept;

}  // namespace reprise::base

/// `why` says in words what must hold and from where it follows.
#define REPRISE_ASSERT(condition, why) \
  ((condition) ? static_cast<void>(0)  \
               : ::reprise::base::assertion_failed(#condition, why, __FILE__, __LINE__))
