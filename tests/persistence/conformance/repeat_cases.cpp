// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Idempotent re-append by event id", and what of "Idempotent commands" the journal does.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace reprise::persistence::conformance {
namespace {

/// e1 to e6, appended one by one.
void six_events(scene& s) {
  s.append_one_by_one("acct-7", {"e1", "e2", "e3", "e4", "e5", "e6"});
}

/// e1 and e2 in one batch.
outcome one_batch(scene& s) {
  return s.append("acct-7", {"e1", "e2"}).expecting(none());
}

}  // namespace

TEST_CASE("J-040 the first of six events repeated with none is a no-op", "[repeat]") {
  scene s;
  six_events(s);
  const outcome again = s.append("acct-7", {"e1"}).expecting(none());
  CHECK(again == repeated(1));
  CHECK(again.place().at == position{1});
  CHECK(s.committed() == 6);
}

TEST_CASE("J-041 the first of six events repeated with any is a no-op", "[repeat]") {
  scene s;
  six_events(s);
  const outcome again = s.append("acct-7", {"e1"}).expecting(any());
  CHECK(again == repeated(1));
  CHECK(again.place().at == position{1});
  CHECK(s.committed() == 6);
}

TEST_CASE("J-042 a matching exact appends even an event that is stored", "[repeat]") {
  scene s;
  six_events(s);
  CHECK(s.append("acct-7", {"e1"}).expecting(exact(6)) == stored(7));
  CHECK(s.history("acct-7") == "1:e1 2:e2 3:e3 4:e4 5:e5 6:e6 7:e1");
}

TEST_CASE("J-044 a stored event that does not follow the exact is no repeat", "[repeat]") {
  scene s;
  six_events(s);
  CHECK(s.append("acct-7", {"e1"}).expecting(exact(5)) == conflict(6));
  CHECK(s.committed() == 6);
}

TEST_CASE("J-045 the last event repeated with its own exact is a no-op", "[repeat]") {
  scene s;
  six_events(s);
  const outcome again = s.append("acct-7", {"e6"}).expecting(exact(5));
  CHECK(again == repeated(6));
  CHECK(again.place().at == position{6});
  CHECK(s.committed() == 6);
}

TEST_CASE("J-046 one event appended again at its own head is appended", "[repeat]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1"});
  CHECK(s.append("acct-7", {"e1"}).expecting(exact(1)) == stored(2));
  CHECK(s.history("acct-7") == "1:e1 2:e1");
}

TEST_CASE("J-047 one event repeated with any and with none is a no-op", "[repeat]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1"});
  CHECK(s.append("acct-7", {"e1"}).expecting(any()) == repeated(1));
  CHECK(s.append("acct-7", {"e1"}).expecting(none()) == repeated(1));
  CHECK(s.committed() == 1);
}

TEST_CASE("J-049 the first of a batch repeated with none is a no-op", "[repeat]") {
  scene s;
  one_batch(s);
  CHECK(s.append("acct-7", {"e1"}).expecting(none()) == repeated(1));
  CHECK(s.committed() == 2);
}

TEST_CASE("J-050 the second of a batch repeated with its exact is a no-op", "[repeat]") {
  scene s;
  one_batch(s);
  CHECK(s.append("acct-7", {"e2"}).expecting(exact(1)) == repeated(2));
  CHECK(s.committed() == 2);
}

TEST_CASE("J-051 the second of a batch repeated with any is a no-op", "[repeat]") {
  scene s;
  one_batch(s);
  CHECK(s.append("acct-7", {"e2"}).expecting(any()) == repeated(2));
  CHECK(s.committed() == 2);
}

TEST_CASE("J-052 a whole batch repeated gives the first receipt", "[repeat]") {
  scene s;
  const receipt first = one_batch(s).place();
  const outcome again = one_batch(s);
  CHECK(again == repeated(2));
  CHECK(again.place() == first);
  CHECK(s.committed() == 2);
}

TEST_CASE("J-054 a stored prefix does not make a longer batch a repeat", "[repeat]") {
  scene s;
  one_batch(s);
  CHECK(s.append("acct-7", {"e1", "e2", "e3"}).expecting(none()).refused());
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("J-055 a batch whose second id differs is an inconsistent retry", "[repeat]") {
  scene s;
  one_batch(s);
  CHECK(s.append("acct-7", {"e1", "x"}).expecting(none()) == refused(errc::inconsistent_retry));
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("J-056 a batch whose first id differs is a conflict", "[repeat]") {
  scene s;
  one_batch(s);
  CHECK(s.append("acct-7", {"x", "e2"}).expecting(none()) == conflict(2));
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("J-057 a batch may repeat what was appended one by one", "[repeat]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2", "e3"});
  const outcome again = s.append("acct-7", {"e2", "e3"}).expecting(exact(1));
  CHECK(again == repeated(3));
  CHECK(again.place().at == position{3});
  CHECK(s.committed() == 3);
}

TEST_CASE("J-059 a batch that carries one event id twice is refused", "[repeat]") {
  scene s;
  CHECK(s.append("acct-7", {"e1", "e2", "e1"}).expecting(none()) ==
        refused(errc::invalid_argument));
  CHECK(s.history("acct-7") == "not_found");
  CHECK(s.committed() == 0);
}

TEST_CASE("J-060 an event id of one aggregate means nothing to another", "[repeat]") {
  scene s;
  CHECK(s.append("a", {"e1"}).expecting(any()) == stored(1));
  CHECK(s.append("b", {"e1"}).expecting(any()) == stored(1));
  CHECK(s.scan() == "1:e1 2:e1 end");
}

TEST_CASE("J-061 a retry with another payload is inconsistent", "[repeat]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {event("e2", "forged")}).expecting(exact(1)) ==
        refused(errc::inconsistent_retry));
  CHECK(s.append("acct-7", {event("e1", "forged")}).expecting(none()) ==
        refused(errc::inconsistent_retry));
  CHECK(s.history("acct-7") == "1:e1 2:e2");
}

TEST_CASE("J-065 a retry that meets its first attempt in one commit is stored once", "[repeat]") {
  const expectation expected = GENERATE(none(), any());
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  held_commits hold(s);
  const ticket first = s.append(acct, {"e1", "e2"}).later_expecting(expected);
  const ticket retry = s.append(acct, {"e1", "e2"}).later_expecting(expected);
  hold.release();
  CHECK(first.answer() == stored(2));
  CHECK(retry.answer() == repeated(2));
  CHECK(first.answer().place() == retry.answer().place());
  CHECK(s.history(acct) == "1:e1 2:e2");
}

TEST_CASE("J-065 a retry with exact that meets its first attempt is stored once", "[repeat]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  s.append_one_by_one(acct, {"e1"});
  held_commits hold(s);
  const ticket first = s.append(acct, {"e2"}).later_expecting(exact(1));
  const ticket retry = s.append(acct, {"e2"}).later_expecting(exact(1));
  hold.release();
  CHECK(first.answer() == stored(2));
  CHECK(retry.answer() == repeated(2));
  CHECK(first.answer().place() == retry.answer().place());
  CHECK(s.history(acct) == "1:e1 2:e2");
}

TEST_CASE("port: a matching exists appends even an event that is stored", "[repeat]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK(s.append("acct-7", {"e1"}).expecting(exists()) == stored(3));
}

TEST_CASE("port: a reopening that is repeated is a no-op", "[repeat]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  REQUIRE_FALSE(s.remove("acct-7", any()).refused());
  const receipt first = s.append("acct-7", {"e3", "e4"}).expecting(none()).place();
  const outcome again = s.append("acct-7", {"e3", "e4"}).expecting(none());
  CHECK(again == repeated(4));
  CHECK(again.place() == first);
  CHECK(s.append("acct-7", {"e3"}).expecting(any()) == repeated(3));
  CHECK(s.append("acct-7", {"x"}).expecting(none()) == conflict(4));
  CHECK(s.history("acct-7") == "3:e3 4:e4");
}

}  // namespace reprise::persistence::conformance
