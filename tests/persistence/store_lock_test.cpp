// SPDX-License-Identifier: Apache-2.0
//
// One store, one writer: within a process and between processes.

#include "persistence/read_only_store.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

namespace reprise::persistence {

TEST_CASE("J-156 a store that this process has open is not opened again") {
  store_scene s;
  s.open();
  store_scene other;
  other.options.directory = s.folder();
  const auto second = other.try_open();
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == errc::locked);
  CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
  // Not even to look: closing it again would give up the locks of the first.
  const auto look = read_only_store::open(s.folder());
  REQUIRE_FALSE(look.has_value());
  CHECK(look.error().code == errc::locked);
  CHECK(s.append("a", {"e1"}).has_value());
}

TEST_CASE("J-156 a store that another process writes to is refused, naming the process") {
  store_scene s(4);
  child_process child({"serve", s.folder().string()});
  REQUIRE(child.read_line() == "ready");
  const auto second = s.try_open();
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == errc::locked);
  CHECK(second.error().message.find(std::to_string(child.id())) != std::string::npos);
  child.write_line("acct e1");
  CHECK(child.read_line() == "1");
  SECTION("and can be opened when that one has ended") {
    child.close_input();
    CHECK(child.wait() == 0);
  }
  SECTION("and can be opened when that one was killed") {
    child.kill();
  }
  s.open();
  CHECK(s.history("acct") == "1:e1");
}

TEST_CASE("J-156 the other process is refused too") {
  store_scene s(4);
  s.open();
  child_process child({"serve", s.folder().string()});
  const auto said = child.read_line();
  REQUIRE(said.has_value());
  CHECK(said->starts_with("locked"));
  CHECK(said->find(std::to_string(::getpid())) != std::string::npos);
  CHECK(child.wait() == 2);
}

}  // namespace reprise::persistence
