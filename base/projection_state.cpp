// SPDX-License-Identifier: Apache-2.0
#include <reprise/projection.hpp>

namespace reprise {

std::string_view to_string(projection_state state) noexcept {
  switch (state) {
    case projection_state::building:
      return "building";
    case projection_state::following:
      return "following";
    case projection_state::retrying:
      return "retrying";
    case projection_state::paused:
      return "paused";
    case projection_state::stopped:
      break;
  }
  return "stopped";
}

}  // namespace reprise
