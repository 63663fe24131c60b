// SPDX-License-Identifier: Apache-2.0
//
// How the program `trip` ends; the numbers stand in its help text.

#pragma once

#include <reprise/result.hpp>

#include <iostream>

namespace ride::exit_code {

inline constexpr int done = 0;
inline constexpr int no_such_trip = 1;
/// `trip check` has found one.
inline constexpr int contradiction = 1;
inline constexpr int failed = 4;

}  // namespace ride::exit_code

namespace ride {

/// Says it on standard error; the code to end with.
inline int say(const reprise::error& why) {
  std::cerr << "trip: " << reprise::to_string(why) << "\n";
  return exit_code::failed;
}

}  // namespace ride
