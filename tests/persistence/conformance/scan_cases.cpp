// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Reading by partition position and by type".

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace reprise::persistence::conformance {
namespace {

/// Ten records, of which acct-1's are at 1, 4, 7 and 10.
void ten_records(scene& s) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    const std::string id = "acct-" + std::to_string(i % 3 + 1);
    const std::string name = "r" + std::to_string(i + 1);
    REQUIRE(s.append(id, {name}).expecting(any()) == stored(i / 3 + 1));
  }
}

/// Scans page by page, going on where each page says, until the end.
std::string in_pages(const scene& s, partition_range range) {
  std::string all;
  for (int pages = 0; pages < 100; ++pages) {
    const scanning page = s.scan(range);
    const partition_page ended = page.ended();
    for (const seen_record& r : page.records) all += r.name() + ' ';
    if (ended.end) return all + "end";
    range.from = ended.next;
  }
  return all + "never ended";
}

}  // namespace

TEST_CASE("J-094 a scan goes on behind the last position seen", "[scan]") {
  scene s;
  ten_records(s);
  const scanning first = s.scan({.limit = 4});
  CHECK(first == "1:r1 2:r2 3:r3 4:r4 more");
  CHECK(first.ended().next == position{5});
  CHECK(s.scan({.from = {5}}) == "5:r5 6:r6 7:r7 8:r8 9:r9 10:r10 end");
  CHECK(s.scan({.from = {5}}).ended().next == position{11});
  CHECK(in_pages(s, {.limit = 3}) == "r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 end");
  CHECK(s.scan({.from = {9}, .limit = 2}) == "9:r9 10:r10 end");
}

TEST_CASE("J-095 a backward scan is the exact reverse of the forward one", "[scan]") {
  scene s;
  ten_records(s);
  const partition_range backward{.from = {10}, .order = direction::backward};
  CHECK(s.scan(backward) == "10:r10 9:r9 8:r8 7:r7 6:r6 5:r5 4:r4 3:r3 2:r2 1:r1 end");
  CHECK(s.scan(backward).ended().next == position{0});
  CHECK(in_pages(s, {.from = {10}, .limit = 3, .order = direction::backward}) ==
        "r10 r9 r8 r7 r6 r5 r4 r3 r2 r1 end");
  CHECK(s.scan({.from = {99}, .limit = 2, .order = direction::backward}) == "10:r10 9:r9 more");
}

TEST_CASE("J-096 a scan from beyond the end gives none and the present end", "[scan]") {
  scene s;
  CHECK(s.scan() == "end");
  CHECK(s.scan().ended().last == position{0});
  ten_records(s);
  for (const std::uint64_t from : {11U, 12U, 1000U}) {
    const scanning beyond = s.scan({.from = {from}});
    CHECK(beyond == "end");
    CHECK(beyond.ended().last == position{10});
  }
  CHECK(s.scan({.from = {3}, .limit = 1}).ended().last == position{10});
}

TEST_CASE("J-097 no record of another batch lies within a batch", "[scan]") {
  scene s;
  constexpr std::size_t writers = 8;
  constexpr std::size_t rounds = 20;
  constexpr std::size_t batch = 5;
  std::vector<std::vector<ticket>> asked(writers);
  at_once(writers, [&](std::size_t w) {
    for (std::size_t r = 0; r < rounds; ++r) {
      const std::string prefix = std::to_string(w) + "/" + std::to_string(r) + "/";
      asked[w].push_back(
          s.append("acct-" + std::to_string(w % 3), events(prefix, batch)).later_expecting(any()));
    }
  });
  for (const auto& of_writer : asked) {
    for (const ticket& t : of_writer) REQUIRE_FALSE(t.answer().refused());
  }
  const scanning all = s.scan();
  REQUIRE(all.records.size() == writers * rounds * batch);
  for (std::size_t i = 0; i < all.records.size(); ++i) {
    CHECK(all.records[i].at.value == i + 1);
    const std::string name = all.records[i].name();
    const std::string start = all.records[i - i % batch].name();
    CHECK(name.substr(0, name.rfind('/')) == start.substr(0, start.rfind('/')));
    CHECK(name.substr(name.rfind('/')) == "/" + std::to_string(i % batch + 1));
  }
}

TEST_CASE("J-099 filters give exactly the matching records", "[scan]") {
  scene s;
  const auto put = [&](aggregate_type_id type, const char* id, const char* name,
                       std::uint32_t event_type) {
    new_event e = event(name);
    e.type = event_type;
    REQUIRE_FALSE(s.append(aggregate_key{type, "", id}, {e}).expecting(any()).refused());
  };
  put(account_type, "eu-1", "a1", 1);
  put(order_type, "eu-1", "o1", 1);
  put(account_type, "us-1", "a2", 2);
  put(order_type, "us-1", "o2", 2);
  put(account_type, "eu-2", "a3", 3);
  REQUIRE_FALSE(s.remove("eu-2", any()).refused());
  put(account_type, "e", "a4", 0);

  CHECK(s.scan({.filter = {.types = {order_type}}}) == "2:o1 4:o2 end");
  CHECK(s.scan({.filter = {.types = {account_type}}}) == "1:a1 3:a2 5:a3 6:deletion 7:a4 end");
  CHECK(s.scan({.filter = {.types = {order_type, account_type}}}).records.size() == 7);
  CHECK(s.scan({.filter = {.types = {aggregate_type_id{77}}}}) == "end");
  CHECK(s.scan({.filter = {.id_prefix = "eu-"}}) == "1:a1 2:o1 5:a3 6:deletion end");
  CHECK(s.scan({.filter = {.events = {{account_type, 1}}}}) == "1:a1 end");
  // A deletion is no event, also not of type 0.
  CHECK(s.scan({.filter = {.events = {{account_type, 0}}}}) == "7:a4 end");
  CHECK(s.scan({.filter = {.events = {{account_type, 2}, {order_type, 1}, {account_type, 3}}}}) ==
        "2:o1 3:a2 5:a3 end");
  CHECK(s.scan({.filter = {.types = {account_type}, .id_prefix = "us-"}}) == "3:a2 end");
  CHECK(s.scan({.from = {99}, .order = direction::backward, .filter = {.types = {order_type}}}) ==
        "4:o2 2:o1 end");
}

TEST_CASE("J-100 a search window stops at a place from which to go on", "[scan]") {
  scene s;
  ten_records(s);
  const record_filter of_one{.id_prefix = "acct-1"};
  const scanning first = s.scan({.window = 4, .filter = of_one});
  CHECK(first == "1:r1 4:r4 more");
  CHECK(first.ended().next == position{5});
  const scanning nothing = s.scan({.from = {5}, .window = 2, .filter = of_one});
  CHECK(nothing == "more");
  CHECK(nothing.ended().next == position{7});
  for (std::uint64_t window = 1; window <= 11; ++window) {
    CAPTURE(window);
    CHECK(in_pages(s, {.window = window, .filter = of_one}) == "r1 r4 r7 r10 end");
    CHECK(in_pages(s, {.limit = 1, .window = window, .filter = of_one}) == "r1 r4 r7 r10 end");
    CHECK(
        in_pages(
            s, {.from = {10}, .window = window, .order = direction::backward, .filter = of_one}) ==
        "r10 r7 r4 r1 end");
  }
}

TEST_CASE("J-101 a category over all partitions goes on at a vector of positions", "[scan]") {
  scene s({.partitions = 4});
  REQUIRE(s.log().partitions() == 4);
  std::vector<std::string> wanted(4);
  for (std::uint32_t p = 0; p < 4; ++p) {
    for (int i = 0; i < 5; ++i) {
      const std::string name = std::to_string(p) + "/" + std::to_string(i);
      REQUIRE(s.append(s.id_in(p, name), {name}).expecting(none()) == stored(1));
      wanted[p] += name + ' ';
    }
  }
  // Something of another type in every partition.
  for (int i = 0; i < 20; ++i) {
    const aggregate_key noise{order_type, "", "o-" + std::to_string(i)};
    REQUIRE(s.append(noise, {"noise"}).expecting(none()) == stored(1));
  }

  std::vector<position> cursor(4, position{1});
  std::vector<std::string> seen(4);
  // Two records of every partition in turn, going on where each one stopped.
  for (int turn = 0; turn < 20; ++turn) {
    for (std::uint32_t p = 0; p < 4; ++p) {
      const scanning page =
          s.scan({.from = cursor[p], .limit = 2, .filter = {.types = {account_type}}}, p);
      for (const seen_record& r : page.records) {
        CHECK(r.partition.value == p);
        seen[p] += r.name() + ' ';
      }
      cursor[p] = page.ended().next;
    }
  }
  CHECK(seen == wanted);
}

TEST_CASE("J-102 the first position at or after a time is found", "[scan]") {
  scene s;
  CHECK(s.first_at_or_after(at_second(0)) == position{1});
  for (const std::int64_t second : {10, 20, 20, 30}) {
    append_request request;
    request.aggregate = who("acct-7").key;
    request.events = {event("e" + std::to_string(s.committed()))};
    request.time = at_second(second);
    REQUIRE_FALSE(s.send(request).answer().refused());
  }
  CHECK(s.first_at_or_after(at_second(5)) == position{1});
  CHECK(s.first_at_or_after(at_second(10)) == position{1});
  CHECK(s.first_at_or_after(at_second(11)) == position{2});
  CHECK(s.first_at_or_after(at_second(20)) == position{2});
  CHECK(s.first_at_or_after(at_second(21)) == position{4});
  CHECK(s.first_at_or_after(at_second(30)) == position{4});
  CHECK(s.first_at_or_after(at_second(31)) == position{5});
  CHECK(s.first_at_or_after(timestamp::min()) == position{1});
  CHECK(s.first_at_or_after(timestamp::max()) == position{5});
}

TEST_CASE("J-102 a time is found among thousands of records", "[scan]") {
  scene s;
  // 40 batches of 100 records, one second apart.
  for (int i = 0; i < 40; ++i) {
    append_request request;
    request.aggregate = who("acct-" + std::to_string(i % 7)).key;
    request.events = events(std::to_string(i) + "/", 100);
    request.time = at_second(i);
    REQUIRE_FALSE(s.send(request).answer().refused());
  }
  for (std::uint64_t i = 0; i < 40; ++i) {
    CHECK(s.first_at_or_after(at_second(static_cast<std::int64_t>(i))).value == i * 100 + 1);
  }
  CHECK(s.first_at_or_after(at_second(40)).value == 4001);
}

TEST_CASE("port: times within a partition never decrease", "[scan]") {
  scene s;
  for (const std::int64_t second : {30, 10, 40, 20}) {
    append_request request;
    request.aggregate = who("acct-" + std::to_string(second)).key;
    request.events = {event("e")};
    request.time = at_second(second);
    REQUIRE_FALSE(s.send(request).answer().refused());
  }
  const scanning all = s.scan();
  CHECK(std::ranges::is_sorted(all.records, {}, &seen_record::time));
  CHECK(s.first_at_or_after(at_second(31)) == position{3});
}

TEST_CASE("port: an aggregate lives in the partition that the key says", "[scan]") {
  scene s({.partitions = 4});
  for (int i = 0; i < 20; ++i) {
    const std::string id = "acct-" + std::to_string(i);
    const partition_id partition = s.log().partition_of(who(id).key);
    REQUIRE(partition.value < 4);
    CHECK(s.append(id, {"e1"}).expecting(none()).place().partition == partition);
    const scanning last = s.scan({.from = {s.committed(partition.value)}}, partition.value);
    REQUIRE(last.records.size() == 1);
    CHECK(last.records[0].aggregate == who(id).key);
  }
}

TEST_CASE("port: a partition that does not exist is refused", "[scan]") {
  scene s({.partitions = 4});
  CHECK(s.scan({}, 4) == "invalid_argument");
  CHECK_FALSE(s.log().first_at_or_after({4}, at_second(0)).has_value());
}

}  // namespace reprise::persistence::conformance
