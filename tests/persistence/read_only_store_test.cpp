// SPDX-License-Identifier: Apache-2.0
//
// Looking at a store that another process writes to.

#include "persistence/read_only_store.hpp"

#include "tests/persistence/child_process.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence {
TEST_CASE("J-092 J-157 a reader sees all that a live writer has acknowledged") {
  store_scene s(4);
  child_process child({"serve", s.folder().string()});
  REQUIRE(child.read_line() == "ready");
  child.write_line("acct e1");
  REQUIRE(child.read_line() == "1");
  const auto store = look(s.folder());
  CHECK(history_of(*store, store_scene::key("acct")) == "1:e1");
  // More than a checkpoint's worth: places and heads move under the reader's feet.
  std::string wanted = "1:e1";
  for (int i = 2; i <= 800; ++i) {
    const std::string name = "e" + std::to_string(i);
    child.write_line("acct " + name);
    REQUIRE(child.read_line() == std::to_string(i));
    wanted += " " + std::to_string(i) + ":" + name;
    if (i % 100 == 0) {
      CHECK(store->head(store_scene::key("acct"))->last.value == static_cast<std::uint64_t>(i));
      CHECK(history_of(*store, store_scene::key("acct")) == wanted);
    }
  }
  // One that opens now reads what was saved, and what was not.
  child.write_line("other o1");
  REQUIRE(child.read_line() == "1");
  CHECK(store->facts()->aggregates == 2);
  const partition_id home = store->partition_of(store_scene::key("acct"));
  CHECK(store->committed(home)->value >= 800);
  const auto report = store->verify({});
  REQUIRE(report.has_value());
  CHECK(report->damages.empty());
  CHECK(report->records == 801);
  child.close_input();
  CHECK(child.wait() == 0);
}

TEST_CASE("J-157 one that opens late sees what is saved and what is not") {
  store_scene s(4);
  child_process child({"serve", s.folder().string()});
  REQUIRE(child.read_line() == "ready");
  for (int i = 1; i <= 750; ++i) {
    child.write_line("acct-" + std::to_string(i % 7) + " e" + std::to_string(i));
    REQUIRE(child.read_line().has_value());
  }
  const auto store = look(s.folder());
  CHECK(store->head(store_scene::key("acct-0"))->last == sequence{107});
  CHECK(store->head(store_scene::key("acct-6"))->last == sequence{107});
  CHECK(store->facts()->aggregates == 7);
}

TEST_CASE("looking changes nothing") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1", "e2"}).has_value());
  s.close();
  const auto size = std::filesystem::file_size(s.file());
  const auto written = std::filesystem::last_write_time(s.file());
  {
    const auto store = look(s.folder());
    CHECK(history_of(*store, store_scene::key("acct")) == "1:e1 2:e2");
    CHECK(store->verify({})->damages.empty());
  }
  CHECK(std::filesystem::file_size(s.file()) == size);
  CHECK(std::filesystem::last_write_time(s.file()) == written);
}

TEST_CASE("a folder without a store is not found") {
  const temporary_folder folder;
  for (const auto& path : {folder.path(), folder.path() / "nothing"}) {
    const auto store = read_only_store::open(path);
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().code == errc::not_found);
  }
}

}  // namespace reprise::persistence
