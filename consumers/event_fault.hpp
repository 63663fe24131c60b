// SPDX-License-Identifier: Apache-2.0
//
// Which errors say something of an event that is folded.
//
// Threading: a pure function.

#pragma once

#include <reprise/result.hpp>

namespace reprise::consumers {

/// The event is at fault, or what is done with it; all else is the store's and may pass.
[[nodiscard]] inline bool is_of_the_event(errc code) {
  return code == errc::handler_failed || code == errc::malformed || code == errc::too_large ||
         code == errc::invalid_argument;
}

}  // namespace reprise::consumers
