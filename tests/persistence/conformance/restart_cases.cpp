// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Restart and crash", and what other chapters ask of a journal that outlives its process.
// For journals on disk.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence::conformance {

TEST_CASE("port: everything acknowledged is there after a restart", "[restart]") {
  scene s({.partitions = 4});
  s.append_one_by_one("live", {"e1", "e2"});
  s.append_one_by_one("gone", {"g1"});
  s.append_one_by_one("again", {"a1", "a2"});
  s.append_one_by_one("closed", {"c1"});
  s.append_one_by_one("short", {"s1", "s2", "s3"});
  REQUIRE_FALSE(s.remove("gone", any()).refused());
  REQUIRE_FALSE(s.remove("again", any()).refused());
  REQUIRE(s.append("again", {"a3"}).expecting(none()) == stored(3));
  REQUIRE_FALSE(s.close_for_ever("closed", any()).refused());
  REQUIRE_FALSE(s.truncate("short", 3).refused());
  const std::vector<std::string> ids{"live", "gone", "again", "closed", "short", "never"};
  std::vector<aggregate_head> heads;
  std::vector<std::string> histories;
  for (const std::string& id : ids) {
    heads.push_back(s.head(id));
    histories.push_back(s.history(id));
  }
  std::vector<std::string> scans;
  for (std::uint32_t p = 0; p < 4; ++p) scans.push_back(s.scan({}, p).text());

  for (int restart = 0; restart < 2; ++restart) {
    CAPTURE(restart);
    s.reopen();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      CAPTURE(ids[i]);
      CHECK(s.head(ids[i]) == heads[i]);
      CHECK(s.history(ids[i]) == histories[i]);
    }
    for (std::uint32_t p = 0; p < 4; ++p) CHECK(s.scan({}, p) == scans[p]);
  }
  CHECK(s.append("live", {"e3"}).expecting(exact(2)) == stored(3));
  CHECK(s.append("gone", {"g2"}).expecting(exact(1)) == refused(errc::deleted));
  CHECK(s.append("gone", {"g2"}).expecting(none()) == stored(2));
  CHECK(s.append("closed", {"c2"}).expecting(any()) == refused(errc::tombstoned));
}

TEST_CASE("port: snapshots are there after a restart", "[restart]") {
  scene s;
  const snapshot taken{.at = {3}, .place = {5}, .time = at_second(1), .state = bytes(100)};
  REQUIRE(s.snapshots().save(who("acct-7").key, taken, 0).has_value());
  s.reopen();
  const auto loaded = s.snapshots().load(who("acct-7").key, {});
  REQUIRE(loaded.has_value());
  CHECK(*loaded == taken);
}

TEST_CASE("J-066 event ids are remembered across a restart", "[restart]") {
  scene s;
  const receipt first = s.append("none", {"n1", "n2"}).expecting(none()).place();
  const receipt second = s.append("any", {"a1"}).expecting(any()).place();
  s.append_one_by_one("exact", {"x1"});
  const receipt third = s.append("exact", {"x2"}).expecting(exact(1)).place();
  s.reopen();
  const outcome with_none = s.append("none", {"n1", "n2"}).expecting(none());
  const outcome with_any = s.append("any", {"a1"}).expecting(any());
  const outcome with_exact = s.append("exact", {"x2"}).expecting(exact(1));
  CHECK(with_none == repeated(2));
  CHECK(with_none.place() == first);
  CHECK(with_any == repeated(1));
  CHECK(with_any.place() == second);
  CHECK(with_exact == repeated(2));
  CHECK(with_exact.place() == third);
  CHECK(s.append("none", {"n1", "x"}).expecting(none()) == refused(errc::inconsistent_retry));
  CHECK(s.committed() == 5);
}

TEST_CASE("J-120 after truncating everything a restart goes on at the head", "[restart]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3"});
  REQUIRE_FALSE(s.truncate("acct-7", 4).refused());
  s.reopen();
  CHECK(s.head("acct-7").last == sequence{3});
  CHECK(s.append("acct-7", {"e4"}).expecting(exact(3)) == stored(4));
  CHECK(s.history("acct-7") == "4:e4");
}

TEST_CASE("J-144 a million events do not slow down the last one", "[restart][large]") {
  constexpr std::uint64_t total = 1'000'000;
  constexpr std::uint64_t batch = 4000;
  scene s;
  std::vector<ticket> asked;
  for (std::uint64_t at = 0; at < total; at += batch) {
    asked.push_back(
        s.append("acct-7", events(std::to_string(at) + "/", batch)).later_expecting(exact(at)));
    // A few at a time, so that the queue's bound is never met.
    if (asked.size() % 8 == 0) REQUIRE(asked.back().answer() == stored(at + batch));
  }
  REQUIRE(asked.back().answer() == stored(total));
  s.reopen();

  // Were the history scanned for each of these, the test would take a hundred times as long.
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::string last =
        std::to_string(total + i) + ":" + (i == 0 ? "996000/4000" : "n" + std::to_string(i));
    CHECK(s.read("acct-7", {.limit = 1, .order = direction::backward}) == last + " more");
    CHECK(s.append("acct-7", {"n" + std::to_string(i + 1)}).expecting(exact(total + i)) ==
          stored(total + i + 1));
  }
}

TEST_CASE("J-156 opening what is open already is refused", "[restart]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1"});
  REQUIRE(s.world().files() != nullptr);
  const result<void> second = s.world().files()->open_again({});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == errc::locked);
  // The refusal may not have taken anything away from the first.
  CHECK(s.append("acct-7", {"e2"}).expecting(exact(1)) == stored(2));
  CHECK(s.history("acct-7") == "1:e1 2:e2");
  s.reopen();
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("port: another number of partitions is refused by name", "[restart]") {
  scene s({.partitions = 4});
  s.append_one_by_one("acct-7", {"e1"});
  s.world().close();
  const result<void> other = s.world().open({.partitions = 8});
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == errc::incompatible);
  CHECK(other.error().message.find('4') != std::string::npos);
  CHECK(other.error().message.find('8') != std::string::npos);
  REQUIRE(s.world().open({.partitions = 4}).has_value());
  CHECK(s.history("acct-7") == "1:e1");
}

}  // namespace reprise::persistence::conformance
