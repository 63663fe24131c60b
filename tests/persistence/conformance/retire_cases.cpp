// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Deletion, truncation, tombstones".

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <optional>

namespace reprise::persistence::conformance {
namespace {

/// Of two answers one must be the first text and one the second, in any order.
bool one_of_each(const outcome& a, const outcome& b, const std::string& first,
                 const std::string& second) {
  return (a == first && b == second) || (a == second && b == first);
}

}  // namespace

TEST_CASE("J-119 truncation never lowers the head", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3"});
  REQUIRE_FALSE(s.truncate("acct-7", 3).refused());
  CHECK(s.head("acct-7").last == sequence{3});
  CHECK(s.head("acct-7").first_readable == sequence{3});
  CHECK(s.append("acct-7", {"e4"}).expecting(exact(3)) == stored(4));
  CHECK(s.history("acct-7") == "3:e3 4:e4");
}

TEST_CASE("J-120 truncating everything keeps the head", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3"});
  REQUIRE_FALSE(s.truncate("acct-7", 4).refused());
  CHECK(s.head("acct-7").last == sequence{3});
  CHECK(s.head("acct-7").is == aggregate_head::state::live);
  CHECK(s.append("acct-7", {"e4"}).expecting(exact(3)) == stored(4));
  CHECK(s.history("acct-7") == "4:e4");
}

TEST_CASE("J-121 bounds around the truncated prefix", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3", "e4", "e5"});
  REQUIRE_FALSE(s.truncate("acct-7", 3).refused());  // truncated to 2
  CHECK(s.read("acct-7", {.from = {2}}) == "3:e3 4:e4 5:e5 end");
  CHECK(s.read("acct-7", {.from = {3}}) == "3:e3 4:e4 5:e5 end");
  // Nothing, and not an empty success: the port names what happened and where history begins.
  CHECK(s.read("acct-7", {.to = {2}}) == "history_gone 3");
  CHECK(s.read("acct-7", {.to = {2}, .order = direction::backward}) == "history_gone 3");
}

TEST_CASE("J-122 a range over the truncated prefix gives only the survivors", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3", "e4", "e5"});
  REQUIRE_FALSE(s.truncate("acct-7", 3).refused());
  CHECK(s.read("acct-7", {.from = {1}, .to = {4}}) == "3:e3 4:e4 end");
  CHECK(s.read("acct-7", {.from = {1}, .to = {4}, .order = direction::backward}) ==
        "4:e4 3:e3 end");
  CHECK(s.read("acct-7", {.from = {1}, .limit = 1}) == "3:e3 more");
}

TEST_CASE("J-126 a soft delete heeds its expectation", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.remove("acct-7", exact(1)) == conflict(2));
  CHECK(s.remove("acct-7", none()) == conflict(2));
  CHECK(s.read("acct-7") == "1:e1 2:e2 end");
  CHECK_FALSE(s.remove("acct-7", exact(2)).refused());
  CHECK(s.read("acct-7") == "deleted");
  CHECK(s.remove("acct-7", exact(2)) == refused(errc::deleted));
  CHECK(s.remove("acct-7", any()) == refused(errc::deleted));
}

TEST_CASE("J-126 deleting what never existed stores no event", "[retire]") {
  scene s;
  CHECK(s.remove("acct-7", exists()) == conflict(0));
  CHECK_FALSE(s.remove("acct-7", any()).refused());
  const scanning all = s.scan();
  CHECK(std::ranges::none_of(all.records,
                             [](const seen_record& r) { return r.kind == record_kind::event; }));
  CHECK(s.append("acct-7", {"e1"}).expecting(none()) == stored(1));
  CHECK(s.history("acct-7") == "1:e1");
}

TEST_CASE("J-127 of two reopenings with none one wins", "[retire]") {
  scene s;
  for (int round = 0; round < 20; ++round) {
    const std::string id = "acct-" + std::to_string(round);
    s.append_one_by_one(id, {"e1", "e2"});
    REQUIRE_FALSE(s.remove(id, any()).refused());
    std::vector<std::optional<ticket>> asked(2);
    at_once(2, [&](std::size_t i) {
      asked[i] = s.append(id, {i == 0 ? "a" : "b"}).later_expecting(none());
    });
    CHECK(one_of_each(asked[0]->answer(), asked[1]->answer(), stored(3), conflict(3)));
  }
}

TEST_CASE("J-127 of two reopenings with any both append", "[retire]") {
  scene s;
  for (int round = 0; round < 20; ++round) {
    const std::string id = "acct-" + std::to_string(round);
    s.append_one_by_one(id, {"e1", "e2"});
    REQUIRE_FALSE(s.remove(id, any()).refused());
    std::vector<std::optional<ticket>> asked(2);
    at_once(2, [&](std::size_t i) {
      asked[i] = s.append(id, {i == 0 ? "a" : "b"}).later_expecting(any());
    });
    CHECK(one_of_each(asked[0]->answer(), asked[1]->answer(), stored(3), stored(4)));
  }
}

TEST_CASE("J-129 readers of the partition see a tombstone as a kind of its own", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  s.append_one_by_one("acct-8", {"f1"});
  REQUIRE_FALSE(s.truncate("acct-7", 2).refused());
  REQUIRE_FALSE(s.close_for_ever("acct-7", exact(2)).refused());
  REQUIRE_FALSE(s.remove("acct-8", any()).refused());
  const scanning all = s.scan();
  CHECK(all == "1:e1 2:e2 3:f1 4:truncation 5:tombstone 6:deletion end");
  CHECK(all.records[4].aggregate == who("acct-7").key);
  CHECK(all.records[4].kind == record_kind::tombstone);
  CHECK(all.records[5].aggregate == who("acct-8").key);
  CHECK(s.committed() == 6);
}

TEST_CASE("J-130 an append that waits and a deletion agree on their order", "[retire]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  s.append_one_by_one(acct, {"e1"});
  held_commits hold(s);
  const ticket two = s.append(acct, {"e2"}).later_expecting(exact(1));
  const ticket wrong = s.send_retire(acct, record_kind::deletion, exact(1));
  const ticket right = s.send_retire(acct, record_kind::deletion, exact(2));
  const ticket late = s.append(acct, {"e3"}).later_expecting(exact(2));
  hold.release();
  CHECK(two.answer() == stored(2));
  CHECK(wrong.answer() == conflict(2));
  CHECK_FALSE(right.answer().refused());
  CHECK(late.answer() == refused(errc::deleted));
  CHECK(s.read(acct) == "deleted");
  CHECK(s.head(acct).last == sequence{2});
}

TEST_CASE("J-130 a racing append and deletion agree on their order", "[retire]") {
  scene s;
  for (int round = 0; round < 50; ++round) {
    const std::string id = "acct-" + std::to_string(round);
    s.append_one_by_one(id, {"e1"});
    std::vector<std::optional<ticket>> asked(2);
    at_once(2, [&](std::size_t i) {
      asked[i] = i == 0 ? s.append(id, {"e2"}).later_expecting(exact(1))
                        : s.send_retire(id, record_kind::deletion, exact(1));
    });
    const outcome append = asked[0]->answer();
    const outcome deletion = asked[1]->answer();
    if (append.refused()) {
      CHECK(append == refused(errc::deleted));
      CHECK_FALSE(deletion.refused());
      CHECK(s.history(id) == "deleted");
    } else {
      CHECK(append == stored(2));
      CHECK(deletion == conflict(2));
      CHECK(s.history(id) == "1:e1 2:e2");
    }
  }
}

TEST_CASE("port: a truncation never gives back what an earlier one hid", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3", "e4"});
  REQUIRE_FALSE(s.truncate("acct-7", 4).refused());
  static_cast<void>(s.truncate("acct-7", 2));
  CHECK(s.history("acct-7") == "4:e4");
  CHECK(s.head("acct-7").first_readable == sequence{4});
}

TEST_CASE("port: a truncation cannot reach beyond the head", "[retire]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  static_cast<void>(s.truncate("acct-7", 50));
  // Whatever it answered, the next event must be readable.
  CHECK(s.append("acct-7", {"e3"}).expecting(exact(2)) == stored(3));
  CHECK(s.read("acct-7", {.from = {3}}) == "3:e3 end");
}

}  // namespace reprise::persistence::conformance
