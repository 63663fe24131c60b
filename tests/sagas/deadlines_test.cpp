// SPDX-License-Identifier: Apache-2.0
//
// Deadlines fall due once, not before their time, and never again once they are taken back; waits
// for people.
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using script::plain_saga;

struct idle_saga : plain_saga {
  static constexpr saga_options options{.name = "idler", .idle_after = 1'000ms};
};

}  // namespace

TEST_CASE("S-067 S-076 a deadline falls due at its time, with its name and payload") {
  script_world<> world;
  world.open("a", "deadline driver 30000 gone");
  world.pass(29'000ms);
  CHECK(world.heard("a") == "opened deadline driver 30000 gone");
  world.pass(1'000ms);
  CHECK(world.heard("a") == "opened deadline driver 30000 gone, due driver gone");
  world.settle(1h);
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-068 S-079 a deadline falls due once, whatever crashes around its time") {
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    script_world<> world(seed);
    world.open("a", "deadline sends 300");
    world.storm(300);
    crashes += world.crashes();
    world.settle();
    CHECK(world.worked("w") == "because of a deadline");
    CHECK(world.heard("a") == "opened deadline sends 300, due sends");
  }
  CHECK(crashes > 50);
}

TEST_CASE("S-070 S-071 a deadline that is taken back never falls due") {
  script_world<> world;
  world.open("a", "deadline x 1000;cancel unknown");
  world.say("a", "cancel x");
  world.settle(1h);
  CHECK(world.heard("a") == "opened deadline x 1000;cancel unknown, said cancel x");
  world.say("a", "cancel x");
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-072 S-074 setting a name again replaces it, and a crash brings the old one not back") {
  script_world<> world;
  world.open("a", "deadline x 1000 old");
  world.say("a", "deadline x 5000 new");
  world.crash();
  world.pass(2'000ms);
  CHECK(world.heard("a").find("due") == std::string::npos);
  world.pass(4'000ms);
  CHECK(world.heard("a").find("due x new") != std::string::npos);
  CHECK(world.heard("a").find("due x old") == std::string::npos);
}

TEST_CASE(
    "S-075 names of one saga, and one name in two sagas, have nothing to do with each other") {
  script_world<> world;
  world.open("a", "deadline x 1000;deadline y 1000");
  world.open("b", "deadline x 1000");
  world.say("a", "cancel x");
  world.settle(1h);
  CHECK(world.heard("a").find("due x") == std::string::npos);
  CHECK(world.heard("a").find("due y") != std::string::npos);
  CHECK(world.heard("b").find("due x") != std::string::npos);
}

TEST_CASE("S-077 a deadline in the past falls due at once") {
  script_world<> world;
  world.open("a", "deadline x -5000");
  CHECK(world.heard("a") == "opened deadline x -5000, due x");
}

TEST_CASE("S-080 a deadline a year ahead is a row and nothing else, and falls due") {
  script_world<> world;
  world.open("a", "deadline x 31536000000");
  world.pass(std::chrono::hours(364 * 24));
  CHECK(world.heard("a").find("due") == std::string::npos);
  world.pass(std::chrono::hours(25));
  CHECK(world.heard("a").find("due x") != std::string::npos);
}

TEST_CASE("S-081 many deadlines of one second all fall due") {
  script_world<> world;
  for (int i = 0; i < 500; ++i) {
    world.ask<script::speaker>(
        "sue", script::speaker_cmd::open{.key = std::to_string(i), .text = "deadline x 1000"});
  }
  world.settle(1h);
  int fired = 0;
  for (int i = 0; i < 500; ++i) {
    fired += world.heard(std::to_string(i)) == "opened deadline x 1000, due x" ? 1 : 0;
  }
  CHECK(fired == 500);
}

TEST_CASE("S-082 deadlines of the same time fall due in the order in which they were set") {
  script_world<> world;
  world.open("a", "deadline z 1000;deadline m 1000;deadline a 1000");
  world.settle(1h);
  CHECK(world.heard("a") ==
        "opened deadline z 1000;deadline m 1000;deadline a 1000, due z, due m, due a");
}

TEST_CASE("S-084 S-085 a saga that has ended has no deadlines any more") {
  script_world<> world;
  world.open("a", "deadline endless 1000;deadline later 2000;deadline same 1000");
  world.settle(1h);
  CHECK(world.phase("a") == saga_phase::completed);
  CHECK(world.heard("a").find("due endless") != std::string::npos);
  CHECK(world.heard("a").find("later") == world.heard("a").rfind("later"));
  CHECK(world.heard("a").find("due same") == std::string::npos);
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-090 an idle saga is told so once, counted from the last event") {
  script_world<idle_saga> world;
  world.open("a", "one");
  world.pass(600ms);
  world.say("a", "two");
  world.pass(600ms);
  CHECK(world.heard("a") == "opened one, said two");
  world.pass(600ms);
  CHECK(world.heard("a") == "opened one, said two, due idle");
  world.pass(5'000ms);
  CHECK(world.heard("a") == "opened one, said two, due idle");
}

TEST_CASE("S-054 a clock that jumps back an hour repeats no deadline, and skips none") {
  script_world<> world;
  world.open("a", "deadline x 1000;deadline y 5000");
  world.pass(1'500ms);
  world.time.pass(-std::chrono::hours(1));
  world.settle(2h);
  CHECK(world.heard("a") == "opened deadline x 1000;deadline y 5000, due x, due y");
}

// ---- waits

TEST_CASE("S-092 S-097 a wait is listed, survives a crash, and is answered once") {
  script_world<> world;
  world.open("a", "wait approval 60000");
  world.crash();
  REQUIRE(world.at("a").open.size() == 1);
  CHECK(world.at("a").open.front().name == "approval");
  CHECK(world.at("a").open.front().what == effect::kind::wait);
  CHECK(world.at("a").open.front().due.has_value());
  const command_id id = derive_command_id("yes");
  CHECK(world.answer("a", "approval", "yes", id) == "accepted");
  CHECK(world.answer("a", "approval", "yes", id) == "accepted");
  CHECK(world.heard("a") == "opened wait approval 60000, told approval yes");
  CHECK(world.answer("a", "approval", "no") == "rejected too_late");
}

TEST_CASE("S-094 an answer after the time is refused, and the branch for that has run once") {
  script_world<> world;
  world.open("a", "wait approval 1000");
  world.pass(2'000ms);
  CHECK(world.heard("a") == "opened wait approval 1000, due approval");
  CHECK(world.answer("a", "approval", "yes") == "rejected too_late");
  CHECK(world.heard("a") == "opened wait approval 1000, due approval");
  world.say("a", "wait approval 1000");
  CHECK(world.answer("a", "approval", "yes") == "accepted");
}

TEST_CASE("S-095 an answer that comes before the wait is kept for it") {
  script_world<> world;
  world.open("a", "nothing yet");
  CHECK(world.answer("a", "approval", "early") == "accepted");
  CHECK(world.heard("a") == "opened nothing yet");
  world.say("a", "wait approval 1000");
  CHECK(world.heard("a") == "opened nothing yet, said wait approval 1000, told approval early");
  world.settle(1h);
  CHECK(world.at("a").open.empty());
}

TEST_CASE("an answer to a saga that does not run is refused") {
  script_world<> world;
  CHECK(world.answer("a", "approval", "yes") == "rejected not_running");
}

}  // namespace reprise::sagas::testing
