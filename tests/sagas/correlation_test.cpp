// SPDX-License-Identifier: Apache-2.0
//
// Which instance an event reaches, and what becomes of events that reach none.
#include "persistence/record_envelope.hpp"
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace reprise::sagas::testing {
namespace {

using script::plain_saga;

struct strict_saga : plain_saga {
  static constexpr saga_options options{.name = "strict",
                                        .strict_start = true,
                                        .strict_continue = true,
                                        .failing = {.finally = failure_policy::then::park,
                                                    .retries = 0,
                                                    .first_delay = std::chrono::milliseconds(1)}};
};

struct anew_saga : plain_saga {
  static constexpr saga_options options{.name = "anew"};
  static std::string key_of(const script::speaker_ev::opened& e, const envelope& m) {
    return e.key + "/" + std::to_string(m.sequence.value);
  }
  static std::string key_of(const script::speaker_ev::said& e, const envelope&) { return e.key; }
};

struct skipping_saga : plain_saga {
  static constexpr saga_options options{.name = "skipping",
                                        .failing = {.finally = failure_policy::then::skip,
                                                    .retries = 1,
                                                    .first_delay = std::chrono::milliseconds(1)}};
};

struct patient_saga : plain_saga {
  static constexpr saga_options options{.name = "patient",
                                        .failing = {.finally = failure_policy::then::keep_trying,
                                                    .first_delay = std::chrono::seconds(1)}};
};

}  // namespace

TEST_CASE("S-001 S-002 an event makes or reaches the instance of its key, and no other") {
  script_world<> world;
  world.open("a", "first");
  world.open("b", "second");
  world.say("a", "more");
  CHECK(world.heard("a") == "opened first, said more");
  CHECK(world.heard("b") == "opened second");
  CHECK(world.phase("c") == saga_phase::none);
}

TEST_CASE("S-004 an event that starts is one more event for an instance that runs") {
  script_world<> world;
  world.open("a", "first");
  world.open("a", "again");
  CHECK(world.heard("a") == "opened first, opened again");
}

TEST_CASE("S-005 S-007 strict rules make errors of it, and the instance stays as it was") {
  script_world<strict_saga> world;
  world.say("a", "nobody is there");
  CHECK(world.phase("a") == saga_phase::none);
  REQUIRE(world.at("a").parked.size() == 1);
  CHECK(world.at("a").parked.front().cause.find("no instance") != std::string::npos);

  world.open("b", "first");
  world.open("b", "again");
  CHECK(world.heard("b") == "opened first");
  REQUIRE(world.at("b").parked.size() == 1);
  CHECK(world.at("b").parked.front().cause.find("running already") != std::string::npos);
}

TEST_CASE("S-006 an event that only goes on is left alone where no instance runs") {
  script_world<> world;
  world.say("a", "nobody is there");
  CHECK(world.phase("a") == saga_phase::none);
  CHECK(world.at("a").parked.empty());
}

TEST_CASE("S-008 a key made of the event's own sequence begins a new instance each time") {
  script_world<anew_saga> world;
  world.open("a", "one");
  world.open("a", "two");
  CHECK(world.heard("a/1") == "opened one");
  CHECK(world.heard("a/2") == "opened two");
}

TEST_CASE("S-010 an event of several keys is handled once by each instance") {
  script_world<> world;
  world.open("a,b,a", "both");
  CHECK(world.heard("a") == "opened both");
  CHECK(world.heard("b") == "opened both");
}

TEST_CASE("S-012 what has ended is not reached, and begins anew with fresh data") {
  script_world<> world;
  world.open("a", "finish");
  CHECK(world.phase("a") == saga_phase::completed);
  world.say("a", "too late");
  CHECK(world.heard("a") == "opened finish");
  world.open("a", "anew");
  CHECK(world.phase("a") == saga_phase::running);
  CHECK(world.heard("a") == "opened anew");
}

TEST_CASE("S-014 an event whose key cannot be made is parked, and the others go on") {
  script_world<> world;
  world.open("a", "first");
  world.open("bad", "who?", "sam");
  world.settle(std::chrono::seconds(5));
  world.say("a", "more");
  CHECK(world.heard("a") == "opened first, said more");
  // Nobody knows the instance, so it is the one of the event's own aggregate.
  REQUIRE(world.at("sam").parked.size() == 1);
  CHECK(world.at("sam").parked.front().cause.find("no key") != std::string::npos);
  script::around.keys_throw = false;
  CHECK(world.tell("sam", saga_order::kind::retry_parked) == "accepted");
  CHECK(world.heard("sam") == "opened who?");
}

TEST_CASE("S-014 with another policy such an event is passed by and counted") {
  script_world<skipping_saga> world;
  world.open("bad", "who?");
  world.settle(std::chrono::seconds(5));
  world.open("a", "fine");
  CHECK(world.heard("a") == "opened fine");
  CHECK(world.metric("sagas.skipping.skipped") == 1);
}

TEST_CASE("S-015 an event whose key is found late comes before later ones, whoever spoke") {
  script_world<patient_saga> world(1, 1);
  world.open("bad", "first", "sam");
  script::around.keys_throw = false;
  world.say("bad", "more", "ann");
  world.say("bad", "still more", "bob");
  CHECK(world.heard("bad") == "");
  world.settle(std::chrono::seconds(5));
  CHECK(world.heard("bad") == "opened first, said more, said still more");
}

TEST_CASE("S-014 what waited behind an event without a key goes on when that is given up") {
  script_world<> world(1, 1);
  world.open("a", "first");
  world.open("bad", "who?", "sam");
  world.open("bad", "who else?", "tom");
  world.say("a", "more", "ann");
  world.settle(std::chrono::seconds(5));
  CHECK(world.heard("a") == "opened first, said more");
  CHECK(world.at("sam").parked.size() == 1);
  CHECK(world.at("tom").parked.size() == 1);
  CHECK(world.metric("sagas.script.parked") == 2);
}

struct hasty_saga : plain_saga {
  static constexpr saga_options options{.name = "hasty",
                                        .failing = {.finally = failure_policy::then::skip,
                                                    .retries = 0,
                                                    .first_delay = std::chrono::milliseconds(1)}};
};

TEST_CASE("S-014 thousands of events without a key are passed by, one after the other") {
  script_world<hasty_saga> world(1, 1);
  world.open("sam", "first");
  // Its instance is busy, so that the first one without a key holds the others.
  world.lose_answers_of("sam");
  world.say("sam", "more");
  constexpr int events = 3'000;
  for (int i = 0; i < events; ++i) {
    world.saga_world::tell<script::speaker>(
        "sam", script::speaker_cmd::say{.key = "bad", .text = "who?"}, std::to_string(i));
  }
  world.settle(std::chrono::seconds(1));
  CHECK(world.metric("sagas.hasty.skipped") == 0);
  world.heal();
  world.settle(std::chrono::minutes(2));
  CHECK(world.metric("sagas.hasty.skipped") == events);
  world.say("sam", "done");
  CHECK(world.heard("sam") == "opened first, said more, said done");
}

TEST_CASE("S-015 a hundred instances see their own events, in order, in a storm") {
  script_world<> world(7);
  const auto key = [](int i) { return "k" + std::to_string(i); };
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string name = std::to_string(round) + "/" + key(i);
      const std::string text = std::to_string(round);
      // One speaker each, since order is only promised within a partition's log.
      if (round == 0) {
        world.saga_world::tell<script::speaker>(
            key(i), script::speaker_cmd::open{.key = key(i), .text = text}, name);
      } else {
        world.saga_world::tell<script::speaker>(
            key(i), script::speaker_cmd::say{.key = key(i), .text = text}, name);
      }
      world.storm(10);
    }
    for (int i = 0; i < 100; ++i) {
      const std::string name = std::to_string(round) + "/" + key(i);
      const std::string text = std::to_string(round);
      const ask_options how{.id = derive_command_id(name)};
      if (round == 0) {
        world.ask<script::speaker>(key(i), script::speaker_cmd::open{key(i), text}, how);
      } else {
        world.ask<script::speaker>(key(i), script::speaker_cmd::say{key(i), text}, how);
      }
    }
  }
  world.settle();
  for (int i = 0; i < 100; ++i) {
    CHECK(world.heard(key(i)) == "opened 0, said 1, said 2, said 3");
  }
}

TEST_CASE("S-016 two events that start the same instance are handled by one, in order") {
  script_world<> world;
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "a", .text = "one"});
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "a", .text = "two"});
  world.soon();
  CHECK(world.heard("a") == "opened one, opened two");
}

TEST_CASE("S-017 an event that is delivered twice is handled once") {
  script_world<> world;
  world.lose_answers_of("a");
  world.open("a", "once");
  world.settle(std::chrono::seconds(5));
  world.heal();
  world.crash();
  world.settle();
  CHECK(world.heard("a") == "opened once");
}

TEST_CASE("S-019 S-091 correlation goes on, and the cause is the event that was handled") {
  script_world<> world;
  const ask_options how{.correlation = {derive_command_id("talk").value}};
  world.ask<script::speaker>(
      "sue", script::speaker_cmd::open{.key = "a", .text = "send w hello;deadline sends 50"}, how);
  world.settle();
  event_id spoken;
  world.each_event<script::speaker>("sue",
                                    [&](const persistence::stored_record& r) { spoken = r.event; });
  int seen = 0;
  world.each_event<script::worker>("w", [&](const persistence::stored_record& r) {
    ++seen;
    CHECK(r.correlation == how.correlation);
    CHECK(persistence::envelope_of(r).causation.value == spoken.value);
  });
  CHECK(seen == 2);
}

}  // namespace reprise::sagas::testing
