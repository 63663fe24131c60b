// SPDX-License-Identifier: Apache-2.0
#include "base/guarded.hpp"

#include <catch2/catch_test_macros.hpp>

#include <thread>
#include <type_traits>
#include <vector>

using reprise::base::guarded;

TEST_CASE("threads that change a guarded value lose no change") {
  constexpr int threads = 4;
  constexpr int rounds = 10'000;
  guarded<int> sum;
  {
    std::vector<std::jthread> running;
    for (int t = 0; t < threads; ++t) {
      running.emplace_back([&sum] {
        for (int i = 0; i < rounds; ++i) sum.with([](int& value) { ++value; });
      });
    }
  }
  CHECK(sum.with([](int value) { return value; }) == threads * rounds);
}

TEST_CASE("with() hands back what the function returns, references too") {
  guarded<std::vector<int>> list(std::vector{1, 2, 3});
  CHECK(list.with([](auto& values) { return values.size(); }) == 3);
  STATIC_CHECK(std::is_same_v<decltype(list.with([](auto& v) -> int& { return v[0]; })), int&>);
}

TEST_CASE("a constant guarded value can only be read") {
  const guarded<int> value(5);
  value.with([](auto& inside) {
    STATIC_CHECK(std::is_const_v<std::remove_reference_t<decltype(inside)>>);
    CHECK(inside == 5);
  });
}
