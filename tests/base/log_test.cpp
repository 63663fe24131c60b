// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include "tests/base/captured_stderr.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise::base;

// One case, because the level belongs to the process.
TEST_CASE("nothing is logged until a level is set, and then nothing below it") {
  reprise::test::captured_stderr captured;
  log(log_level::error, "before any level was set");

  set_log_level(log_level::warning);
  log(log_level::info, "below the level");
  log(log_level::warning, "first");
  log(log_level::error, "second");
  // Lines are written in order, so that those that were dropped would have come before.
  CHECK(captured.line().ends_with("first"));
  CHECK(captured.line().ends_with("second"));

  set_log_level(log_level::off);
  log(log_level::error, "after it was switched off");
  set_log_level(log_level::debug);
  log(log_level::warning, "last");
  CHECK(captured.line().ends_with("last"));
  set_log_level(log_level::off);
  CHECK(captured.rest().empty());
}
