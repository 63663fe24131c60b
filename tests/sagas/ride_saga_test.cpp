// SPDX-License-Identifier: Apache-2.0
//
// The example's ride saga, in calm weather and in a storm.
#include "examples/trip/ride.hpp"
#include "tests/sagas/saga_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using ride::ride_saga;
using ride::rider;
using ride::trip;
using phase = ride::phase;

struct ride_world : saga_world {
  explicit ride_world(std::uint64_t seed = 1) : saga_world(seed) {
    host<trip>();
    host<rider>();
    host_saga<ride_saga>();
    ask<rider>("ann", rider::cmd::top_up{.cents = 1'000});
  }

  void request(const std::string& id, const std::string& who) {
    REQUIRE(ask<trip>(id, trip::cmd::request{.rider = who}) == "accepted");
    settle(10ms);
  }
  void drive(const std::string& id, std::uint32_t cents) {
    REQUIRE(ask<trip>(id, trip::cmd::assign{.driver = "bob"}) == "accepted");
    REQUIRE(ask<trip>(id, trip::cmd::arrive{}) == "accepted");
    REQUIRE(ask<trip>(id, trip::cmd::start{}) == "accepted");
    REQUIRE(ask<trip>(id, trip::cmd::complete{.totalCents = cents}) == "accepted");
    settle(10s);
  }
};

}  // namespace

TEST_CASE("a ride that is over is paid by the rider's account, and in cash where that is empty") {
  ride_world world;
  world.request("one", "ann");
  world.drive("one", 700);
  CHECK(world.state<trip>("one").payment == "account");
  CHECK(world.state<rider>("ann").cents == 300);
  world.request("two", "ann");
  world.drive("two", 700);
  CHECK(world.state<trip>("two").payment == "cash");
  CHECK(world.state<rider>("ann").cents == 300);
  CHECK(world.status<ride_saga>("one").phase == saga_phase::completed);
  CHECK(world.status<ride_saga>("two").phase == saga_phase::completed);
}

TEST_CASE("a ride that nobody drives is cancelled in time, and one that somebody does is not") {
  ride_world world;
  world.request("alone", "ann");
  world.request("driven", "ann");
  REQUIRE(world.ask<trip>("driven", trip::cmd::assign{.driver = "bob"}) == "accepted");
  world.settle(900ms);
  CHECK(world.state<trip>("alone").phase == phase::requested);
  world.settle(1min);
  CHECK(world.state<trip>("alone").phase == phase::cancelled);
  CHECK(world.state<trip>("driven").phase == phase::assigned);
  CHECK(world.status<ride_saga>("alone").phase == saga_phase::completed);
  CHECK(world.status<ride_saga>("driven").phase == saga_phase::running);
}

TEST_CASE("whatever crashes, a ride is charged once and comes to an end") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    ride_world world(seed);
    for (int i = 0; i < 4; ++i) world.request("trip-" + std::to_string(i), "ann");
    for (int i = 0; i < 3; ++i) {
      const std::string id = "trip-" + std::to_string(i);
      world.tell<trip>(id, trip::cmd::assign{.driver = "bob"}, id + " assign");
      world.storm(100);
      world.ask<trip>(id, trip::cmd::assign{.driver = "bob"},
                      {.id = derive_command_id(id + " assign")});
      if (world.state<trip>(id).phase != phase::assigned) continue;
      world.ask<trip>(id, trip::cmd::arrive{});
      world.ask<trip>(id, trip::cmd::start{});
      world.ask<trip>(id, trip::cmd::complete{.totalCents = 400});
      world.storm(200);
    }
    world.settle(10min);
    std::int64_t paid = 0;
    for (int i = 0; i < 4; ++i) {
      const std::string id = "trip-" + std::to_string(i);
      const auto seen = world.state<trip>(id);
      const bool over = seen.phase == phase::paid || seen.phase == phase::cancelled;
      CHECK(over);
      CHECK(world.status<ride_saga>(id).phase == saga_phase::completed);
      if (seen.payment == "account") paid += 400;
    }
    CHECK(world.state<rider>("ann").cents == 1'000 - paid);
    CHECK(world.count<ride::rider_ev::charged>("ann") == static_cast<std::uint64_t>(paid / 400));
  }
}

}  // namespace reprise::sagas::testing
