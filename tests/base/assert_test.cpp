// SPDX-License-Identifier: Apache-2.0
#include "base/assert.hpp"

#include "tests/base/captured_stderr.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

TEST_CASE("an invariant that holds costs nothing but its evaluation") {
  int evaluated = 0;
  REPRISE_ASSERT(++evaluated == 1, "it was evaluated once");
  CHECK(evaluated == 1);
}

TEST_CASE("a broken invariant says what and why, and ends the process, in every build") {
  reprise::test::captured_stderr captured;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // The child dies by the signal alone, not through the test framework's handler.
    std::signal(SIGABRT, SIG_DFL);
    REPRISE_ASSERT(1 + 1 == 3, "sums are right");
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  const std::string said = captured.line();
  CHECK(said.find("assert_test.cpp:") != std::string::npos);
  CHECK(said.ends_with("sums are right (1 + 1 == 3)"));
}
