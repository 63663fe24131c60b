// SPDX-License-Identifier: Apache-2.0
//
// What the actor framework itself does: requests between its actors.

#pragma once

#include <cstdint>

namespace reprise::benchmarks {

/// Requests per second that one actor sends to others with `request().then`, each answered with the
/// sum that its receiver keeps; so many are under way, spread over so many receivers.
[[nodiscard]] double caf_requests_per_second(std::uint32_t in_flight, std::uint32_t receivers,
                                             double seconds);

}  // namespace reprise::benchmarks
