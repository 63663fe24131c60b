// SPDX-License-Identifier: Apache-2.0
//
// Every target with its seeds, changed at random in the ways in which bytes go wrong: bits flip,
// ends are lost, lengths become large, pieces are repeated. REPRISE_SEED and REPRISE_FUZZ_INPUTS
// say where to begin and how many inputs each target gets.

#include "base/random.hpp"
#include "tests/environment.hpp"
#include "tests/fuzz/targets.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace reprise::fuzz {
namespace {

constexpr std::uint64_t inputs_usual = 20'000;

void set_word(bytes& what, base::random& choose) {
  constexpr std::array<std::uint64_t, 6> telling{0, 1, 0x7fffffff, 0xffffffff, ~std::uint64_t{0},
                                                 64};
  const std::size_t size = std::size_t{1} << choose.below(4);
  if (what.size() < size) return;
  const std::uint64_t word = telling[choose.below(telling.size())];
  std::memcpy(what.data() + choose.below(what.size() - size + 1), &word, size);
}

void change(bytes& what, base::random& choose) {
  if (what.empty()) return;
  switch (choose.below(6)) {
    case 0:
      what[choose.below(what.size())] ^= std::byte(1U << choose.below(8));
      break;
    case 1:
      what[choose.below(what.size())] = std::byte(choose.below(256));
      break;
    case 2:
      what.resize(choose.below(what.size() + 1));
      break;
    case 3:
      what.resize(what.size() + 8 * choose.below(9), std::byte(choose.below(256)));
      break;
    case 4: {
      const std::size_t from = choose.below(what.size());
      const std::size_t to = choose.below(what.size());
      const std::size_t size = std::min({what.size() - from, what.size() - to, std::size_t{16}});
      std::memmove(what.data() + to, what.data() + from, size);
      break;
    }
    default:
      set_word(what, choose);
  }
}

void expose(const target& to, std::uint64_t inputs, std::uint64_t seed) {
  const std::vector<bytes> seeds = to.seeds();
  for (std::uint64_t n = 0; n < inputs; ++n) {
    base::random choose(seed + n);
    bytes input = seeds[choose.below(seeds.size())];
    for (std::uint64_t changes = 1 + choose.below(4); changes > 0; --changes) change(input, choose);
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
