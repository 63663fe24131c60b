// SPDX-License-Identifier: Apache-2.0
//
// Repeats of commands: remembered, answered alike, forgotten in the end.
#include "core_world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace reprise::actors::testing {
namespace {

using namespace std::chrono_literals;
using command = purse_command;

TEST_CASE("J-067 A-099 a repeat after success gets the first reply and receipt, and no event") {
  core_world world;
  const auto first = world.put(5, "once");
  world.commit();
  const auto repeat = world.put(5, "once");
  CHECK(repeat->heard() == "5");
  CHECK((*repeat->got)->at == (*first->got)->at);
  CHECK(world.journal.waiting() == 0);
}

TEST_CASE("A-099 a repeat gets the first reply although the state has moved on") {
  core_world world;
  world.put(5, "once");
  world.put(7);
  world.commit();
  const auto repeat = world.put(5, "once");
  world.recover_all();
  CHECK(repeat->heard() == "5");
  CHECK((*repeat->got)->at == receipt{partition_id{0}, {1}, {1}});
  CHECK(world.look()->heard() == "12");
}

TEST_CASE("A-100 a repeated id with another payload is a conflict") {
  core_world world;
  world.put(5, "once");
  world.commit();
  CHECK(world.put(6, "once")->heard() == "id_conflict");
  CHECK(world.take(5, "once")->heard() == "id_conflict");
}

TEST_CASE("A-101 a rejection is not remembered: its repeat is judged on the present state") {
  core_world world;
  CHECK(world.take(5, "t")->heard() == "rejected empty");
  world.put(5);
  world.commit();
  const auto again = world.take(5, "t");
  world.commit();
  CHECK(again->heard() == "0");
}

TEST_CASE("J-070 a command that decided nothing is remembered too") {
  core_world world;
  world.put(5);
  world.commit();
  CHECK(world.ask(command::shake, 0, "s")->heard() == "5");
  world.put(7);
  world.commit();
  const auto repeat = world.ask(command::shake, 0, "s");
  world.recover_all();
  CHECK(repeat->heard() == "5");
}

TEST_CASE("J-070 a repeated nothing whose state is not committed yet waits for it") {
  core_world world;
  world.put(5);
  const auto first = world.ask(command::shake, 0, "s");
  world.put(7);
  const auto repeat = world.ask(command::shake, 0, "s");
  CHECK(first->heard() == "-");
  CHECK(repeat->heard() == "-");
  world.commit();
  world.recover_all();
  CHECK(first->heard() == "5");
  CHECK(repeat->heard() == "5");
}

TEST_CASE("A-104 commands are remembered across a restart, and J-077 across snapshots") {
  const std::uint32_t every = GENERATE(0U, 1U);
  core_world world({.snapshot_every = every});
  world.put(5, "once");
  world.put(7);
  world.commit();
  world.restart();
  const auto repeat = world.put(5, "once");
  world.recover_all();
  CHECK(repeat->heard() == "5");
  CHECK(world.journal.event_types(core_world::key()).size() == 2);
}

TEST_CASE(
    "J-072 A-105 a command is forgotten when its window has passed, counted from the commit") {
  core_world world({.remembered_for = 60s});
  world.put(5, "once");
  world.time.pass(100s);  // between decision and commit
  world.commit();
  world.time.pass(59s);
  CHECK(world.put(5, "once")->heard() == "5");
  world.time.pass(2s);
  const auto anew = world.put(5, "once");
  world.commit();
  CHECK(anew->heard() == "10");
}

TEST_CASE("a date that jumps makes no command forgotten early, in memory or in the log") {
  const auto by = GENERATE(std::chrono::hours(24), std::chrono::hours(-24));
  const bool loaded_anew = GENERATE(false, true);
  core_world world({.remembered_for = 60s});
  world.put(5, "once");
  world.commit();
  world.time.jump(by);
  world.put(2, "behind the jump");
  world.commit();
  if (loaded_anew) world.restart();
  world.time.pass(59s);
  const auto first = world.put(5, "once");
  const auto second = world.put(2, "behind the jump");
  world.recover_all();
  CHECK(first->heard() == "5");
  CHECK(second->heard() == "7");
  CHECK(world.journal.event_types(core_world::key()).size() == 2);
}

TEST_CASE("what was loaded is remembered for as long as what was just committed") {
  core_world world({.remembered_for = 60s});
  world.put(5, "once");
  world.commit();
  world.time.pass(100s);
  world.restart();
  const auto repeat = world.put(5, "once");
  world.recover_all();
  CHECK(repeat->heard() == "5");
  world.time.pass(61s);
  const auto anew = world.put(5, "once");
  world.commit();
  CHECK(anew->heard() == "10");
}

TEST_CASE("J-075 the window is bounded by count, and a metric says how many were dropped") {
  core_world world({.remembered_commands = 3});
  world.put(1, "a");
  for (int i = 0; i < 3; ++i) world.put(1);
  world.commit();
  CHECK(world.measured.window_dropped.value() == 1);
  const auto anew = world.put(1, "a");
  world.commit();
  CHECK(anew->heard() == "5");
}

TEST_CASE("J-074 one id sent to two aggregates is two commands") {
  core_world world;
  const auto a = world.ask(command::put, 1, "same", "ann");
  const auto b = world.ask(command::put, 1, "same", "bob");
  world.commit();
  CHECK(a->heard() == "1");
  CHECK(b->heard() == "1");
}

TEST_CASE("a decision of several events is one command in the window") {
  core_world world({.remembered_commands = 2});
  world.ask(command::put_twice, 1, "two");
  world.put(1);
  world.commit();
  const auto repeat = world.ask(command::put_twice, 1, "two");
  world.recover_all();
  CHECK(repeat->heard() == "2");
  CHECK((*repeat->got)->at.sequence.value == 2);
  world.restart();
  const auto later = world.ask(command::put_twice, 1, "two");
  world.recover_all();
  CHECK(later->heard() == "2");
}

}  // namespace
}  // namespace reprise::actors::testing
