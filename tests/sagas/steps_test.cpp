// SPDX-License-Identifier: Apache-2.0
//
// Commands that sagas send: delivered once and in order, repeated until they are answered, given up
// only when they are refused or their attempts run out; and what takes them back.
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using script::answered_saga;
using script::plain_saga;

struct few_steps : plain_saga {
  static constexpr saga_options options{
      .name = "few",
      .failing = {.finally = failure_policy::then::park, .retries = 0},
      .steps_open_max = 2};
};

struct goes_on : plain_saga {
  static constexpr saga_options options{.name = "goes-on", .undo_goes_on = true};
};

}  // namespace

TEST_CASE("S-022 S-030 a handler that throws sends nothing and keeps the data of before") {
  script_world<> world;
  world.open("a", "send w one");
  world.say("a", "send w two;throw");
  world.settle(10s);
  CHECK(world.worked("w") == "one");
  CHECK(world.heard("a") == "opened send w one");
  CHECK(world.phase("a") == saga_phase::running);
}

TEST_CASE("a step is over also when there is no room to keep what was answered") {
  script_world<> world;
  // As much as an event may hold.
  world.handle_calls([](const outgoing_call&) -> call_outcome { return bytes(1U << 20U); });
  world.open("a", "call big");
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-024 a handler that wants nothing is done with its event for good") {
  script_world<> world;
  world.open("a", "nothing");
  world.crash();
  world.settle();
  CHECK(world.heard("a") == "opened nothing");
}

TEST_CASE("C-041 what another node leads is done by it, and here once the lead comes") {
  script_world<> world;
  world.lead(false);
  world.open("a", "send w one;deadline soon 5000");
  world.settle(20s);
  CHECK(world.worked("w").empty());
  CHECK(world.heard("a") == "opened send w one;deadline soon 5000");

  world.lead(true);
  world.settle(20s);

  CHECK(world.worked("w") == "one");
  CHECK(world.heard("a").find("soon") != std::string::npos);
  CHECK(world.at("a").open.empty());
}

TEST_CASE("how a step ended counts only while the node leads that has asked") {
  script_world<> world;
  world.cut_off("w");
  world.open("a", "send w no;else instead");
  world.heal();
  // It is refused, and the saga cannot be told.
  world.cut_off("a");
  world.settle(1min);
  REQUIRE(world.metric("sagas.script.refused") == 1);
  CHECK(world.worked("else").empty());

  // Another one may have asked meanwhile, and may have been told otherwise.
  world.lead(false);
  world.settle(1min);
  world.lead(true);
  world.heal();
  world.settle(1h);

  CHECK(world.metric("sagas.script.refused") == 2);
  CHECK(world.worked("else") == "instead");
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-025 what is sent with the end is delivered") {
  script_world<> world;
  world.open("a", "send w bye;finish");
  CHECK(world.phase("a") == saga_phase::completed);
  CHECK(world.worked("w") == "bye");
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-029 S-039 more steps than allowed are an error, and nothing of them is sent") {
  script_world<few_steps> world;
  world.open("a", "fine");
  world.say("a", "send w 1;send w 2;send w 3");
  world.settle(10s);
  CHECK(world.worked("w").empty());
  REQUIRE(world.at("a").parked.size() == 1);
  CHECK(world.at("a").parked.front().cause.find("more than 2 steps") != std::string::npos);
}

TEST_CASE("S-031 S-032 a command whose answers are lost is sent again, and takes effect once") {
  script_world<> world;
  world.lose_answers_of("w");
  world.open("a", "send w one");
  world.settle(30s);
  CHECK(world.worked("w") == "one");
  CHECK(world.at("a").open.size() == 1);
  world.heal();
  world.settle(60s);
  CHECK(world.worked("w") == "one");
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-032 S-047 it is known for ever: also after a thousand other commands and a crash") {
  script_world<> world;
  world.lose_answers_of("w");
  world.open("a", "send w one");
  for (int i = 0; i < 1'000; ++i) {
    world.ask<script::worker>("w", script::worker_cmd::work{.text = std::to_string(i)});
  }
  world.time.pass(std::chrono::hours(48));
  world.crash();
  world.heal();
  world.settle(60s);
  CHECK(world.at("a").open.empty());
  const auto done = world.state<script::worker>("w").done;
  CHECK(std::count(done.begin(), done.end(), "one") == 1);
}

TEST_CASE(
    "S-035 S-037 commands to one aggregate arrive in order, though the first needs attempts") {
  script_world<> world;
  world.fall_ill("w");
  world.open("a", "send w 1");
  world.say("a", "send w 2;send w 3");
  world.crash();
  world.settle(2s);
  world.say("a", "send w 4");
  CHECK(world.worked("w").empty());
  world.recover("w");
  world.settle(10min);
  CHECK(world.worked("w") == "1, 2, 3, 4");
}

TEST_CASE("S-036 one that cannot be reached does not hold up the others") {
  script_world<> world;
  world.cut_off("dead");
  world.open("a", "send dead 1;send alive 2;send dead 3;send alive 4");
  CHECK(world.worked("alive") == "2, 4");
  world.settle(24h);
  CHECK(world.worked("dead").empty());
  world.heal();
  world.settle(2min);
  CHECK(world.worked("dead") == "1, 3");
}

TEST_CASE("what a step fails at is shown until it goes through, whatever happens beside it") {
  script_world<> world;
  world.fall_ill("w");
  world.open("a", "send w tidy");
  world.open("b", "send x others");
  world.settle(10s);
  REQUIRE(world.trouble().has_value());
  CHECK(world.trouble()->message.find("the step tidy of the saga script a: ") == 0);
  CHECK(world.trouble()->message.find("the worker is ill") != std::string::npos);
  world.recover("w");
  world.settle(5min);
  CHECK_FALSE(world.trouble().has_value());
}

TEST_CASE("S-039 more steps than the outbox holds at once are all carried out") {
  script_world<> world;
  // It holds 10 000.
  constexpr int instances = 560;
  constexpr int steps = 20;
  for (int i = 0; i < instances; ++i) {
    std::string text;
    for (int n = 0; n < steps; ++n) text += "send w" + std::to_string(i) + " x;";
    world.ask<script::speaker>("sue",
                               script::speaker_cmd::open{.key = std::to_string(i), .text = text});
  }
  world.settle(1min);
  for (int i = 0; i < instances; ++i) {
    CHECK(world.state<script::worker>("w" + std::to_string(i)).done.size() == steps);
    CHECK(world.at(std::to_string(i)).open.empty());
  }
}

TEST_CASE("S-040 a rejection is not repeated, and takes the other branch once") {
  script_world<> world;
  world.open("a", "send w no;else instead");
  world.settle(1h);
  CHECK(world.worked("w").empty());
  CHECK(world.worked("else") == "instead");
  CHECK(world.metric("sagas.script.refused") == 1);
}

TEST_CASE("S-041 S-049 S-056 the other branch waits until the attempts have run out") {
  script_world<> world;
  world.fall_ill("w");
  world.open("a", "send w 1;retry 3;else instead");
  CHECK(world.worked("else").empty());
  REQUIRE(world.at("a").open.size() == 1);
  CHECK(world.at("a").open.front().attempts >= 1);
  world.settle(10s);
  CHECK(world.worked("else") == "instead");
  CHECK(world.at("a").open.empty());
  CHECK(world.metric("sagas.script.attempts_failed") == 3);
}

TEST_CASE(
    "S-049 S-051 S-052 S-110 S-116 without another branch it becomes a dead letter of its saga") {
  script_world<> world;
  world.open("a", "send w no;send w yes");
  world.settle(1h);
  CHECK(world.worked("w") == "yes");
  REQUIRE(world.at("a").open.size() == 1);
  const open_effect dead = world.at("a").open.front();
  CHECK(dead.stuck.find("no: it does not want to") != std::string::npos);
  CHECK(dead.to.id == "w");

  SECTION("it can be tried anew with another command") {
    bytes other;
    codec<script::worker_cmd::work>::encode({.text = "better"}, other);
    CHECK(world.steer<plain_saga>("a", {.what = saga_order::kind::retry_step,
                                        .payload = other,
                                        .number = dead.number}) == "accepted");
    world.settle(1min);
    CHECK(world.worked("w") == "yes, better");
    CHECK(world.at("a").open.empty());
  }
  SECTION("or dropped, and the saga goes on") {
    CHECK(world.tell("a", saga_order::kind::drop_step, dead.number) == "accepted");
    CHECK(world.at("a").open.empty());
    CHECK(world.phase("a") == saga_phase::running);
  }
  SECTION("an unknown one is refused and nothing happens") {
    CHECK(world.tell("a", saga_order::kind::retry_step, 99) == "rejected not_found");
    CHECK(world.tell("a", saga_order::kind::drop_step, 99) == "rejected not_found");
  }
}

TEST_CASE("S-117 a step that was given up is tried anew, and those before it are not") {
  script_world<> world;
  world.fall_ill("w");
  world.open("a", "send v first;send w second;retry 2");
  world.settle(1min);
  CHECK(world.worked("v") == "first");
  REQUIRE(world.at("a").open.size() == 1);
  world.recover("w");
  CHECK(world.tell("a", saga_order::kind::retry_step, world.at("a").open.front().number) ==
        "accepted");
  world.settle(1min);
  CHECK(world.worked("v") == "first");
  CHECK(world.worked("w") == "second");
}

TEST_CASE("S-042 the saga hears of a step's end once, also when it comes twice") {
  script_world<answered_saga> world;
  world.lose_answers_of("a");
  world.open("a", "send w one");
  world.settle(30s);
  world.heal();
  world.settle(60s);
  world.crash();
  world.settle(60s);
  CHECK(world.heard("a") == "opened send w one, answered one 1");
}

TEST_CASE("S-050 attempts that failed count on after a crash") {
  script_world<> world;
  world.fall_ill("w");
  world.open("a", "send w 1;retry 4");
  world.settle(250ms);
  const auto before = world.at("a").open.front().attempts;
  CHECK(before >= 1);
  world.crash();
  world.settle(1min);
  REQUIRE(world.at("a").open.size() == 1);
  CHECK(world.at("a").open.front().attempts == 4);
  CHECK(world.metric("sagas.script.attempts_failed") == 4);
}

TEST_CASE("S-045 a step stays open until its saga has taken note of the end") {
  script_world<> world;
  world.cut_off("a");
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "a", .text = "send w one"});
  world.settle(1s);
  world.heal();
  world.settle(20s);
  CHECK(world.worked("w") == "one");
  CHECK(world.at("a").open.empty());
}

TEST_CASE("S-027 a step for a type that nobody hosts is an error when it is asked for") {
  script::around = {};
  saga_world world;
  world.host<script::speaker>();
  world.host_saga<plain_saga>();
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "a", .text = "send w 1"});
  world.settle(10s);
  const saga_status at = world.status<plain_saga>("a");
  CHECK(at.phase == saga_phase::none);
  REQUIRE(at.parked.size() == 1);
  CHECK(at.parked.front().cause.find("not hosted here") != std::string::npos);
}

TEST_CASE("S-044 after a day of being cut off all is delivered, a bounded number at a time") {
  script_world<> world;
  for (int i = 0; i < 600; ++i) {
    const std::string whom = "w" + std::to_string(i);
    world.cut_off(whom);
    world.ask<script::speaker>(
        "sue", script::speaker_cmd::open{.key = std::to_string(i), .text = "send " + whom + " x"});
  }
  world.settle(30s);
  world.time.pass(24h);
  world.heal();
  world.most_letters_at_once = 0;
  world.settle(2min);
  for (int i = 0; i < 600; ++i) CHECK(world.worked("w" + std::to_string(i)) == "x");
  CHECK(world.most_letters_at_once <= 256);
}

TEST_CASE("S-125 what is kept beside the log may be lost: nothing is sent or handled again") {
  script_world<> world;
  world.open("a", "send w one;deadline sends 50");
  world.settle(1min);
  const std::string before = world.heard("a");
  world.forget_what_is_derived();
  world.crash();
  world.settle(1min);
  CHECK(world.worked("w") == "one, because of a deadline");
  CHECK(world.heard("a") == before);
  world.say("a", "goes on");
  CHECK(world.heard("a") == before + ", said goes on");
}

TEST_CASE("functions outside are called until they answer, with the same key each time") {
  script_world<answered_saga> world;
  std::vector<command_id> keys;
  world.handle_calls([&](const outgoing_call& call) -> call_outcome {
    keys.push_back(call.key);
    CHECK(script::to_text(call.request) == "letter");
    if (keys.size() < 3) return error{errc::io_error, "the line is dead"};
    return script::to_bytes("sent");
  });
  world.open("a", "call post letter");
  world.settle(1min);
  REQUIRE(keys.size() == 3);
  CHECK(keys[0] == keys[2]);
  CHECK(world.heard("a") == "opened call post letter, answered post raw sent");
}

// ---- compensation

TEST_CASE("S-066 what takes a step back gets the value that the step returned, after a crash too") {
  script_world<answered_saga> world;
  world.open("a", "send w one");
  world.say("a", "send w two");
  world.crash();
  world.say("a", "compensate why");
  world.settle(1min);
  CHECK(world.worked("undo") == "back two 2, back one 1");
  CHECK(world.phase("a") == saga_phase::failed);
  CHECK(world.at("a").reason == "why");
}

TEST_CASE("S-060 a compensation goes on after any crash, and takes each step back once") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    script_world<> world(seed);
    world.open("a", "send w 1;undo u1;send w 2;undo u2;send w 3;undo u3");
    world.settle();
    world.say("a", "compensate why");
    world.storm(400);
    world.settle();
    CHECK(world.worked("undo") == "u3, u2, u1");
    CHECK(world.phase("a") == saga_phase::failed);
  }
}

TEST_CASE("S-061 one that cannot be taken back is given up, and the rest waits for somebody") {
  script_world<> world;
  world.open("a", "send w 1;undo u1;send w 2;undosick u2");
  world.fall_ill("sick");
  world.say("a", "compensate why");
  world.settle(1min);
  CHECK(world.phase("a") == saga_phase::compensating);
  CHECK(world.worked("undo").empty());
  REQUIRE(world.at("a").open.size() == 1);
  const std::uint64_t stuck = world.at("a").open.front().number;
  SECTION("it is tried anew and succeeds") {
    world.recover("sick");
    CHECK(world.tell("a", saga_order::kind::retry_step, stuck) == "accepted");
    world.settle(1min);
    CHECK(world.worked("sick") == "u2");
    CHECK(world.worked("undo") == "u1");
    CHECK(world.phase("a") == saga_phase::failed);
  }
  SECTION("it is dropped, and the rest goes on") {
    CHECK(world.tell("a", saga_order::kind::drop_step, stuck) == "accepted");
    world.settle(1min);
    CHECK(world.worked("undo") == "u1");
    CHECK(world.phase("a") == saga_phase::failed);
  }
}

TEST_CASE("S-061 or goes on, where the options say so") {
  script_world<goes_on> world;
  world.open("a", "send w 1;undo u1;send w 2;undosick u2");
  world.fall_ill("sick");
  world.say("a", "compensate why");
  world.settle(1min);
  CHECK(world.worked("undo") == "u1");
  CHECK(world.phase("a") == saga_phase::failed);
  CHECK(world.at("a").open.size() == 1);
}

TEST_CASE("S-062 a step that is accepted after the failure was seen is taken back too") {
  script_world<> world;
  world.fall_ill("slow");
  world.open("a", "send slow 1;undo slowly;send w 2;undo u2");
  world.say("a", "compensate why");
  world.settle(5s);
  CHECK(world.worked("undo") == "u2");
  CHECK(world.phase("a") == saga_phase::compensating);
  world.recover("slow");
  world.settle(5min);
  CHECK(world.worked("undo") == "u2, slowly");
  CHECK(world.phase("a") == saga_phase::failed);
}

TEST_CASE("S-064 cancelling by hand takes back from the last step on") {
  script_world<> world;
  world.open("a", "send w 1;undo u1;send w 2;undo u2");
  CHECK(world.tell("a", saga_order::kind::cancel) == "accepted");
  world.settle(1min);
  CHECK(world.worked("undo") == "u2, u1");
  CHECK(world.at("a").reason == "by hand");
  CHECK(world.tell("a", saga_order::kind::cancel) == "rejected not_running");
}

TEST_CASE("S-065 a deadline during a compensation begins no second one") {
  script_world<> world;
  world.fall_ill("sick");
  world.open("a", "deadline x 1000;send w 1;undosick u1");
  world.say("a", "compensate why");
  world.pass(5'000ms);
  CHECK(world.heard("a").find("due") == std::string::npos);
  CHECK(world.at("a").reason == "why");
}

TEST_CASE("S-120 killing an instance stops all that it tries, and leaves a record") {
  script_world<> world;
  world.fall_ill("w");
  world.open("a", "send w 1;undo u1;deadline x 1000");
  CHECK(world.tell("a", saga_order::kind::kill) == "accepted");
  world.recover("w");
  world.settle(1h);
  CHECK(world.worked("w").empty());
  CHECK(world.worked("undo").empty());
  CHECK(world.phase("a") == saga_phase::killed);
  CHECK(world.at("a").reason == "by hand");
  CHECK(world.heard("a").find("due") == std::string::npos);
}

}  // namespace reprise::sagas::testing
