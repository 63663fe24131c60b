// SPDX-License-Identifier: Apache-2.0
//
// Orders that somebody leaves for the sagas of a program that does not run.
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using script::plain_saga;

const saga_order retry_parked{.what = saga_order::kind::retry_parked};

struct patient_saga : plain_saga {
  static constexpr saga_options options{
      .name = "script", .failing = {.finally = failure_policy::then::park, .retries = 0}};
};

// Instances whose first event fails, with others behind it.
template <class S>
void park(script_world<S>& world, const std::string& key, int behind) {
  world.open(key, "fine");
  world.say(key, "throw");
  world.settle(10s);
  for (int i = 1; i <= behind; ++i) world.say(key, std::to_string(i));
  REQUIRE(world.at(key).parked.size() == static_cast<std::size_t>(behind) + 1);
  script::around.handled.clear();
}

}  // namespace

TEST_CASE("S-104 orders are carried out in their order, each queue to its end before the next") {
  script_world<> world;
  park(world, "a", 2);
  park(world, "b", 1);
  park(world, "c", 1);
  script::around.throws = false;
  world.leave<plain_saga>({{"b", retry_parked}, {"a", retry_parked}});
  world.settle(1min);
  CHECK(script::around.handled == std::vector<std::string>{"b said throw", "b said 1",
                                                           "a said throw", "a said 1", "a said 2"});
  CHECK(world.at("a").parked.empty());
  CHECK(world.at("b").parked.empty());
  // Nobody has ordered that.
  CHECK(world.at("c").parked.size() == 2);
  CHECK(world.orders_left("script") == 0);
}

TEST_CASE("S-104 a queue longer than one command releases is tried to its end") {
  script_world<patient_saga> world;
  park(world, "a", 250);
  park(world, "b", 1);
  script::around.throws = false;
  world.leave<patient_saga>({{"a", retry_parked}, {"b", retry_parked}});
  world.settle(1min);
  REQUIRE(script::around.handled.size() == 253);
  CHECK(script::around.handled[250] == "a said 250");
  CHECK(script::around.handled[251] == "b said throw");
  CHECK(world.orders_left("script") == 0);
}

TEST_CASE("an order that fails once more is done with, and what failed stays parked") {
  script_world<> world;
  park(world, "a", 1);
  world.leave<plain_saga>({{"a", retry_parked}});
  world.settle(1min);
  REQUIRE(world.at("a").parked.size() == 2);
  CHECK(world.at("a").parked[0].attempts == 3);
  CHECK(world.orders_left("script") == 0);
}

TEST_CASE("S-110 an order that has nothing to do is forgotten, and those behind it follow") {
  script_world<> world;
  park(world, "a", 1);
  script::around.throws = false;
  world.leave<plain_saga>({{"nobody", {.what = saga_order::kind::cancel, .reason = "why not"}},
                           {"a", {.what = saga_order::kind::retry_step, .number = 7}},
                           {"a", retry_parked}});
  world.settle(1min);
  CHECK(world.at("a").parked.empty());
  CHECK(world.phase("nobody") == saga_phase::none);
  CHECK(world.orders_left("script") == 0);
}

TEST_CASE("S-064 an instance is cancelled by an order that was left") {
  script_world<> world;
  world.open("a", "send w one;undo back");
  world.settle(10s);
  world.leave<plain_saga>({{"a", {.what = saga_order::kind::cancel, .reason = "too late"}}});
  world.settle(1min);
  CHECK(world.worked("undo") == "back");
  CHECK(world.phase("a") == saga_phase::failed);
  CHECK(world.at("a").reason == "too late");
}

TEST_CASE("an order waits for an instance that cannot be reached, and says so") {
  script_world<> world;
  park(world, "a", 1);
  script::around.throws = false;
  world.cut_off("a");
  world.leave<plain_saga>({{"a", retry_parked}});
  world.settle(30s);
  CHECK(world.orders_left("script") == 1);
  REQUIRE(world.trouble().has_value());
  CHECK(world.trouble()->message.find("an order for the saga script a") == 0);
  world.heal();
  world.settle(1min);
  CHECK(world.at("a").parked.empty());
  CHECK_FALSE(world.trouble().has_value());
}

TEST_CASE("an order takes effect once, whatever crashes around it") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    script_world<> world(seed);
    world.open("a", "send w nope");
    world.settle(1min);
    REQUIRE(world.at("a").open.size() == 1);
    saga_order retry{.what = saga_order::kind::retry_step};
    retry.number = world.at("a").open.front().number;
    codec<script::worker_cmd::work>::encode({.text = "tidy"}, retry.payload);
    world.leave<plain_saga>({{"a", retry}});
    world.storm(300);
    world.settle(1min);
    CHECK(world.at("a").open.empty());
    CHECK(world.worked("w") == "tidy");
    CHECK(world.orders_left("script") == 0);
  }
}

}  // namespace reprise::sagas::testing
