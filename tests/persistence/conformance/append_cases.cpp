// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Append and expectation", without concurrency.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

namespace reprise::persistence::conformance {

TEST_CASE("J-001 a fresh aggregate takes its first event with none", "[append]") {
  scene s;
  CHECK(s.append("acct-7", {"e1"}).expecting(none()) == stored(1));
  CHECK(s.read("acct-7") == "1:e1 end");
}

TEST_CASE("J-002 a fresh aggregate takes its first event with any", "[append]") {
  scene s;
  CHECK(s.append("acct-7", {"e1"}).expecting(any()) == stored(1));
  CHECK(s.read("acct-7") == "1:e1 end");
}

TEST_CASE("J-004 a fresh aggregate refuses exists", "[append]") {
  scene s;
  CHECK(s.append("acct-7", {"e1"}).expecting(exists()) == conflict(0));
  CHECK(s.committed() == 0);
  CHECK(s.history("acct-7") == "not_found");
}

TEST_CASE("J-005 a fresh aggregate refuses exact(3)", "[append]") {
  scene s;
  CHECK(s.append("acct-7", {"e1"}).expecting(exact(3)) == conflict(0));
  CHECK(s.committed() == 0);
  CHECK(s.history("acct-7") == "not_found");
}

TEST_CASE("J-006 an aggregate with events refuses none and says where it is", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {"x"}).expecting(none()) == conflict(2));
  CHECK(s.append("acct-7", {"x"}).expecting(exact(0)) == conflict(2));
  CHECK(s.committed() == 2);
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("J-007 a matching exact appends", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {"e3"}).expecting(exact(2)) == stored(3));
  CHECK(s.history("acct-7") == "1:e1 2:e2 3:e3");
}

TEST_CASE("J-009 an exact above the head is refused for a new event", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {"e3"}).expecting(exact(3)) == conflict(2));
  CHECK(s.committed() == 2);
}

TEST_CASE("J-010 any appends a new event to what is there", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {"e3"}).expecting(any()) == stored(3));
  CHECK(s.history("acct-7") == "1:e1 2:e2 3:e3");
}

TEST_CASE("J-011 exists appends one event and then a batch", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {"e3"}).expecting(exists()) == stored(3));
  CHECK(s.append("acct-7", {"e4", "e5", "e6"}).expecting(exists()) == stored(6));
  CHECK(s.history("acct-7") == "1:e1 2:e2 3:e3 4:e4 5:e5 6:e6");
}

TEST_CASE("J-012 an empty batch whose expectation holds uses no number", "[append]") {
  scene s;
  const std::vector<new_event> nothing;
  CHECK(s.append("fresh", nothing).expecting(none()) == stored(0));
  CHECK(s.append("fresh", nothing).expecting(any()) == stored(0));
  CHECK(s.history("fresh") == "not_found");

  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", nothing).expecting(any()) == stored(2));
  CHECK(s.append("acct-7", nothing).expecting(exists()) == stored(2));
  const outcome last = s.append("acct-7", nothing).expecting(exact(2));
  CHECK(last == stored(2));
  CHECK(last.place().at == position{2});
  CHECK(s.committed() == 2);
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("J-014 the receipt is where a later read finds the last event", "[append]") {
  scene s;
  s.append_one_by_one("other", {"o1"});
  const receipt got = s.append("acct-7", {"e1", "e2", "e3"}).expecting(none()).place();
  const reading later = s.read("acct-7");
  REQUIRE(later.records.size() == 3);
  CHECK(got.sequence == later.records.back().place);
  CHECK(got.at == later.records.back().at);
  CHECK(got.partition == later.records.back().partition);
  CHECK(s.head("acct-7").last == got.sequence);
  CHECK(s.head("acct-7").at == got.at);
}

TEST_CASE("J-015 a batch of 100 events stays together and in order", "[append]") {
  scene s;
  s.append_one_by_one("before", {"b1"});
  CHECK(s.append("acct-7", events("e", 100)).expecting(none()) == stored(100));
  s.append_one_by_one("after", {"a1"});
  const reading all = s.read("acct-7");
  REQUIRE(all.records.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(all.records[i].name() == "e" + std::to_string(i + 1));
    CHECK(all.records[i].place.value == i + 1);
    CHECK(all.records[i].at.value == i + 2);
  }
}

TEST_CASE("J-016 two aggregates written in turn have their own sequences", "[append]") {
  scene s;
  for (std::uint64_t i = 0; i < 5; ++i) {
    const std::string n = std::to_string(i + 1);
    const receipt a = s.append("a", {"a" + n}).expecting(exact(i)).place();
    const receipt b = s.append("b", {"b" + n}).expecting(exact(i)).place();
    CHECK(a.at.value == 2 * i + 1);
    CHECK(b.at.value == 2 * i + 2);
  }
  CHECK(s.history("a") == "1:a1 2:a2 3:a3 4:a4 5:a5");
  CHECK(s.history("b") == "1:b1 2:b2 3:b3 4:b4 5:b5");
  CHECK(s.scan() == "1:a1 2:b1 3:a2 4:b2 5:a3 6:b3 7:a4 8:b4 9:a5 10:b5 end");
}

TEST_CASE("J-017 a refused append leaves end and head as they were", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  const aggregate_head before = s.head("acct-7");
  CHECK(s.append("acct-7", {"x1", "x2"}).expecting(exact(1)) == conflict(2));
  CHECK(s.append("acct-7", {"x1"}).expecting(none()) == conflict(2));
  CHECK(s.head("acct-7") == before);
  CHECK(s.committed() == 2);
  const outcome next = s.append("acct-7", {"e3"}).expecting(exact(2));
  CHECK(next == stored(3));
  CHECK(next.place().at == position{3});
}

TEST_CASE("J-022 heads above 2^31 and above 2^32 work everywhere", "[append]") {
  const std::uint64_t seed =
      GENERATE(std::uint64_t{1} << 31U, std::uint64_t{1} << 32U, (std::uint64_t{1} << 40U) + 12345);
  CAPTURE(seed);
  scene s;
  append_request import;
  import.aggregate = who("acct-7").key;
  import.expected = none();
  import.events = {event("e1"), event("e2")};
  import.time = at_second(0);
  import.first_sequence = {seed};
  CHECK(s.send(import).answer() == stored(seed + 1));
  CHECK(s.head("acct-7").last.value == seed + 1);
  CHECK(s.append("acct-7", {"x"}).expecting(exact(seed)) == conflict(seed + 1));
  CHECK(s.append("acct-7", {"e3"}).expecting(exact(seed + 1)) == stored(seed + 2));

  const std::string all = std::to_string(seed) + ":e1 " + std::to_string(seed + 1) + ":e2 " +
                          std::to_string(seed + 2) + ":e3";
  CHECK(s.read("acct-7", {.from = {seed}}) == all + " end");
  CHECK(s.read("acct-7", {.from = {seed + 2}}) == std::to_string(seed + 2) + ":e3 end");
  // What a subscription sees.
  CHECK(s.scan() == "1:e1 2:e2 3:e3 end");
  CHECK(s.scan().records.back().place.value == seed + 2);

  const snapshot taken{.at = {seed + 2}, .place = {3}, .time = at_second(1)};
  REQUIRE(s.snapshots().save(who("acct-7").key, taken, 0).has_value());
  const auto loaded = s.snapshots().load(who("acct-7").key, {.from = {seed + 2}});
  REQUIRE(loaded.has_value());
  CHECK(*loaded == taken);
}

TEST_CASE("J-025 an id that is a prefix of another id never sees the other's events", "[append]") {
  scene s;
  s.append_one_by_one("acct", {"a1"});
  s.append_one_by_one("acct-7", {"b1", "b2"});
  s.append_one_by_one("acct-70", {"c1", "c2", "c3"});
  CHECK(s.history("acct") == "1:a1");
  CHECK(s.history("acct-7") == "1:b1 2:b2");
  CHECK(s.history("acct-70") == "1:c1 2:c2 3:c3");
  CHECK(s.history("acc") == "not_found");
  // The rest of the id may not slip into the tenant either, nor the other way round.
  s.append_one_by_one(aggregate_key{account_type, "ab", "c"}, {"d1"});
  CHECK(s.history(aggregate_key{account_type, "a", "bc"}) == "not_found");
  CHECK(s.history(aggregate_key{order_type, "ab", "c"}) == "not_found");
  CHECK(s.history("c") == "not_found");
}

TEST_CASE("J-029 ids, headers and time come back byte for byte", "[append]") {
  scene s;
  append_request full;
  full.aggregate = {order_type, "tenant", "o-1"};
  full.expected = none();
  full.time = timestamp(std::chrono::microseconds(-1'234'567));
  full.command = {id_of("the command").value};
  full.command_hash = 0xfedc'ba98'7654'3210;
  full.correlation = {id_of("the conversation").value};
  full.headers = {{"user", "k\xc3\xa4the"}, {"", ""}, {"user", std::string("\0\xff", 2)}};
  full.events = {event("e1"), event("e2")};
  full.events[0].type = 0xffff'ffff;
  full.events[0].tags = {{"city", "Z\xc3\xbcrich"}, {"empty", ""}};
  full.events[1].type = 0;
  REQUIRE(s.send(full).answer() == stored(2));

  for (const auto& records : {s.read(full.aggregate).records, s.scan().records}) {
    REQUIRE(records.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CAPTURE(i);
      const seen_record& r = records[i];
      CHECK(r.aggregate == full.aggregate);
      CHECK(r.event == full.events[i].id);
      CHECK(r.event_type == full.events[i].type);
      CHECK(r.tags == full.events[i].tags);
      CHECK(r.payload == full.events[i].payload);
      CHECK(r.time == full.time);
      CHECK(r.command == full.command);
      CHECK(r.command_hash == full.command_hash);
      CHECK(r.correlation == full.correlation);
      CHECK(r.headers == full.headers);
      CHECK(r.previous.value == i);
    }
  }
}

TEST_CASE("J-029 ids that were left empty come back empty", "[append]") {
  scene s;
  REQUIRE(s.append("acct-7", {"e1"}).expecting(none()) == stored(1));
  const reading got = s.read("acct-7");
  REQUIRE(got.records.size() == 1);
  CHECK(got.records[0].command.empty());
  CHECK(got.records[0].command_hash == 0);
  CHECK(got.records[0].correlation.empty());
  CHECK(got.records[0].headers.empty());
  CHECK(got.records[0].tags.empty());
}

TEST_CASE("J-031 an event that no record can hold makes the whole batch fail", "[append]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1"});
  // A tag name that is longer than any length field of a record.
  new_event impossible = event("x2");
  impossible.tags = {{std::string(std::size_t{8} << 20U, 'n'), "v"}};
  append_request whole;
  whole.aggregate = who("acct-7").key;
  whole.expected = exact(1);
  whole.time = at_second(0);
  whole.command = {id_of("the command").value};
  whole.events = {event("x1"), impossible, event("x3")};
  CHECK(s.send(whole).answer().refused());
  CHECK(s.head("acct-7").last == sequence{1});
  CHECK(s.committed() == 1);
  CHECK(s.scan() == "1:e1 end");
  CHECK(s.append("acct-7", {"x1"}).expecting(exact(1)) == stored(2));
}

}  // namespace reprise::persistence::conformance
