// SPDX-License-Identifier: Apache-2.0
//
// Numbers by which a test is made longer or begun elsewhere; docs/testing.md lists them.

#pragma once

#include <cstdint>
#include <cstdlib>

namespace reprise::test {

/// The environment variable's value; `usual` where it is not set.
[[nodiscard]] inline std::uint64_t number_from(const char* variable, std::uint64_t usual) {
  const char* const wanted = std::getenv(variable);
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

}  // namespace reprise::test
