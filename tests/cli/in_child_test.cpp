// SPDX-License-Identifier: Apache-2.0
#include "cli/in_child.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>

using namespace reprise::cli;

TEST_CASE("what a child returns is told") {
  CHECK(std::get<int>(in_child([] { return 3; })) == 3);
}

TEST_CASE("a child that is ended by a signal does not end its parent") {
  const auto ended = in_child([]() -> int {
    std::raise(SIGKILL);
    return 0;
  });
  REQUIRE(std::holds_alternative<ended_by_signal>(ended));
  CHECK(std::get<ended_by_signal>(ended).number == SIGKILL);
}
