// SPDX-License-Identifier: Apache-2.0
//
// The life of activations: recovery, what waits meanwhile, passivation, snapshots.
#include "core_world.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace reprise::actors::testing {
namespace {

using namespace std::chrono_literals;
using command = purse_command;

// A world in which ann's purse has a past and nothing is in memory.
void with_past(core_world& world, int puts) {
  for (int i = 0; i < puts; ++i) world.put(1);
  world.commit();
  world.restart();
}

TEST_CASE("a fresh aggregate needs no recovery") {
  core_world world;
  const auto put = world.put(1);
  world.commit();
  CHECK(put->heard() == "1");
  CHECK(world.recoveries.empty());
}

TEST_CASE("A-031 a thousand commands that wait for a recovery all run, in their order") {
  core_world world({.remembered_commands = 0});
  with_past(world, 1);
  std::vector<std::shared_ptr<caller>> waiting;
  for (int i = 0; i < 1000; ++i) waiting.push_back(world.put(1));
  CHECK(world.recoveries.size() == 1);
  CHECK(waiting.front()->heard() == "-");
  world.recover_all();
  world.commit();
  for (std::uint64_t i = 0; i < waiting.size(); ++i) {
    REQUIRE(waiting[i]->heard() == std::to_string(i + 2));
  }
}

TEST_CASE("A-032 at the limit of waiting commands the newest is refused and the others stay") {
  core_world world({.waiting_max = 2});
  with_past(world, 1);
  const auto a = world.put(1);
  const auto b = world.put(1);
  CHECK(world.put(1)->heard() == "overloaded");
  world.recover_all();
  world.commit();
  CHECK(a->heard() == "2");
  CHECK(b->heard() == "3");
}

TEST_CASE(
    "A-026 a command whose deadline passes while it waits is dropped unhandled, and says so") {
  core_world world;
  with_past(world, 1);
  const auto late = world.ask(command::put, 1, "", "ann", 1s);
  const auto patient = world.ask(command::put, 1, "", "ann", 60s);
  world.time.pass(2s);
  REQUIRE(world.core->next_due().has_value());
  world.core->tick();
  CHECK(late->heard() == "expired");
  world.recover_all();
  world.commit();
  CHECK(patient->heard() == "2");
  CHECK(late->answers == 1);
  CHECK(world.measured.expired.value() == 1);
}

TEST_CASE("A-035 when a handler fails, the commands behind it still run, in order") {
  core_world world;
  with_past(world, 1);
  const auto torn = world.ask(command::tear);
  const auto put = world.put(1);
  world.recover_all();
  world.commit();
  CHECK(torn->heard() == "handler_failed");
  CHECK(put->heard() == "2");
}

TEST_CASE("A-046 a stored event that no applier accepts is named, and nobody waits for ever") {
  core_world world;
  world.put(1);
  world.commit();
  world.journal.append_from_outside(
      {.aggregate = core_world::key(), .events = {{.type = purse_event::cursed}}});
  world.restart();
  const auto put = world.put(1);
  world.recover_all();
  REQUIRE(put->heard() == "replay_failed");
  CHECK((*put->got).error().message == "Purse ann at sequence 2: cursed");
}

TEST_CASE("A-047 a history that cannot be replayed is not replayed again for each command") {
  core_world world;
  world.journal.append_from_outside(
      {.aggregate = core_world::key(), .events = {{.type = purse_event::cursed}}});
  world.put(1);
  world.recover_all();
  const auto reads = world.journal.reads();
  for (int i = 0; i < 100; ++i) CHECK(world.put(1)->heard() == "replay_failed");
  CHECK(world.recoveries.empty());
  CHECK(world.journal.reads() == reads);
  const auto neighbour = world.ask(command::put, 3, "", "bob");
  world.commit();
  CHECK(neighbour->heard() == "3");
  world.time.pass(60s);
  world.put(1);
  CHECK(world.recoveries.size() == 1);
}

TEST_CASE("A-051 a journal that cannot be read is tried again, and in the end callers are told") {
  core_world world;
  with_past(world, 1);
  world.journal.fail_reads(error{errc::io_error, "the disk is away"});
  const auto put = world.put(1);
  world.recover_all();
  CHECK(put->heard() == "-");
  world.time.pass(1s);
  world.core->tick();
  world.journal.fail_reads({});
  world.recover_all();
  world.commit();
  CHECK(put->heard() == "2");

  world.restart();
  world.journal.fail_reads(error{errc::io_error, "the disk is away"});
  const auto unlucky = world.ask(command::put, 1, "", "ann", 1h);
  for (int i = 0; i < 20 && unlucky->heard() == "-"; ++i) {
    world.recover_all();
    world.time.pass(40s);
    world.core->tick();
  }
  CHECK(unlucky->heard() == "unavailable");
}

TEST_CASE("A-080 a recovery beyond its limit is given up, and A-052 its late result is ignored") {
  core_world world;
  with_past(world, 1);
  const auto put = world.put(1);
  world.time.pass(31s);
  world.core->tick();
  CHECK(put->heard() == "unavailable");
  recovery_request late = std::move(world.recoveries.front());
  world.recoveries.pop_front();

  const auto next = world.put(1);
  CHECK(world.recoveries.size() == 1);
  world.core->recovered({late.ticket, error{errc::corrupt, "late nonsense"}});
  CHECK(next->heard() == "-");
  world.recover_all();
  world.commit();
  CHECK(next->heard() == "2");
}

TEST_CASE("A-059 an idle aggregate leaves memory at its time and comes back with the same state") {
  core_world world({.passivate_after = 10s});
  world.put(5);
  world.commit();
  world.time.pass(9s);
  world.core->tick();
  CHECK(world.core->active() == 1);
  world.time.pass(2s);
  world.core->tick();
  CHECK(world.core->active() == 0);
  CHECK_FALSE(world.core->next_due().has_value());
  const auto look = world.look();
  world.recover_all();
  CHECK(look->heard() == "5");
}

TEST_CASE("A-060 each command restarts the idle time, a read too") {
  core_world world({.passivate_after = 10s});
  world.put(5);
  world.commit();
  for (int i = 0; i < 5; ++i) {
    world.time.pass(8s);
    world.look();
    world.core->tick();
    CHECK(world.core->active() == 1);
  }
}

TEST_CASE("A-062 an aggregate with an append or a recovery under way stays in memory") {
  core_world world({.passivate_after = 10s});
  const auto put = world.put(5);
  world.time.pass(20s);
  world.core->tick();
  CHECK(world.core->active() == 1);
  world.commit();
  CHECK(put->heard() == "5");

  world.restart();
  const auto look = world.look();
  world.time.pass(20s);
  world.core->tick();
  CHECK(world.core->active() == 1);
  world.recover_all();
  CHECK(look->heard() == "5");
}

TEST_CASE("A-061 a command right after passivation is neither lost nor run twice") {
  core_world world({.passivate_after = 10s});
  world.put(5);
  world.commit();
  world.time.pass(10s);
  world.core->tick();
  const auto put = world.put(1);
  world.recover_all();
  world.commit();
  CHECK(put->heard() == "6");
  CHECK(world.journal.event_types(core_world::key()).size() == 2);
}

TEST_CASE(
    "A-064 an aggregate leaves memory after a rejection or a failure exactly when it is set to") {
  const bool leaves = GENERATE(false, true);
  core_world world({.passivate_after_rejection = leaves, .passivate_after_failure = leaves});
  CHECK(world.take(9)->heard() == "rejected empty");
  CHECK(world.core->active() == (leaves ? 0U : 1U));
  CHECK(world.ask(command::tear)->heard() == "handler_failed");
  CHECK(world.core->active() == (leaves ? 0U : 1U));
  world.put(1);
  const auto held = world.take(9);
  CHECK(world.core->active() == 1);  // its append is under way
  world.commit();
  CHECK(held->heard() == "rejected empty");
  CHECK(world.core->active() == (leaves ? 0U : 1U));
}

TEST_CASE("A-064 A-070 a finished aggregate leaves memory at its commit and can still be asked") {
  core_world world;
  const auto last = world.ask(command::give_away, 5);
  CHECK(world.core->active() == 1);
  world.commit();
  CHECK(last->heard() == "5");
  CHECK(world.core->active() == 0);
  const auto look = world.look();
  world.recover_all();
  CHECK(look->heard() == "5");
}

TEST_CASE("a finished aggregate that is asked again before its commit stays in memory") {
  core_world world;
  world.ask(command::give_away, 5);
  const auto more = world.put(1);
  world.commit();
  CHECK(more->heard() == "6");
  CHECK(world.core->active() == 1);
}

TEST_CASE("A-067 idle time and limit can be changed while it runs") {
  core_world world({.passivate_after = 100s});
  for (const char* purse : {"ann", "bob", "cid"}) {
    world.ask(command::put, 1, "", purse);
    world.commit();
    world.time.pass(1s);
  }
  world.core->adjust({.active_max = 2});
  CHECK(world.core->active() == 2);
  CHECK(world.ask(command::look, 0, "", "bob")->heard() == "1");
  world.time.pass(20s);
  world.core->adjust({.type = purse_id, .passivate_after = 10s});
  CHECK(world.core->active() == 0);
}

TEST_CASE("A-065 beyond the limit of active aggregates the least recently used one goes first") {
  core_world world({}, {.active_max = 2, .payload_bytes_max = 1000, .recovery_limit = 30s});
  for (const char* purse : {"ann", "bob"}) {
    world.ask(command::put, 1, "", purse);
    world.commit();
    world.time.pass(1s);
  }
  world.ask(command::look, 0, "", "ann");
  world.time.pass(1s);
  world.ask(command::put, 1, "", "cid");
  world.commit();
  CHECK(world.core->active() == 2);
  CHECK(world.ask(command::look, 0, "", "ann")->heard() == "1");  // still there
  const auto bob = world.ask(command::look, 0, "", "bob");
  CHECK(bob->heard() == "-");  // must come back
}

TEST_CASE("A-095 a snapshot holds the state at its sequence and nothing of later commands") {
  core_world world({.snapshot_every = 3});
  for (int i = 0; i < 5; ++i) world.put(1);
  CHECK(world.snapshots.sequences(core_world::key()).empty());
  world.commit();
  REQUIRE(world.snapshots.sequences(core_world::key()) == std::vector<std::uint64_t>{3});
  const auto taken = world.snapshots.load(core_world::key(), {});
  CHECK(number_in((**taken).state) == 3);
  CHECK((**taken).place == position{3});
}

TEST_CASE("a snapshot of state that was lost is never saved") {
  core_world world({.snapshot_every = 3});
  for (int i = 0; i < 5; ++i) world.put(1);
  world.journal.fail(errc::disk_full);
  CHECK(world.snapshots.sequences(core_world::key()).empty());
}

TEST_CASE("A-074 A-075 recovery from a snapshot equals recovery from all events") {
  const std::uint64_t puts = GENERATE(3U, 4U, 10U);
  core_world world({.snapshot_every = 3});
  with_past(world, static_cast<int>(puts));
  const auto look = world.look();
  world.recover_all();
  CHECK(look->heard() == std::to_string(puts));
  const auto put = world.put(1);
  world.commit();
  CHECK(put->heard() == std::to_string(puts + 1));
  CHECK((*put->got)->at.sequence.value == puts + 1);
}

TEST_CASE("A-091 an interval of 0 means that no snapshot is ever taken by count") {
  core_world world({.snapshot_every = 0, .snapshot_when_replay_exceeds = 0us});
  for (int i = 0; i < 1000; ++i) world.put(1);
  world.commit();
  CHECK(world.snapshots.sequences(core_world::key()).empty());
}

TEST_CASE("A-089 a slow recovery leaves a snapshot at once, also when only reads follow") {
  core_world world({.snapshot_every = 0, .snapshot_when_replay_exceeds = 1ms});
  with_past(world, 5);
  const auto look = world.look();
  recovery_request r = std::move(world.recoveries.front());
  world.recoveries.pop_front();
  auto slow = restore({world.journal, world.snapshots, world.time}, *r.type, r.key, r.until);
  REQUIRE(slow);
  slow->took = 2ms;
  world.core->recovered({r.ticket, std::move(slow)});
  CHECK(look->heard() == "5");
  REQUIRE(world.snapshots.sequences(core_world::key()) == std::vector<std::uint64_t>{5});
  world.restart();
  const auto again = world.look();
  world.recover_all();
  CHECK(again->heard() == "5");
}

TEST_CASE("a busy aggregate with no idle time does not keep its partition from working") {
  core_world world({.passivate_after = 0ms});
  const auto put = world.put(5);
  world.core->tick();
  CHECK(world.core->active() == 1);
  world.commit();
  world.core->tick();
  CHECK(put->heard() == "5");
  CHECK(world.core->active() == 0);
}

TEST_CASE("A-092 exactly the newest k snapshots are kept") {
  core_world world({.snapshot_every = 1, .snapshots_kept = 2});
  for (int i = 0; i < 5; ++i) world.put(1);
  world.commit();
  CHECK(world.snapshots.sequences(core_world::key()) == std::vector<std::uint64_t>{4, 5});
}

TEST_CASE("A-096 a snapshot of a newer state version is ignored and the events are replayed") {
  core_world world({.snapshot_every = 3});
  with_past(world, 3);
  persistence::snapshot foreign{.at = {3}, .state_version = 9, .state = number(777)};
  REQUIRE(world.snapshots.save(core_world::key(), foreign, 0));
  const auto look = world.look();
  world.recover_all();
  CHECK(look->heard() == "3");
}

TEST_CASE("J-169 a snapshot above the head is not used, and that is reported") {
  core_world world;
  with_past(world, 2);
  REQUIRE(world.snapshots.save(core_world::key(),
                               {.at = {9}, .state_version = 1, .state = number(9)}, 0));
  const auto look = world.look();
  world.recover_all();
  CHECK(look->heard() == "2");
  CHECK(world.measured.snapshots_above_head.value() == 1);
}

TEST_CASE("commands for a type that is not hosted, and after the stop, are told so") {
  core_world world;
  const auto who = std::make_shared<caller>();
  world.core->receive({.to = {aggregate_type_id{77}, "", "x"},
                       .deadline = world.time.steady() + 1s,
                       .caller = who});
  CHECK(who->heard() == "not_hosted");
  const auto waiting = world.put(1);
  world.core->stop();
  CHECK(world.put(1)->heard() == "stopped");
  world.commit();
  CHECK(waiting->heard() == "1");
}

TEST_CASE("A-036 a stop answers every command that waits for a recovery") {
  core_world world;
  with_past(world, 1);
  const auto a = world.put(1);
  const auto b = world.look();
  world.core->stop();
  CHECK(a->heard() == "stopped");
  CHECK(b->heard() == "stopped");
}

TEST_CASE("A-025 the failures of one-way commands are counted") {
  core_world world;
  world.core->receive(
      {.to = core_world::key(), .command = command::tear, .deadline = world.time.steady() + 1s});
  CHECK(world.measured.one_way_failed.value() == 1);
}

}  // namespace
}  // namespace reprise::actors::testing
