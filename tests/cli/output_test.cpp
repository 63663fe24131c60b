// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include "byte_pipe.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <string>
#include <thread>

using namespace reprise::cli;
using reprise::test::byte_pipe;
using std::chrono::milliseconds;

TEST_CASE("lines arrive in order, also when they are more than a pipe holds") {
  byte_pipe through;
  std::string received;
  {
    const std::jthread reader([&] { received = through.rest(); });
    output out(through.writer());
    for (int i = 0; i < 50'000; ++i) out.line(std::to_string(i));
    CHECK(out.flush());
    through.close_writer();
  }
  std::string expected;
  for (int i = 0; i < 50'000; ++i) expected += std::to_string(i) + "\n";
  CHECK(received == expected);
}

TEST_CASE("an output whose reader left ends") {
  std::signal(SIGPIPE, SIG_IGN);
  byte_pipe through;
  output out(through.writer());
  through.close_reader();
  out.line("nobody reads this");
  CHECK_FALSE(out.flush());
  CHECK(out.ended() == output::ending::closed);
  CHECK_FALSE(out.line("nor this"));
}

TEST_CASE("waiting ends when the reader leaves, without anything to write") {
  byte_pipe through;
  output out(through.writer());
  const std::jthread leaver([&] { through.close_reader(); });
  CHECK_FALSE(out.wait(std::chrono::minutes(5)));
  CHECK(out.ended() == output::ending::closed);
}

TEST_CASE("waiting lasts its time when nothing happens") {
  byte_pipe through;
  output out(through.writer());
  CHECK(out.wait(milliseconds(1)));
  CHECK(out.ended() == output::ending::open);
}

TEST_CASE("a full device is a failure with a reason") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  output out(full);
  out.line("no room");
  CHECK_FALSE(out.flush());
  CHECK(out.ended() == output::ending::failed);
  CHECK(out.reason() == "No space left on device");
  ::close(full);
}
