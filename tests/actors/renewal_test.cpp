// SPDX-License-Identifier: Apache-2.0
//
// Somebody was forgotten: what is in memory of personal data is loaded anew, and nobody who waits
// is disturbed.
#include "core_world.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::actors::testing {
namespace {

// A purse with 5 in it, live, of a type with personal fields.
struct personal_world : core_world {
  explicit personal_world(const options& settings = {}) : core_world(settings) {
    personal = true;
    restart();
    put(5);
    commit();
  }
};

}  // namespace

TEST_CASE("activations of types with personal data go, and come back when they are asked") {
  personal_world world;
  REQUIRE(world.core->active() == 1);
  world.core->renew();
  CHECK(world.core->active() == 0);
  const auto look = world.look();
  CHECK(look->heard() == "-");
  world.recover_all();
  CHECK(look->heard() == "5");
}

TEST_CASE("activations of other types stay") {
  core_world world;
  world.put(5);
  world.commit();
  world.core->renew();
  CHECK(world.core->active() == 1);
  CHECK(world.look()->heard() == "5");
}

TEST_CASE(
    "appends under way are answered, and what comes behind them is decided on what is loaded") {
  personal_world world;
  const auto first = world.put(1);
  const auto second = world.put(2);
  const auto look = world.look();
  world.core->renew();
  const auto third = world.put(3);
  CHECK(world.recoveries.empty());
  world.commit(1);
  CHECK(first->heard() == "6");
  CHECK(world.recoveries.empty());
  world.commit();
  CHECK(second->heard() == "8");
  CHECK(look->heard() == "8");
  CHECK(third->heard() == "-");
  REQUIRE(world.recoveries.size() == 1);
  world.recover_all();
  world.commit();
  CHECK(third->heard() == "11");
  CHECK(look->answers == 1);
}

TEST_CASE("a snapshot of a state of before is not saved once its append is answered") {
  personal_world world({.snapshot_every = 1});
  REQUIRE(world.snapshots.sequences(core_world::key()).size() == 1);
  world.put(1);
  world.core->renew();
  world.commit();
  CHECK(world.snapshots.sequences(core_world::key()).size() == 1);
}

TEST_CASE("what is being loaded is loaded once more, and what comes of the first is not used") {
  personal_world world;
  world.restart();
  const auto look = world.look();
  REQUIRE(world.recoveries.size() == 1);
  world.core->renew();
  REQUIRE(world.recoveries.size() == 2);
  world.recover_one();
  CHECK(look->heard() == "-");
  world.recover_one();
  CHECK(look->heard() == "5");
  CHECK(look->answers == 1);
}

TEST_CASE("a repeat that waits for a state of before gets it of what is loaded anew") {
  personal_world world;
  const auto first = world.put(1, "one");
  world.put(2);
  world.commit();
  REQUIRE(first->heard() == "6");
  const auto again = world.put(1, "one");
  REQUIRE(world.recoveries.size() == 1);
  world.core->renew();
  REQUIRE(world.recoveries.size() == 2);
  world.recover_one();
  CHECK(again->heard() == "-");
  world.recover_all();
  CHECK(again->heard() == "6");
}

TEST_CASE("a repeat behind an append that is under way is decided when all is loaded") {
  personal_world world;
  const auto first = world.put(1, "one");
  const auto second = world.put(2);
  // The state after the first is not in the log yet, so it is looked at again when it is.
  world.commit(1);
  const auto third = world.put(4, "three");
  const auto fourth = world.put(8);
  const auto again = world.put(1, "one");
  world.core->renew();
  world.commit();
  world.recover_all();
  CHECK(first->heard() == "6");
  CHECK(third->heard() == "12");
  CHECK(fourth->heard() == "20");
  CHECK(again->heard() == "6");
  CHECK(again->answers == 1);
}

}  // namespace reprise::actors::testing
