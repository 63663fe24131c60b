// SPDX-License-Identifier: Apache-2.0
//
// A partition that another node comes to lead: what is in memory goes, and nothing that rests on it
// is told to anybody.
#include "core_world.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::actors::testing {
namespace {

bool is_sent_elsewhere(const caller& who) {
  return who.got && !*who.got && who.got->error().code == errc::unavailable &&
         who.got->error().number == persistence::led_elsewhere;
}

TEST_CASE("C-040 commands for a partition that another node leads are sent there") {
  core_world world;
  world.core->lead(false);
  const auto put = world.put(5);
  CHECK(is_sent_elsewhere(*put));
  world.core->lead(true);
  const auto again = world.put(5);
  world.commit();
  CHECK(again->heard() == "5");
}

TEST_CASE("C-040 speculative state is dropped, and what was read of it is told to nobody") {
  core_world world;
  const auto put = world.put(5);
  const auto look = world.look();
  const auto refused = world.take(9);

  world.core->lead(false);

  CHECK(is_sent_elsewhere(*look));
  CHECK(is_sent_elsewhere(*refused));
  CHECK(put->heard() == "-");
  world.journal.fail(errc::commit_unknown);
  CHECK(put->heard() == "commit_unknown");
  CHECK(world.core->active() == 0);
  CHECK(world.recoveries.empty());
}

TEST_CASE("an append that was committed after all is answered as such") {
  core_world world;
  const auto put = world.put(5);
  world.core->lead(false);
  world.commit();
  CHECK(put->heard() == "5");
  CHECK(world.core->active() == 0);
}

TEST_CASE("C-044 what an earlier lead decided and a later one contradicts is sent on") {
  core_world world;
  world.put(5);
  world.commit();
  const auto put = world.put(7);
  world.core->lead(false);
  world.journal.fail(errc::sequence_conflict);
  CHECK(is_sent_elsewhere(*put));
  CHECK(world.core->active() == 0);
}

TEST_CASE("C-044 the same while the node shuts down was not handled") {
  core_world world;
  world.put(5);
  world.commit();
  const auto put = world.put(7);
  world.core->stop();
  world.journal.fail(errc::sequence_conflict);
  CHECK(put->heard() == "stopped");
}

TEST_CASE(
    "C-040 a command that may be stored is unknown, whatever comes before it is decided anew") {
  for (const bool stops : {false, true}) {
    core_world world;
    const auto put = world.put(5);
    // The lead goes and comes back before the journal has answered.
    world.core->lead(false);
    world.core->lead(true);
    world.journal.fail(errc::commit_unknown, true);
    CHECK(put->heard() == "-");
    if (stops) {
      world.core->stop();
    } else {
      world.core->lead(false);
    }
    CHECK(put->heard() == "commit_unknown");
  }
}

TEST_CASE("C-141 what is being loaded when the lead is lost is thrown away") {
  core_world world;
  world.put(5);
  world.commit();
  world.restart();
  const auto look = world.look();
  REQUIRE(world.recoveries.size() == 1);

  world.core->lead(false);

  CHECK(is_sent_elsewhere(*look));
  world.recover_all();
  CHECK(world.core->active() == 0);
  world.core->lead(true);
  const auto later = world.look();
  world.recover_all();
  CHECK(later->heard() == "5");
}

TEST_CASE("C-142 C-044 an activation of an earlier lead is not used in a later one") {
  core_world world;
  world.put(5);
  world.commit();
  const auto lost = world.put(7);
  world.core->lead(false);
  // The lead comes back before the journal has said what became of the append.
  world.core->lead(true);
  const auto look = world.look();
  CHECK(look->heard() == "-");
  world.journal.fail(errc::commit_unknown);
  // Decided anew on what is stored, and read after it.
  world.recover_all();
  world.commit();
  CHECK(lost->heard() == "12");
  CHECK(look->heard() == "12");
}

TEST_CASE("losing a lead that it does not have changes nothing") {
  core_world world;
  world.core->lead(true);
  const auto put = world.put(5);
  world.commit();
  CHECK(put->heard() == "5");
  CHECK(world.core->active() == 1);
  world.core->lead(false);
  world.core->lead(false);
  CHECK(world.core->active() == 0);
}

}  // namespace
}  // namespace reprise::actors::testing
