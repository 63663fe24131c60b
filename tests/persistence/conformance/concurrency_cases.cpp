// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Append and expectation", where appends race, or meet in one commit.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <optional>
#include <set>

namespace reprise::persistence::conformance {
namespace {

std::vector<std::string> sorted_texts(const outcome& one, const outcome& other) {
  std::vector<std::string> texts{one.text(), other.text()};
  std::ranges::sort(texts);
  return texts;
}

/// Every aggregate's sequences must rise by one, whoever wrote them.
void check_dense(const reading& all, std::size_t count) {
  REQUIRE(all.records.size() == count);
  std::set<event_id> ids;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(all.records[i].place.value == i + 1);
    ids.insert(all.records[i].event);
  }
  CHECK(ids.size() == count);
}

}  // namespace

TEST_CASE("J-019 of two concurrent appends with the same exact one is stored", "[concurrency]") {
  scene s;
  // Many rounds, because one alone seldom meets the race.
  for (std::uint64_t round = 0; round < 50; ++round) {
    std::vector<std::optional<ticket>> asked(2);
    at_once(2, [&](std::size_t i) {
      const std::string name = std::to_string(round) + (i == 0 ? "a" : "b");
      asked[i] = s.append("acct-7", {name}).later_expecting(exact(round));
    });
    const std::vector<std::string> wanted{conflict(round + 1), stored(round + 1)};
    CHECK(sorted_texts(asked[0]->answer(), asked[1]->answer()) == wanted);
  }
  check_dense(s.read("acct-7"), 50);
}

TEST_CASE("J-020 a hundred concurrent appends with any are all stored once", "[concurrency]") {
  scene s;
  std::vector<std::optional<ticket>> asked(100);
  at_once(100, [&](std::size_t i) {
    asked[i] = s.append("acct-7", {"e" + std::to_string(i)}).later_expecting(any());
  });
  std::set<std::uint64_t> sequences;
  for (const auto& t : asked) sequences.insert(t->answer().place().sequence.value);
  CHECK(sequences.size() == 100);
  CHECK(*sequences.begin() == 1);
  CHECK(*sequences.rbegin() == 100);
  check_dense(s.read("acct-7"), 100);
}

TEST_CASE("J-021 fifty writers that retry on mismatch store one event each", "[concurrency]") {
  scene s;
  std::atomic<int> unexpected{0};
  at_once(50, [&](std::size_t i) {
    const std::string name = "e" + std::to_string(i);
    for (;;) {
      const result<aggregate_head> head = s.log().head(who("acct-7").key);
      if (!head) {
        ++unexpected;
        return;
      }
      const outcome o = s.append("acct-7", {name}).expecting(exact(head->last.value));
      if (o.is && !o.is->repeated) return;
      if (o.is || o.is.error().code != errc::sequence_conflict) {
        ++unexpected;
        return;
      }
    }
  });
  CHECK(unexpected == 0);
  check_dense(s.read("acct-7"), 50);
}

TEST_CASE("J-026 a wrong expectation fails alone within one commit", "[concurrency]") {
  scene s({.partitions = 3});
  const std::string first = s.id_in(0, "first");
  const std::string other = s.id_in(1, "other");
  const std::string third = s.id_in(0, "third");
  held_commits hold(s);
  const ticket a = s.append(first, {"a1", "a2"}).later_expecting(none());
  const ticket b = s.append(other, {"b1"}).later_expecting(exact(5));
  const ticket c = s.append(third, {"c1"}).later_expecting(none());
  hold.release();
  CHECK(a.answer() == stored(2));
  CHECK(b.answer() == conflict(0));
  CHECK(c.answer() == stored(1));
  CHECK(s.scan({}, 0) == "1:a1 2:a2 3:c1 end");
  CHECK(s.scan({}, 1) == "end");
}

TEST_CASE("J-026 a wrong expectation in the middle of one partition fails alone", "[concurrency]") {
  scene s({.partitions = 2});
  const std::string one = s.id_in(0, "one");
  const std::string two = s.id_in(0, "two");
  held_commits hold(s);
  const ticket a = s.append(one, {"a1"}).later_expecting(none());
  const ticket b = s.append(one, {"b1"}).later_expecting(exact(5));
  const ticket c = s.append(two, {"c1"}).later_expecting(none());
  hold.release();
  CHECK(a.answer() == stored(1));
  CHECK(b.answer() == conflict(1));
  CHECK(c.answer() == stored(1));
  CHECK(s.scan() == "1:a1 2:c1 end");
}

TEST_CASE("J-027 an append may rest on another one of the same commit", "[concurrency]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  s.append_one_by_one(acct, {"e1", "e2", "e3", "e4"});
  held_commits hold(s);
  const ticket five = s.append(acct, {"e5"}).later_expecting(exact(4));
  const ticket six = s.append(acct, {"e6"}).later_expecting(exact(5));
  hold.release();
  CHECK(five.answer() == stored(5));
  CHECK(six.answer() == stored(6));
  CHECK(s.history(acct) == "1:e1 2:e2 3:e3 4:e4 5:e5 6:e6");
}

TEST_CASE("J-027 of two equal expectations in one commit the first wins", "[concurrency]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  s.append_one_by_one(acct, {"e1", "e2", "e3", "e4"});
  held_commits hold(s);
  const ticket one = s.append(acct, {"e5"}).later_expecting(exact(4));
  const ticket two = s.append(acct, {"x5"}).later_expecting(exact(4));
  hold.release();
  CHECK(one.answer() == stored(5));
  CHECK(two.answer() == conflict(5));
  CHECK(s.history(acct) == "1:e1 2:e2 3:e3 4:e4 5:e5");
}

TEST_CASE("port: nothing is readable before it is committed", "[concurrency]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  s.append_one_by_one(acct, {"e1"});
  held_commits hold(s);
  const ticket t = s.append(acct, {"e2"}).later_expecting(exact(1));
  CHECK_FALSE(t.answered());
  CHECK(s.head(acct).last == sequence{1});
  CHECK(s.committed() == 1);
  CHECK(s.read(acct) == "1:e1 end");
  CHECK(s.scan() == "1:e1 end");
  CHECK(s.first_at_or_after(at_second(100)) == position{2});
  hold.release();
  CHECK(t.answer() == stored(2));
  CHECK(s.read(acct) == "1:e1 2:e2 end");
}

TEST_CASE("port: answers of one partition come in the order of its appends", "[concurrency]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  const std::string other = s.id_in(0, "other");
  held_commits hold(s);
  std::vector<ticket> asked;
  asked.push_back(s.append(acct, {"e1"}).later_expecting(none()));
  // Each of these rests on e1, which may yet be lost, or stands behind one that does.
  asked.push_back(s.append(acct, {"x"}).later_expecting(none()));
  asked.push_back(s.append(acct, {"e1"}).later_expecting(none()));
  asked.push_back(s.append(other, {"y"}).later_expecting(exists()));
  asked.push_back(s.append(acct, std::vector<new_event>{}).later_expecting(exact(1)));
  asked.push_back(s.append(acct, {"e2"}).later_expecting(exact(1)));
  for (const ticket& t : asked) CHECK_FALSE(t.answered());
  hold.release();
  CHECK(asked[0].answer() == stored(1));
  CHECK(asked[1].answer() == conflict(1));
  CHECK(asked[2].answer() == repeated(1));
  CHECK(asked[3].answer() == conflict(0));
  CHECK(asked[4].answer() == stored(1));
  CHECK(asked[5].answer() == stored(2));
  std::vector<std::uint64_t> mine;
  for (const std::uint64_t tag : s.order_of_arrival()) {
    if (tag >= asked.front().tag()) mine.push_back(tag);
  }
  CHECK(std::ranges::is_sorted(mine));
  CHECK(mine.size() == asked.size());
}

}  // namespace reprise::persistence::conformance
