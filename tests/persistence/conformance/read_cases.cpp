// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Reading one aggregate".

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence::conformance {
namespace {

/// e1 to e5 of acct-7, with another aggregate's events between them.
void five_events(scene& s) {
  s.append_one_by_one("acct-7", {"e1", "e2"});
  s.append_one_by_one("other", {"o1", "o2"});
  s.append_one_by_one("acct-7", {"e3"});
  s.append_one_by_one("other", {"o3"});
  s.append_one_by_one("acct-7", {"e4", "e5"});
}

}  // namespace

TEST_CASE("J-079 a lower bound gives the events from there on", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-7", {.from = {3}}) == "3:e3 4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.from = {1}}) == "1:e1 2:e2 3:e3 4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.from = {0}}) == "1:e1 2:e2 3:e3 4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.from = {5}}) == "5:e5 end");
  CHECK(s.read("acct-7", {.from = {6}}) == "end");
  CHECK(s.read("acct-7", {.from = {600}}) == "end");
}

TEST_CASE("J-080 an upper bound gives the events up to there", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-7", {.to = {3}}) == "1:e1 2:e2 3:e3 end");
  CHECK(s.read("acct-7", {.to = {5}}) == "1:e1 2:e2 3:e3 4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.to = {6}}) == "1:e1 2:e2 3:e3 4:e4 5:e5 end");
}

TEST_CASE("J-081 two bounds give exactly that range", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-7", {.from = {2}, .to = {4}}) == "2:e2 3:e3 4:e4 end");
  CHECK(s.read("acct-7", {.from = {3}, .to = {3}}) == "3:e3 end");
  CHECK(s.read("acct-7", {.from = {4}, .to = {3}}) == "end");
}

TEST_CASE("J-082 a limit gives that many events and says whether the end was reached", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-7", {.limit = 1}) == "1:e1 more");
  CHECK(s.read("acct-7", {.from = {4}, .limit = 100}) == "4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.to = {4}, .limit = 2}) == "1:e1 2:e2 more");
  // A limit of 0 gives none: it is refused, see J-090.
  CHECK(s.read("acct-7", {.limit = 0}).records.empty());
}

TEST_CASE("J-084 an aggregate that never wrote is not found", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-8") == "not_found");
  CHECK(s.read("acct-8", {.order = direction::backward}) == "not_found");
  CHECK(s.head("acct-8") == aggregate_head{});
}

TEST_CASE("J-085 deleted and tombstoned are two answers", "[read]") {
  scene s;
  s.append_one_by_one("gone", {"g1"});
  s.append_one_by_one("closed", {"c1"});
  REQUIRE_FALSE(s.remove("gone", any()).refused());
  REQUIRE_FALSE(s.close_for_ever("closed", any()).refused());
  CHECK(s.read("gone") == "deleted");
  CHECK(s.head("gone").is == aggregate_head::state::deleted);
  CHECK(s.head("gone").last == sequence{1});
  CHECK(s.read("closed") == "tombstoned");
  CHECK(s.head("closed").is == aggregate_head::state::tombstoned);
}

TEST_CASE("J-086 a backward read gives descending sequences", "[read]") {
  scene s;
  five_events(s);
  const auto backward = direction::backward;
  CHECK(s.read("acct-7", {.order = backward}) == "5:e5 4:e4 3:e3 2:e2 1:e1 end");
  CHECK(s.read("acct-7", {.to = {3}, .order = backward}) == "3:e3 2:e2 1:e1 end");
  CHECK(s.read("acct-7", {.to = {99}, .order = backward}) == "5:e5 4:e4 3:e3 2:e2 1:e1 end");
  CHECK(s.read("acct-7", {.from = {2}, .to = {4}, .order = backward}) == "4:e4 3:e3 2:e2 end");
  CHECK(s.read("acct-7", {.limit = 2, .order = backward}) == "5:e5 4:e4 more");
}

TEST_CASE("J-087 the last event can be fetched alone, and the last of a type", "[read]") {
  scene s;
  std::vector<new_event> batch = events("e", 5);
  batch[1].type = 7;
  batch[2].type = 7;
  REQUIRE(s.append("acct-7", batch).expecting(none()) == stored(5));
  CHECK(s.read("acct-7", {.limit = 1, .order = direction::backward}) == "5:e5 more");

  std::string found;
  const auto page =
      s.log().read(who("acct-7").key, {.order = direction::backward}, [&](const stored_record& r) {
        if (r.event_type != 7) return true;
        found = copy_of(r).name();
        return false;
      });
  REQUIRE(page.has_value());
  CHECK(found == "e3");
  CHECK(page->records == 3);
  CHECK_FALSE(page->end);
}

TEST_CASE("J-089 a page that ends at the head says so and the next one is empty", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-7", {.from = {4}, .limit = 2}) == "4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.from = {6}, .limit = 2}) == "end");
  CHECK(s.read("acct-7", {.from = {4}, .limit = 1}) == "4:e4 more");
}

TEST_CASE("J-090 a page of size zero is refused", "[read]") {
  scene s;
  five_events(s);
  CHECK(s.read("acct-7", {.limit = 0}) == "invalid_argument");
  CHECK(s.scan({.limit = 0}) == "invalid_argument");
  CHECK(s.scan({.window = 0}) == "invalid_argument");
}

TEST_CASE("J-091 a read under way keeps its view and the next one sees more", "[read]") {
  scene s;
  five_events(s);
  std::string seen;
  bool appended = false;
  const auto page = s.log().read(who("acct-7").key, {}, [&](const stored_record& r) {
    if (!appended) {
      appended = true;
      CHECK(s.append("acct-7", {"e6"}).expecting(exact(5)) == stored(6));
    }
    seen += copy_of(r).name() + ' ';
    return true;
  });
  REQUIRE(page.has_value());
  CHECK(page->end);
  CHECK(seen == "e1 e2 e3 e4 e5 ");
  CHECK(s.read("acct-7", {.from = {5}}) == "5:e5 6:e6 end");
}

TEST_CASE("port: a visitor that says no is not asked again", "[read]") {
  scene s;
  five_events(s);
  int calls = 0;
  const auto page = s.log().read(who("acct-7").key, {}, [&](const stored_record&) {
    ++calls;
    return calls < 2;
  });
  REQUIRE(page.has_value());
  CHECK(calls == 2);
  CHECK(page->records == 2);
  CHECK_FALSE(page->end);
}

TEST_CASE("port: a history longer than any chunk is read whole, both ways", "[read]") {
  scene s;
  constexpr std::size_t count = 3000;
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE_FALSE(s.append("acct-7", events(std::string(1, static_cast<char>('a' + i)), count / 3))
                      .expecting(any())
                      .refused());
    s.append_one_by_one("other" + std::to_string(i), {"o"});
  }
  const reading forward = s.read("acct-7");
  const reading backward = s.read("acct-7", {.order = direction::backward});
  REQUIRE(forward.records.size() == count);
  REQUIRE(backward.records.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(forward.records[i].place.value == i + 1);
    REQUIRE(backward.records[i].event == forward.records[count - 1 - i].event);
  }
  const reading middle = s.read("acct-7", {.from = {1001}, .to = {2000}, .limit = 1000});
  REQUIRE(middle.records.size() == 1000);
  CHECK(middle.records.front().name() == "b1");
  CHECK(middle.records.back().name() == "b1000");
  CHECK(middle.page->end);
}

}  // namespace reprise::persistence::conformance
