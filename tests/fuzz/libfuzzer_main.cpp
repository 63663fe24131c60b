// SPDX-License-Identifier: Apache-2.0
//
// One target for libFuzzer, with clang; see docs/testing.md. REPRISE_FUZZ_TARGET is its name.

#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto target = std::ranges::find(reprise::fuzz::targets(), REPRISE_FUZZ_TARGET,
                                               &reprise::fuzz::target::name);
  reprise::bytes input(size);
  std::transform(data, data + size, input.begin(), [](std::uint8_t b) { return std::byte{b}; });
  target->read(input);
  // The same with its checksum right, so that what lies behind it is reached.
  if (target->mend != nullptr) {
    target->mend(input);
    target->read(input);
  }
  return 0;
}
