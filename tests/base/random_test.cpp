// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>

namespace base = reprise::base;

// The first outputs for the seed 1234567, as published beside the algorithm.
TEST_CASE("the generator is SplitMix64") {
  base::random r(1234567);
  CHECK(r.next() == 6457827717110365317U);
  CHECK(r.next() == 3203168211198807973U);
  CHECK(r.next() == 9817491932198370423U);
}

TEST_CASE("equal seeds give equal sequences, other seeds others") {
  base::random a(42);
  base::random b(42);
  base::random c(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.next();
    REQUIRE(value == b.next());
    differs = differs || value != c.next();
  }
  CHECK(differs);
}

TEST_CASE("a bounded value stays below its bound and reaches every value about equally often") {
  base::random r(7);
  std::array<int, 10> seen{};
  for (int i = 0; i < 100'000; ++i) ++seen.at(r.below(10));
  for (const int times : seen) CHECK((times > 9'500 && times < 10'500));
  CHECK(r.below(1) == 0);
}
