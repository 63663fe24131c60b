// SPDX-License-Identifier: Apache-2.0
//
// Chapter "State by expectation grid".

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence::conformance {

TEST_CASE("J-032 an aggregate that never existed takes any and none only", "[expectation]") {
  scene s;
  CHECK(s.append("a", {"a1"}).expecting(any()) == stored(1));
  CHECK(s.append("b", {"b1"}).expecting(none()) == stored(1));
  CHECK(s.append("c", {"c1"}).expecting(exists()) == conflict(0));
  CHECK(s.append("d", {"d1"}).expecting(exact(1)) == conflict(0));
  CHECK(s.append("d", {"d1"}).expecting(exact(7)) == conflict(0));
}

TEST_CASE("J-034 none reopens a deleted aggregate and numbering goes on", "[expectation]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.remove("acct-7", exact(2)).refused());
  CHECK(s.append("acct-7", {"e3"}).expecting(none()) == stored(3));
  CHECK(s.head("acct-7").is == aggregate_head::state::live);
  CHECK(s.append("acct-7", {"e4"}).expecting(exact(3)) == stored(4));
  // The events of the deleted life do not come back into the new one.
  CHECK(s.history("acct-7") == "3:e3 4:e4");
  CHECK(s.head("acct-7").begins == sequence{3});
  CHECK(s.head("acct-7").first_readable == sequence{3});
}

TEST_CASE("J-035 any reopens a deleted aggregate and numbering goes on", "[expectation]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.remove("acct-7", any()).refused());
  CHECK(s.append("acct-7", {"e3"}).expecting(any()) == stored(3));
  CHECK(s.head("acct-7").is == aggregate_head::state::live);
}

TEST_CASE("J-036 exists on a deleted aggregate is refused as deleted", "[expectation]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.remove("acct-7", any()).refused());
  const std::uint64_t end = s.committed();
  CHECK(s.append("acct-7", {"e3"}).expecting(exists()) == refused(errc::deleted));
  CHECK(s.committed() == end);
}

TEST_CASE("J-037 exact on a deleted aggregate is refused as deleted", "[expectation]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.remove("acct-7", any()).refused());
  const std::uint64_t end = s.committed();
  CHECK(s.append("acct-7", {"e3"}).expecting(exact(2)) == refused(errc::deleted));
  CHECK(s.committed() == end);
}

TEST_CASE("J-039 an aggregate whose events were all truncated still exists", "[expectation]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.truncate("acct-7", 3).refused());
  CHECK(s.append("acct-7", {"x"}).expecting(none()) == conflict(2));
  CHECK(s.append("acct-7", {"e3"}).expecting(exists()) == stored(3));
  CHECK(s.history("acct-7") == "3:e3");
}

TEST_CASE("port: a tombstoned aggregate refuses everything by name", "[expectation]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.close_for_ever("acct-7", exact(2)).refused());
  const std::uint64_t end = s.committed();
  for (const expectation expected : {any(), none(), exists(), exact(2)}) {
    CHECK(s.append("acct-7", {"e3"}).expecting(expected) == refused(errc::tombstoned));
    CHECK(s.remove("acct-7", expected) == refused(errc::tombstoned));
    CHECK(s.close_for_ever("acct-7", expected) == refused(errc::tombstoned));
  }
  CHECK(s.truncate("acct-7", 2) == refused(errc::tombstoned));
  CHECK(s.committed() == end);
}

TEST_CASE("port: what never existed can be closed for ever, or the answer says no",
          "[expectation]") {
  scene s;
  const outcome closed = s.close_for_ever("acct-7", any());
  const outcome later = s.append("acct-7", {"e1"}).expecting(any());
  CHECK(later == (closed.refused() ? stored(1) : refused(errc::tombstoned)));
}

}  // namespace reprise::persistence::conformance
