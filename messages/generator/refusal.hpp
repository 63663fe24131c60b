// SPDX-License-Identifier: Apache-2.0
//
// Why a schema cannot be turned into C++.

#pragma once

#include <string>
#include <utility>

namespace reprise::generator {

/// Thrown where the generator meets something that it does not take; caught in main. `where` is the
/// name of a node as Cap'n Proto displays it, e.g. `trip.capnp:TripState.rider`.
struct refusal {
  std::string where{};
  std::string why{};
};

[[noreturn]] inline void refuse(std::string where, std::string why) {
  throw refusal{std::move(where), std::move(why)};
}

}  // namespace reprise::generator
