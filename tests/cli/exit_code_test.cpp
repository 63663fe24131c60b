// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::cli;

TEST_CASE("each kind of failure has an exit code of its own") {
  CHECK(exit_of(errc::not_found) == exit_code::negative);
  CHECK(exit_of(errc::deleted) == exit_code::negative);
  CHECK(exit_of(errc::tombstoned) == exit_code::negative);
  CHECK(exit_of(errc::history_gone) == exit_code::negative);
  CHECK(exit_of(errc::beyond_head) == exit_code::negative);
  CHECK(exit_of(errc::invalid_argument) == exit_code::usage);
  CHECK(exit_of(errc::corrupt) == exit_code::damaged);
  CHECK(exit_of(errc::malformed) == exit_code::damaged);
  CHECK(exit_of(errc::incompatible) == exit_code::cannot_open);
  CHECK(exit_of(errc::locked) == exit_code::cannot_open);
  CHECK(exit_of(errc::io_error) == exit_code::cannot_open);
}

TEST_CASE("an error that the table does not name is a failure to read") {
  CHECK(exit_of(errc::unavailable) == exit_code::cannot_open);
  CHECK(advice(errc::unavailable).empty());
}

TEST_CASE("a store that is not there is told from something that is not in it") {
  CHECK(exit_of_opening(errc::not_found) == exit_code::cannot_open);
  CHECK(exit_of_opening(errc::corrupt) == exit_code::damaged);
}

TEST_CASE("no error ends as success") {
  for (int code = 0; code <= static_cast<int>(errc::stopped); ++code) {
    CHECK(exit_of(static_cast<errc>(code)) != exit_code::ok);
  }
}

TEST_CASE("an error for a person says what happened and what to do") {
  const std::string text = error_text({errc::incompatible, "./data has format 9"});
  CHECK(
      text ==
      "reprise: ./data has format 9\n"
      "  Use the version of reprise that wrote this store or runs in that node, or a newer one.\n");
}

TEST_CASE("an error for a program is one line of JSON") {
  CHECK(error_json({errc::not_found, "no \"x\""}) ==
        R"({"error":{"code":"not_found","message":"no \"x\""}})"
        "\n");
}

TEST_CASE("an error cannot steer the terminal") {
  CHECK(error_text({errc::not_found, "no \x1b[2J"}) == "reprise: no \\x1b[2J\n");
}
