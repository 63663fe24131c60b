// SPDX-License-Identifier: Apache-2.0
//
// Reactions: what follows from a committed event, without a process that remembers it.
#include "tests/sagas/errands.hpp"
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using script::errands;

template <class T>
using otherwise_of = decltype(std::declval<step>().otherwise(std::declval<T>()));

// What needs somebody who remembers is no step, so a reaction does not compile with it.
static_assert(std::is_constructible_v<steps, step, step>);
static_assert(!std::is_constructible_v<steps, effect>);
static_assert(!std::is_convertible_v<effects, steps>);
static_assert(std::is_same_v<decltype(deadline("x", 1s)), effect>);
static_assert(std::is_same_v<decltype(std::declval<step>().undo(std::declval<step>())), effect>);
static_assert(std::is_same_v<otherwise_of<step>, step>);
static_assert(std::is_same_v<otherwise_of<effect>, effect>);
static_assert(std::is_same_v<decltype(std::declval<step>().retry(1, 1s).named("x")), step>);

template <class... R>
class errand_world : public saga_world {
 public:
  explicit errand_world(std::uint64_t seed = 1) : saga_world(seed) {
    script::around = {};
    host<script::speaker>();
    host<script::worker>();
    (host_saga<R>(), ...);
  }

  /// Something is said, and all that follows from it within a tenth of a second.
  void say(const std::string& text, const std::string& speaker = "sue",
           const std::string& key = "k") {
    ask<script::speaker>(speaker, script::speaker_cmd::say{.key = key, .text = text});
    settle(100ms);
  }
  void fall_ill(const std::string& whom) {
    ask<script::worker>(whom, script::worker_cmd::fall_ill{});
  }
  void recover(const std::string& whom) {
    ask<script::worker>(whom, script::worker_cmd::recover{});
  }
  [[nodiscard]] std::string worked(const std::string& whom) {
    return joined(state<script::worker>(whom).done);
  }
  /// Of the reaction's memory of one aggregate.
  template <class R0>
  [[nodiscard]] std::uint64_t records(const std::string& id) {
    std::uint64_t n = 0;
    [[maybe_unused]] const auto read =
        journal().read({reprise::detail::saga_id(R0::options.name), {}, id}, {},
                       [&](const persistence::stored_record&) {
                         ++n;
                         return true;
                       });
    return n;
  }
};

bool in_order(const std::vector<std::string>& all) {
  return std::ranges::is_sorted(all) && std::ranges::adjacent_find(all) == all.end();
}

}  // namespace

TEST_CASE("what follows from an event is sent once the event is committed, and takes effect once") {
  errand_world<errands> world;
  world.say("send w tidy;send v cook");
  CHECK(world.worked("w") == "tidy");
  CHECK(world.worked("v") == "cook");
  CHECK(world.status<errands>("sue").phase == saga_phase::completed);
  CHECK(world.status<errands>("sue").open.empty());
}

TEST_CASE("nothing is written beside the event, nor because of one that nothing follows from") {
  errand_world<errands> world;
  world.say("fine");
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "k", .text = "send w no"});
  world.settle(10s);
  CHECK(world.records<errands>("sue") == 0);
  CHECK(world.count<script::speaker_ev::said>("sue") == 1);
}

TEST_CASE("an event that is lost before it is committed has nothing sent") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    errand_world<errands> world(seed);
    world.tell<script::speaker>("sue", script::speaker_cmd::say{.key = "k", .text = "send w x"},
                                "it");
    world.storm(seed);
    world.crash();
    world.settle();
    CHECK(world.count<script::worker_ev::worked>("w") ==
          world.count<script::speaker_ev::said>("sue"));
  }
}

TEST_CASE("an aggregate that has things done twice in a row sees them done in that order") {
  errand_world<errands> world;
  world.fall_ill("w");
  world.say("send w 1");
  world.say("send w 2;send v 3");
  CHECK(world.worked("v") == "3");
  CHECK(world.worked("w").empty());
  world.recover("w");
  world.settle(10min);
  CHECK(world.worked("w") == "1, 2");
}

TEST_CASE("a target that cannot be reached holds up no other, and no other aggregate") {
  errand_world<errands> world;
  world.cut_off("w");
  world.say("send w 1", "sue");
  world.say("send v 2", "sue");
  world.say("send u 3", "sam");
  CHECK(world.worked("v") == "2");
  CHECK(world.worked("u") == "3");
  world.heal();
  world.settle(2min);
  CHECK(world.worked("w") == "1");
}

TEST_CASE("a reaction begins with all events that there are, or with those to come if it says so") {
  errand_world<> world;
  world.say("send w old");
  SECTION("with all that there are") {
    world.host_saga<errands>();
    world.settle(10s);
    CHECK(world.worked("w") == "old");
  }
  SECTION("with those to come, also after a crash before there is any") {
    world.host_saga<script::late_errands>();
    world.crash();
    world.say("send w new");
    world.crash();
    world.settle(10s);
    CHECK(world.worked("w") == "new");
  }
}

TEST_CASE("two reactions take the same event, each for itself") {
  errand_world<errands, script::gossip> world;
  world.say("send w tidy");
  world.say("send w cook", "sue", "secret");
  CHECK(world.worked("w") == "tidy, cook");
  CHECK(world.worked("gossip") == "sue said send w tidy");
}

TEST_CASE("what a reaction has brought about is reacted to in turn, through three aggregates") {
  errand_world<errands, script::chain> world;
  world.say("send a pass b pass c done");
  world.settle(10s);
  CHECK(world.worked("a") == "pass b pass c done");
  CHECK(world.worked("b") == "pass c done");
  CHECK(world.worked("c") == "done");
}

TEST_CASE("an event of an older form is reacted to in its present form") {
  errand_world<script::modern_errands> world;
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "k", .text = "send w old"});
  world.say("send w new");
  CHECK(world.worked("w") == "old, new");
}

TEST_CASE("what its target rejects is not repeated, and something else is done instead") {
  errand_world<errands> world;
  world.say("send w no;else sorry;send w yes");
  world.settle(1h);
  CHECK(world.worked("w") == "yes");
  CHECK(world.worked("else") == "sorry");
  CHECK(world.status<errands>("sue").open.empty());
}

TEST_CASE("what has failed as often as it may has something else done, attempts counting on") {
  errand_world<errands> world;
  world.fall_ill("w");
  world.say("send w 1;retry 4;else sorry");
  world.settle(250ms);
  const auto before = world.status<errands>("sue").open.front().attempts;
  CHECK(before >= 1);
  world.crash();
  world.settle(1min);
  CHECK(world.worked("else") == "sorry");
  CHECK(world.metric("sagas.errands.attempts_failed") == 4);
}

TEST_CASE("without that it stays as a dead letter, which is tried anew or dropped") {
  errand_world<errands> world;
  world.say("send w no");
  world.say("send w yes");
  CHECK(world.worked("w") == "yes");
  REQUIRE(world.status<errands>("sue").open.size() == 1);
  const open_effect dead = world.status<errands>("sue").open.front();
  CHECK(dead.stuck.find("no: it does not want to") != std::string::npos);
  SECTION("tried anew, with another command") {
    bytes other;
    codec<script::worker_cmd::work>::encode({.text = "better"}, other);
    CHECK(world.steer<errands>("sue", {.what = saga_order::kind::retry_step,
                                       .payload = other,
                                       .number = dead.number}) == "accepted");
    world.settle(1min);
    CHECK(world.worked("w") == "yes, better");
  }
  SECTION("dropped") {
    CHECK(world.steer<errands>("sue", {.what = saga_order::kind::drop_step,
                                       .reason = "never mind",
                                       .number = dead.number}) == "accepted");
  }
  CHECK(world.status<errands>("sue").open.empty());
}

TEST_CASE("there is nothing to cancel of a reaction") {
  errand_world<errands> world;
  world.fall_ill("w");
  world.say("send w 1");
  CHECK(world.steer<errands>("sue", {.what = saga_order::kind::cancel}) == "rejected not_running");
  CHECK(world.steer<errands>("sue", {.what = saga_order::kind::kill}) == "rejected not_running");
}

TEST_CASE("a command whose answers are lost is sent again, and takes effect once") {
  errand_world<errands> world;
  world.lose_answers_of("w");
  world.say("send w one");
  world.settle(30s);
  for (int i = 0; i < 200; ++i) {
    world.ask<script::worker>("w", script::worker_cmd::work{.text = std::to_string(i)});
  }
  world.time.pass(48h);
  world.crash();
  world.heal();
  world.settle(60s);
  CHECK(world.status<errands>("sue").open.empty());
  CHECK(std::ranges::count(world.state<script::worker>("w").done, "one") == 1);
}

TEST_CASE(
    "an event that cannot be taken up is parked, later ones of its aggregate wait behind it") {
  errand_world<errands> world;
  world.say("throw");
  world.say("send w 2", "sam");
  world.settle(5s);
  world.say("send w 1");
  CHECK(world.worked("w") == "2");
  REQUIRE(world.status<errands>("sue").parked.size() == 2);
  CHECK(world.status<errands>("sue").parked.front().cause.find("told to throw") !=
        std::string::npos);
  script::around.throws = false;
  CHECK(world.steer<errands>("sue", {.what = saga_order::kind::retry_parked}) == "accepted");
  world.settle(10s);
  CHECK(world.worked("w") == "2, 1");
}

TEST_CASE("an event that fails once keeps its place before those behind it") {
  errand_world<errands> world;
  world.ask<script::speaker>("sue", script::speaker_cmd::say{.key = "k", .text = "throw;send w 1"});
  world.ask<script::speaker>("sue", script::speaker_cmd::say{.key = "k", .text = "send w 2"});
  // It is seen to fail, and its repeat is not due yet.
  world.settle(1ms);
  CHECK(world.worked("w").empty());
  script::around.throws = false;
  world.settle(10s);
  CHECK(world.worked("w") == "1, 2");
  CHECK(world.status<errands>("sue").parked.empty());
}

TEST_CASE("a step for a type that nobody hosts is an error when the event is taken up") {
  script::around = {};
  saga_world world;
  world.host<script::speaker>();
  world.host_saga<errands>();
  world.ask<script::speaker>("sue", script::speaker_cmd::say{.key = "k", .text = "send w 1"});
  world.settle(10s);
  REQUIRE(world.status<errands>("sue").parked.size() == 1);
  CHECK(world.status<errands>("sue").parked.front().cause.find("not hosted here") !=
        std::string::npos);
}

TEST_CASE(
    "what was taken up stays as it was, and what was not follows the program's next version") {
  errand_world<errands> world;
  world.cut_off("w");
  world.say("send w old");
  world.replace_saga<script::loud_errands>();
  world.say("new");
  world.heal();
  world.settle(2min);
  CHECK(world.worked("w") == "old, LOUD new");
}

TEST_CASE("events wait where too many steps of their aggregate are open, and none has failed") {
  errand_world<script::few_errands> world;
  world.fall_ill("w");
  for (const char* const text : {"send w 1", "send w 2", "send w 3", "send w 4"}) world.say(text);
  world.say("send v 5", "sam");
  world.settle(1min);
  CHECK(world.worked("v") == "5");
  CHECK(world.status<script::few_errands>("sue").open.size() == 2);
  CHECK(world.status<script::few_errands>("sue").parked.empty());
  REQUIRE(world.trouble());
  CHECK(world.trouble()->message.find("more than 2 steps") != std::string::npos);
  world.recover("w");
  world.settle(1h);
  CHECK(world.worked("w") == "1, 2, 3, 4");
}

TEST_CASE("what is done otherwise needs no room, so that nothing waits for itself") {
  errand_world<script::few_errands> world;
  world.cut_off("w");
  world.say("send w no 1;elsetwice one");
  world.say("send w no 2;elsetwice two");
  CHECK(world.status<script::few_errands>("sue").open.size() == 2);
  world.heal();
  world.settle(1h);
  CHECK(world.worked("else") == "one, one again, two, two again");
  CHECK(world.status<script::few_errands>("sue").open.empty());
  CHECK_FALSE(world.trouble());
}

TEST_CASE("an event that asks for too many steps by itself has failed") {
  errand_world<script::few_errands> world;
  world.say("send w 1;send w 2;send w 3");
  world.settle(10s);
  CHECK(world.worked("w").empty());
  REQUIRE(world.status<script::few_errands>("sue").parked.size() == 1);
  CHECK(world.status<script::few_errands>("sue").parked.front().cause.find("more than 2 steps") !=
        std::string::npos);
}

TEST_CASE("only the leader of a partition carries out what follows from events") {
  errand_world<errands> world;
  world.lead(false);
  world.say("send w one");
  world.settle(10s);
  CHECK(world.worked("w").empty());
  world.lead(true);
  world.settle(10s);
  CHECK(world.worked("w") == "one");
}

TEST_CASE("a reaction calls functions outside until they answer, with the same key each time") {
  errand_world<errands> world;
  std::vector<command_id> keys;
  world.handle_calls([&](const outgoing_call& call) -> call_outcome {
    keys.push_back(call.key);
    if (keys.size() < 3) return error{errc::io_error, "the line is dead"};
    return bytes{};
  });
  world.say("call post letter");
  world.settle(1min);
  REQUIRE(keys.size() == 3);
  CHECK(keys[0] == keys[2]);
  CHECK(world.status<errands>("sue").open.empty());
}

TEST_CASE("what a reaction keeps beside the log may be lost: nothing is sent again") {
  errand_world<errands, script::chain> world;
  world.say("send a pass b done");
  world.settle(10s);
  world.forget_what_is_derived();
  world.crash();
  world.settle(1min);
  world.say("send a more");
  CHECK(world.worked("a") == "pass b done, more");
  CHECK(world.worked("b") == "done");
}

TEST_CASE("the conversation and the cause are carried from the event to what follows from it") {
  errand_world<errands, script::chain> world;
  const correlation_id talk{derive_command_id("talk").value};
  world.ask<script::speaker>("sue", script::speaker_cmd::say{.key = "k", .text = "send a pass b x"},
                             {.correlation = talk});
  world.settle(10s);
  for (const char* const whom : {"a", "b"}) {
    std::size_t seen = 0;
    world.each_event<script::worker>(whom, [&](const persistence::stored_record& r) {
      ++seen;
      CHECK(r.correlation == talk);
    });
    CHECK(seen == 1);
  }
}

TEST_CASE("what follows from events happens once and in order, whatever crashes at any step") {
  const char* const only = std::getenv("REPRISE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t seeds = only != nullptr ? 1 : 60;
  constexpr int speakers = 8;
  constexpr int rounds = 5;
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    INFO("REPRISE_SEED=" << seed);
    errand_world<errands, script::gossip, script::chain> world(seed);
    const auto name = [](int speaker, int round) {
      return "s" + std::to_string(speaker) + "/" + std::to_string(round);
    };
    const auto text = [&](int speaker, int round) {
      std::string out = "send w" + std::to_string(speaker % 3) + " pass p" +
                        std::to_string(speaker) + " " + name(speaker, round);
      if (round == 2) out += ";send w no;else " + name(speaker, round);
      return out;
    };
    const auto said = [&](int speaker, int round) {
      return script::speaker_cmd::say{.key = "k", .text = text(speaker, round)};
    };
    for (int round = 0; round < rounds; ++round) {
      for (int s = 0; s < speakers; ++s) {
        world.tell<script::speaker>("s" + std::to_string(s), said(s, round), name(s, round));
        world.storm(40);
      }
      // What the storm swallowed is said again, under the same ids.
      for (int s = 0; s < speakers; ++s) {
        world.ask<script::speaker>("s" + std::to_string(s), said(s, round),
                                   {.id = derive_command_id(name(s, round))});
      }
    }
    world.storm(1'000);
    crashes += world.crashes();
    world.settle();
    CHECK(world.state<script::worker>("gossip").done.size() == speakers * rounds);
    CHECK(world.state<script::worker>("else").done.size() == speakers);
    for (int s = 0; s < speakers; ++s) {
      const std::string id = "s" + std::to_string(s);
      INFO(id);
      CHECK(world.count<script::speaker_ev::said>(id) == rounds);
      const auto passed = world.state<script::worker>("p" + std::to_string(s)).done;
      CHECK(passed.size() == rounds);
      CHECK(in_order(passed));
      CHECK(world.status<errands>(id).open.empty());
      CHECK(world.status<errands>(id).parked.empty());
    }
  }
  CHECK(crashes > 0);
}

}  // namespace reprise::sagas::testing
