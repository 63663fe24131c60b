// SPDX-License-Identifier: Apache-2.0
//
// What becomes of appends whose commit fails. For journals that can be told to fail.

#include "persistence/memory_journal.hpp"
#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace reprise::persistence::conformance {
namespace {

commit_faults& faults_of(scene& s) {
  commit_faults* const found = s.world().faults();
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("J-071 a command's id and its events are stored together or not at all", "[faults]") {
  const commit_fate fate = GENERATE(commit_fate::stored, commit_fate::disk_full,
                                    commit_fate::unknown_stored, commit_fate::unknown_lost);
  scene s;
  append_request request;
  request.aggregate = who("acct-7").key;
  request.expected = none();
  request.time = at_second(0);
  request.command = {id_of("the command").value};
  request.command_hash = 77;
  request.events = {event("e1"), event("e2"), event("e3")};
  faults_of(s).next_commit(fate);
  const outcome answer = s.send(request).answer();

  const scanning found = s.scan();
  const bool all_there = found == "1:e1 2:e2 3:e3 end";
  CHECK((all_there || found == "end"));
  for (const seen_record& r : found.records) {
    CHECK(r.command == request.command);
    CHECK(r.command_hash == 77);
  }
  const bool kept = fate == commit_fate::stored || fate == commit_fate::unknown_stored;
  CHECK(all_there == kept);
  CHECK(answer.refused() == (fate != commit_fate::stored));
}

TEST_CASE("J-152 a full disk refuses the append and the next one goes on", "[faults]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  const aggregate_head before = s.head("acct-7");
  faults_of(s).next_commit(commit_fate::disk_full);
  CHECK(s.append("acct-7", {"x3", "x4"}).expecting(exact(2)) == refused(errc::disk_full));
  CHECK(s.head("acct-7") == before);
  CHECK(s.committed() == 2);
  CHECK(s.read("acct-7") == "1:e1 2:e2 end");
  const outcome next = s.append("acct-7", {"e3"}).expecting(exact(2));
  CHECK(next == stored(3));
  CHECK(next.place().at == position{3});
  CHECK(s.scan() == "1:e1 2:e2 3:e3 end");
}

TEST_CASE("J-152 whatever rests on a lost append is lost with it", "[faults]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  const std::string other = s.id_in(0, "other");
  s.append_one_by_one(acct, {"e1"});
  const std::uint64_t end = s.committed();
  held_commits hold(s);
  const ticket two = s.append(acct, {"e2"}).later_expecting(exact(1));
  const ticket three = s.append(acct, {"e3"}).later_expecting(exact(2));
  const ticket repeat = s.append(acct, {"e2"}).later_expecting(exact(1));
  const ticket conflicting = s.append(acct, {"x"}).later_expecting(exact(1));
  const ticket neighbour = s.append(other, {"o1"}).later_expecting(none());
  const ticket deletion = s.send_retire(acct, record_kind::deletion, exact(3));
  faults_of(s).next_commit(commit_fate::disk_full);
  hold.release();
  CHECK(two.answer() == refused(errc::disk_full));
  CHECK(three.answer() == refused(errc::disk_full));
  // Neither "repeated" nor "conflict at 3" would be true.
  CHECK(repeat.answer() == refused(errc::disk_full));
  CHECK(conflicting.answer() == refused(errc::disk_full));
  CHECK(neighbour.answer() == refused(errc::disk_full));
  CHECK(deletion.answer() == refused(errc::disk_full));
  CHECK(s.committed() == end);
  CHECK(s.history(acct) == "1:e1");
  CHECK(s.history(other) == "not_found");
  CHECK(s.append(acct, {"e2"}).expecting(exact(1)) == stored(2));
  CHECK(s.append(other, {"o1"}).expecting(none()) == stored(1));
}

TEST_CASE("port: an unknown outcome is found out by the same append again", "[faults]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1"});
  const auto lost = commit_fate::unknown_lost;
  const commit_fate fate = GENERATE(commit_fate::unknown_stored, commit_fate::unknown_lost);
  faults_of(s).next_commit(fate);
  CHECK(s.append("acct-7", {"e2"}).expecting(exact(1)) == refused(errc::commit_unknown));
  CHECK(s.append("acct-7", {"e2"}).expecting(exact(1)) == (fate == lost ? stored(2) : repeated(2)));
  CHECK(s.scan() == "1:e1 2:e2 end");
}

TEST_CASE("port: what rests on an unknown outcome is unknown too", "[faults]") {
  scene s({.partitions = 2});
  const std::string acct = s.id_in(0, "acct");
  const commit_fate fate = GENERATE(commit_fate::unknown_stored, commit_fate::unknown_lost);
  held_commits hold(s);
  const ticket one = s.append(acct, {"e1"}).later_expecting(none());
  const ticket repeat = s.append(acct, {"e1"}).later_expecting(none());
  const ticket conflicting = s.append(acct, {"x"}).later_expecting(none());
  faults_of(s).next_commit(fate);
  hold.release();
  CHECK(one.answer() == refused(errc::commit_unknown));
  CHECK(repeat.answer() == refused(errc::commit_unknown));
  CHECK(conflicting.answer() == refused(errc::commit_unknown));
}

}  // namespace reprise::persistence::conformance
