// SPDX-License-Identifier: Apache-2.0
//
// One target for libFuzzer, with clang; see docs/testing.md. REPRISE_FUZZ_TARGET is its name. The
// variable REPRISE_FUZZ_SEEDS names a folder to write its well-formed inputs to.

#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

const reprise::fuzz::target& chosen() {
  return *std::ranges::find(reprise::fuzz::targets(), REPRISE_FUZZ_TARGET,
                            &reprise::fuzz::target::name);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* const folder = std::getenv("REPRISE_FUZZ_SEEDS");
  if (folder == nullptr) return 0;
  std::filesystem::create_directories(folder);
  int n = 0;
  for (const reprise::bytes& seed : chosen().seeds()) {
    std::ofstream file(std::filesystem::path(folder) / ("seed-" + std::to_string(++n)),
                       std::ios::binary);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
    file.write(reinterpret_cast<const char*>(seed.data()),
               static_cast<std::streamsize>(seed.size()));
  }
  return 0;
}

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const reprise::fuzz::target& target = chosen();
  reprise::bytes input(size);
  std::transform(data, data + size, input.begin(), [](std::uint8_t b) { return std::byte{b}; });
  target.read(input);
  // The same with its checksum right, so that what lies behind it is reached.
  if (target.mend != nullptr) {
    target.mend(input);
    target.read(input);
  }
  return 0;
}
