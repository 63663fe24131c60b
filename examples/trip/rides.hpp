// SPDX-License-Identifier: Apache-2.0
//
// Three rides with the saga round them: one that the account pays, one that is paid in cash since
// the account is empty, and one that nobody drives.

#pragma once

#include "examples/trip/ride.hpp"

#include <reprise/node.hpp>
#include <reprise/result.hpp>

#include <string>
#include <vector>

namespace ride {

struct ride_report {
  std::string trip{};
  trip_state end{};
};

/// Drives them, and waits for their ends. Safe to repeat: then they are over already. `timed_out`
/// when one does not come to an end.
[[nodiscard]] reprise::result<std::vector<ride_report>> drive(reprise::node& node);

/// Ends with a line break.
[[nodiscard]] std::string as_table(const std::vector<ride_report>& rides);
/// One object a line.
[[nodiscard]] std::string as_json(const std::vector<ride_report>& rides);

}  // namespace ride
