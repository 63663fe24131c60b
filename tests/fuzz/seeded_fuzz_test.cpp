// SPDX-License-Identifier: Apache-2.0
//
// Every target with its seeds, changed at random. REPRISE_SEED and REPRISE_FUZZ_INPUTS say where to
// begin and how many inputs each target gets.

#include "base/random.hpp"
#include "tests/environment.hpp"
#include "tests/fuzz/changed_bytes.hpp"
#include "tests/fuzz/targets.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace reprise::fuzz {
namespace {

constexpr std::uint64_t inputs_usual = 20'000;

void expose(const target& to, std::uint64_t inputs, std::uint64_t seed) {
  const std::vector<bytes> seeds = to.seeds();
  for (std::uint64_t n = 0; n < inputs; ++n) {
    base::random choose(seed + n);
    bytes input = changed(seeds[choose.below(seeds.size())], choose);
    if (to.mend != nullptr && choose.below(4) != 0) to.mend(input);
    // A copy of its own size, so that reading past its end is seen.
    INFO(to.name << ", seed " << seed + n);
    to.read(bytes(input.begin(), input.end()));
  }
}

}  // namespace

TEST_CASE("bytes that went wrong are read without harm") {
  const std::uint64_t seed = test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t inputs = test::number_from("REPRISE_FUZZ_INPUTS", inputs_usual);
  for (const target& t : targets()) expose(t, inputs, seed);
  SUCCEED();
}

TEST_CASE("the seeds themselves are read, and survive mending as they are") {
  for (const target& t : targets()) {
    for (const bytes& seed : t.seeds()) {
      t.read(seed);
      if (t.mend == nullptr) continue;
      bytes mended = seed;
      t.mend(mended);
      INFO(t.name);
      CHECK(mended == seed);
    }
  }
}

}  // namespace reprise::fuzz
