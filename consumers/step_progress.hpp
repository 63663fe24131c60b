// SPDX-License-Identifier: Apache-2.0
//
// What became of one step of a consumer that tries again what failed.

#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>

namespace reprise::consumers {

enum class step_state : std::uint8_t {
  /// There may be more at once.
  more,
  /// Nothing to do until something is committed, or until `due`.
  waiting,
  /// Something failed; it is tried again at `due`.
  retrying,
  /// Over, because of the consumer's trouble.
  stopped,
};

struct step_progress {
  step_state is = step_state::more;
  std::optional<base::clock::instant> due{};
};

}  // namespace reprise::consumers
