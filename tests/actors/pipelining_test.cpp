// SPDX-License-Identifier: Apache-2.0
//
// Speculative state: what rests on an append waits for it, and is dropped with it.
#include "core_world.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::actors::testing {
namespace {

using command = purse_command;

TEST_CASE("a reply leaves after the commit of its event, and carries its place") {
  core_world world;
  const auto put = world.put(5);
  CHECK(put->heard() == "-");
  world.commit();
  CHECK(put->heard() == "5");
  CHECK((*put->got)->at == receipt{partition_id{0}, {1}, {1}});
}

TEST_CASE(
    "A-028 a command sees the events that wait for their commit, and is answered after them") {
  core_world world;
  const auto first = world.put(5);
  const auto second = world.put(7);
  CHECK(world.journal.waiting() == 2);
  world.commit(1);
  CHECK(first->heard() == "5");
  CHECK(second->heard() == "-");
  world.commit(1);
  CHECK(second->heard() == "12");
}

TEST_CASE("A-039 a read of speculative state is held until that state is committed") {
  core_world world;
  world.put(5);
  const auto look = world.look();
  CHECK(look->heard() == "-");
  world.commit();
  CHECK(look->heard() == "5");
  CHECK((*look->got)->at == receipt{partition_id{0}, {1}, {1}});
}

TEST_CASE("A-039 a read of state that is lost is answered from the state that remains") {
  core_world world;
  world.put(5);
  const auto look = world.look();
  world.journal.fail(errc::disk_full);
  CHECK(look->heard() == "-");
  world.recover_all();
  CHECK(look->heard() == "0");
}

TEST_CASE(
    "A-040 a rejection on speculative state waits, and is decided anew when that state is lost") {
  core_world world;
  world.put(5);
  const auto kept = world.take(9);
  CHECK(kept->heard() == "-");
  world.commit();
  CHECK(kept->heard() == "rejected empty");

  world.take(5);
  const auto again = world.take(3);  // rejected only because of the first take
  CHECK(again->heard() == "-");
  world.journal.fail(errc::disk_full);
  world.recover_all();
  world.commit();
  CHECK(again->heard() == "2");
}

TEST_CASE("A-034 when an append fails, all that rests on it is dropped and everybody is answered") {
  core_world world;
  const auto base = world.put(1);
  world.commit();
  const auto a = world.put(10);
  const auto b = world.put(20);
  const auto c = world.put(40);
  const auto d = world.look();
  world.journal.fail(errc::disk_full);
  CHECK(a->heard() == "disk_full");
  CHECK(b->heard() == "disk_full");
  CHECK(c->heard() == "disk_full");
  world.recover_all();
  CHECK(d->heard() == "1");
  const auto after = world.put(2);
  world.commit();
  CHECK(after->heard() == "3");
  CHECK(world.journal.event_types(core_world::key()).size() == 2);
  for (const auto& who : {base, a, b, c, d, after}) CHECK(who->answers == 1);
}

TEST_CASE("A-050 an append of unknown outcome that was stored is found again by its command id") {
  core_world world;
  const auto put = world.put(5);
  world.journal.fail(errc::commit_unknown, true);
  CHECK(put->heard() == "-");
  world.recover_all();
  CHECK(put->heard() == "5");
  CHECK(world.journal.event_types(core_world::key()).size() == 1);
}

TEST_CASE("A-050 an append of unknown outcome that was not stored is decided anew") {
  core_world world;
  const auto put = world.put(5);
  world.journal.fail(errc::commit_unknown, false);
  world.recover_all();
  CHECK(put->heard() == "-");
  world.commit();
  CHECK(put->heard() == "5");
  CHECK(world.journal.event_types(core_world::key()).size() == 1);
}

TEST_CASE(
    "commands that arrive while lost state is being cleared away run after those decided anew") {
  core_world world;
  const auto first = world.put(5);
  world.journal.fail(errc::commit_unknown, false);
  const auto second = world.take(5);
  world.recover_all();
  world.commit();
  CHECK(first->heard() == "5");
  CHECK(second->heard() == "0");
}

TEST_CASE("A-054 a conflict with another writer is decided anew on the new state, so many times") {
  core_world world({.conflict_retries = 2});
  const auto outside = [&] {
    world.journal.append_from_outside(
        {.aggregate = core_world::key(),
         .events = {{.type = purse_event::put, .payload = number(100)}}});
  };
  const auto put = world.put(1);
  outside();
  world.commit();
  world.recover_all();
  world.commit();
  CHECK(put->heard() == "101");

  const auto unlucky = world.put(1);
  for (int i = 0; i < 3; ++i) {
    outside();
    world.commit();
    world.recover_all();
  }
  CHECK(unlucky->heard() == "sequence_conflict");
}

TEST_CASE("A-054 commits whose outcome was unknown are no conflicts") {
  core_world world({.conflict_retries = 1});
  const auto put = world.put(1);
  for (int i = 0; i < 3; ++i) {
    world.journal.fail(errc::commit_unknown);
    world.recover_all();
  }
  world.journal.fail(errc::sequence_conflict);
  world.recover_all();
  world.commit();
  CHECK(put->heard() == "1");
}

TEST_CASE("A-054 a conflict behind the deadline was not handled") {
  core_world world;
  const auto put = world.ask(purse_command::put, 1, "", "ann", std::chrono::seconds(1));
  world.time.pass(std::chrono::seconds(2));
  world.journal.fail(errc::sequence_conflict);
  CHECK(put->heard() == "expired");
}

TEST_CASE("J-069 a repeat of a command that waits for its commit gets the one answer") {
  core_world world;
  const auto first = world.put(5, "once");
  const auto repeat = world.put(5, "once");
  CHECK(world.journal.waiting() == 1);
  world.commit();
  CHECK(first->heard() == "5");
  CHECK(repeat->heard() == "5");
  CHECK((*repeat->got)->at == (*first->got)->at);
}

TEST_CASE("A-022 events whose reply cannot be made are stored, and a repeat is not handled again") {
  core_world world;
  const auto first = world.ask(command::mumble, 5, "mumbled");
  CHECK(first->heard() == "-");
  world.commit();
  CHECK(first->heard() == "reply_failed");
  const auto repeat = world.ask(command::mumble, 5, "mumbled");
  CHECK(repeat->heard() == "reply_failed");
  CHECK(world.journal.waiting() == 0);
}

TEST_CASE("a full journal refuses new events and still answers reads") {
  core_world world;
  world.put(5);
  world.commit();
  world.journal.saturate(true);
  CHECK(world.put(1)->heard() == "overloaded");
  CHECK(world.look()->heard() == "5");
  world.journal.saturate(false);
  const auto put = world.put(1);
  world.commit();
  CHECK(put->heard() == "6");
}

}  // namespace
}  // namespace reprise::actors::testing
