// SPDX-License-Identifier: Apache-2.0
//
// Events that a saga cannot handle: parked with those behind them, tried again, passed by, edited;
// instances that are paused; programs that are older or newer than what is stored.
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using script::plain_saga;

struct newer_saga : plain_saga {
  static constexpr saga_options options{.name = "script", .version = 2};
};

bytes spoken(std::string key, std::string text) {
  bytes out;
  codec<script::speaker_ev::said>::encode({std::move(key), std::move(text)}, out);
  return out;
}

}  // namespace

TEST_CASE(
    "S-099 S-100 S-101 S-102 S-105 S-106 S-107 an event that fails is parked, and those behind it "
    "wait") {
  script_world<> world;
  world.open("a", "fine");
  world.open("b", "fine");
  world.say("a", "throw");
  world.settle(10s);
  world.say("a", "later");
  world.say("b", "goes on");
  CHECK(world.heard("a") == "opened fine");
  CHECK(world.heard("b") == "opened fine, said goes on");
  const auto parked = world.at("a").parked;
  REQUIRE(parked.size() == 2);
  CHECK(parked[0].cause.find("told to throw") != std::string::npos);
  CHECK(parked[0].attempts == 2);
  CHECK(parked[0].aggregate.id == "sue");
  CHECK(parked[1].cause.empty());
  CHECK(world.at("b").parked.empty());

  SECTION("once the first succeeds the rest follows in order, then what is new") {
    script::around.throws = false;
    CHECK(world.tell("a", saga_order::kind::retry_parked) == "accepted");
    world.say("a", "new");
    CHECK(world.heard("a") == "opened fine, said throw, said later, said new");
    CHECK(world.at("a").parked.empty());
  }
  SECTION("when it fails again it stays the first, and that is counted") {
    CHECK(world.tell("a", saga_order::kind::retry_parked) == "accepted");
    REQUIRE(world.at("a").parked.size() == 2);
    CHECK(world.at("a").parked[0].attempts == 3);
  }
  SECTION("passing it by handles those behind it") {
    CHECK(world.tell("a", saga_order::kind::skip_parked) == "accepted");
    CHECK(world.heard("a") == "opened fine, said later");
    CHECK(world.at("a").parked.empty());
  }
  SECTION("it can be edited, if it can be read, and what it was is kept") {
    CHECK(world.steer<plain_saga>("a", {.what = saga_order::kind::edit_parked,
                                        .payload = script::to_bytes("12345678")}) ==
          "rejected malformed");
    CHECK(world.steer<plain_saga>("a", {.what = saga_order::kind::edit_parked,
                                        .reason = "it cannot throw",
                                        .payload = spoken("a", "mended")}) == "accepted");
    CHECK(world.tell("a", saga_order::kind::retry_parked) == "accepted");
    CHECK(world.heard("a") == "opened fine, said mended, said later");
  }
  SECTION("a crash changes nothing of it") {
    world.crash();
    world.settle(1min);
    CHECK(world.at("a").parked.size() == 2);
    CHECK(world.heard("a") == "opened fine");
  }
}

TEST_CASE("S-110 there is nothing to retry or to skip where nothing is parked") {
  script_world<> world;
  world.open("a", "fine");
  CHECK(world.tell("a", saga_order::kind::retry_parked) == "rejected not_found");
  CHECK(world.tell("a", saga_order::kind::skip_parked) == "rejected not_found");
  CHECK(world.tell("a", saga_order::kind::edit_parked, 0, "12345678") == "rejected not_found");
}

TEST_CASE("S-111 an event is handled or parked, never both and never neither, in any storm") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    script_world<> world(seed);
    world.open("a", "fine");
    world.say("a", "throw");
    world.saga_world::tell<script::speaker>(
        "sue", script::speaker_cmd::say{.key = "a", .text = "later"}, "later");
    world.storm(300);
    world.ask<script::speaker>("sue", script::speaker_cmd::say{.key = "a", .text = "later"},
                               {.id = derive_command_id("later")});
    world.settle();
    CHECK(world.heard("a") == "opened fine");
    CHECK(world.at("a").parked.size() == 2);
    script::around.throws = false;
    CHECK(world.tell("a", saga_order::kind::retry_parked) == "accepted");
    CHECK(world.heard("a") == "opened fine, said throw, said later");
  }
}

TEST_CASE("S-112 at the limit an instance takes no more events, and nothing is dropped") {
  script_world<> world;
  world.open("a", "fine");
  world.say("a", "throw");
  world.settle(10s);
  for (int i = 0; i < 8; ++i) world.say("a", std::to_string(i));
  CHECK(world.at("a").parked.size() == 5);
  REQUIRE(world.trouble().has_value());
  CHECK(world.trouble()->message.find("5 events of this instance wait") != std::string::npos);
  world.open("b", "others go on");
  CHECK(world.heard("b") == "opened others go on");
  script::around.throws = false;
  CHECK(world.tell("a", saga_order::kind::retry_parked) == "accepted");
  world.settle(5min);
  CHECK(world.heard("a") ==
        "opened fine, said throw, said 0, said 1, said 2, said 3, said 4, said 5, said 6, said 7");
}

TEST_CASE("S-119 events wait in order while an instance is paused") {
  script_world<> world;
  world.open("a", "fine");
  CHECK(world.tell("a", saga_order::kind::pause) == "accepted");
  world.say("a", "one");
  world.say("a", "two");
  CHECK(world.heard("a") == "opened fine");
  CHECK(world.at("a").paused);
  CHECK(world.tell("a", saga_order::kind::retry_parked) == "rejected paused");
  CHECK(world.tell("a", saga_order::kind::resume) == "accepted");
  CHECK(world.heard("a") == "opened fine, said one, said two");
  CHECK_FALSE(world.at("a").paused);
}

TEST_CASE("S-121 an instance that an older version began goes on under a newer one") {
  script_world<> world;
  world.open("a", "send w one;deadline x 1000");
  world.replace_saga<newer_saga>();
  world.say("a", "send w two");
  world.settle(1min);
  CHECK(world.worked("w") == "one, two");
  CHECK(world.heard("a").find("due x") != std::string::npos);
}

TEST_CASE("S-122 an older program leaves an instance alone that a newer one has written") {
  script_world<newer_saga> world;
  world.open("a", "one");
  world.replace_saga<plain_saga>();
  world.say("a", "two");
  CHECK(world.heard("a") == "opened one");
  REQUIRE(world.trouble().has_value());
  CHECK(world.trouble()->code == errc::incompatible);
  world.replace_saga<newer_saga>();
  world.settle(5min);
  CHECK(world.heard("a") == "opened one, said two");
}

}  // namespace reprise::sagas::testing
