// SPDX-License-Identifier: Apache-2.0
//
// Commands and decisions: what a handler may decide, and what becomes of it.
#include "tests/actors/conformance/foreign_commands.hpp"
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

TEMPLATE_TEST_CASE(
    "A-001 one event is stored at sequence 1, applied once, answered; a neighbour is untouched",
    "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where, one_partition());
  const auto first = world.of("ann").ask(cmd::deposit{.cents = 5, .note = ""}).result();
  REQUIRE(heard(first) == "accepted");
  CHECK(first->at().sequence == sequence{1});
  CHECK(first->value().balance == 5);
  CHECK(first->value().events == 1);
  CHECK(world.state("ann").events == 1);
  CHECK(world.state("bob") == account_state{});
  CHECK(world.head("bob") == 0);
}

TEMPLATE_TEST_CASE("A-002 several events are one batch, and no reader sees only some of them",
                   "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where);
  constexpr std::uint64_t batches = 200;
  std::atomic<bool> written{false};
  std::atomic<bool> torn{false};
  at_once(2, [&](std::size_t i) {
    if (i == 0) {
      for (std::uint64_t n = 0; n < batches; ++n) {
        if (world.ask("ann", cmd::spread{.count = 3, .cents = 1}) != "accepted") torn = true;
      }
      written = true;
    } else {
      while (!written) {
        const account_state seen = world.state("ann");
        if (seen.balance % 3 != 0 || seen.events % 3 != 0) torn = true;
        // What is in the log is seen by time travel; it ends with a whole batch, too.
        const auto stored = world.of("ann").at(timestamp::max());
        if (!stored || stored->state.balance % 3 != 0) torn = true;
      }
    }
  });
  CHECK_FALSE(torn);
  CHECK(world.head("ann") == 3 * batches);
}

TEMPLATE_TEST_CASE("A-004 deciding nothing stores nothing and replies the unchanged state",
                   "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where);
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  const auto reviewed = world.of("ann").ask(cmd::review{}).result();
  REQUIRE(heard(reviewed) == "accepted");
  CHECK(reviewed->value().balance == 5);
  CHECK(reviewed->at().sequence == sequence{1});
  const auto next = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""}).result();
  CHECK(next->at().sequence == sequence{2});
}

TEMPLATE_TEST_CASE("A-005 a rejection reaches the caller, stores nothing, and life goes on",
                   "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where);
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  const auto refused = world.of("ann").ask(cmd::withdraw{.cents = 6}).result();
  REQUIRE(refused.has_value());
  REQUIRE(refused->is_rejection());
  CHECK(refused->why() == rejection{"insufficient", "there are 5"});
  CHECK_THROWS_AS(world.of("ann").ask(cmd::withdraw{.cents = 6}).get(), rejected);
  CHECK(world.metric("aggregates.activated") == 1);
  const auto next = world.of("ann").ask(cmd::withdraw{.cents = 5}).result();
  REQUIRE(heard(next) == "accepted");
  CHECK(next->at().sequence == sequence{2});
}

TEMPLATE_TEST_CASE("A-006 a rejected first command leaves the aggregate without existence",
                   "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  CHECK(world.ask("ann", cmd::withdraw{.cents = 1}) == "rejected insufficient");
  CHECK(world.head("ann") == 0);
  // Neither the live one nor a fresh activation finds anything in its way at sequence 1.
  world.passivate_all();
  const auto first = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""}).result();
  REQUIRE(heard(first) == "accepted");
  CHECK(first->at().sequence == sequence{1});
}

TEMPLATE_TEST_CASE("A-007 the first command of a fresh id runs on the default state", "[decisions]",
                   in_memory, on_disk) {
  node_world world(TestType::where);
  CHECK(world.state("ann") == account_state{});
  CHECK(world.ask("bob", cmd::rename{.owner = "bob"}) == "accepted");
  account_state expected{};
  expected.owner = "bob";
  expected.events = 1;
  CHECK(world.state("bob") == expected);
}

struct meddler : aggregate<bank::account_api> {
  decision on(const cmd::deposit&);  // not const
};

TEST_CASE("A-009 a handler that could alter the state is no handler", "[decisions]") {
  // That an assignment in a const handler does not compile is the test refused.meddling_handler.
  STATIC_CHECK_FALSE(handles<meddler, cmd::deposit>);
  STATIC_CHECK(handles<account, cmd::deposit>);
}

TEMPLATE_TEST_CASE("A-011 a command of a newer client is unknown, and nothing happens",
                   "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where);
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  const auto client = world.node().template of<newer_account>("ann");
  const auto outcome = client.ask(close_down{}).result();
  REQUIRE(heard(outcome) == "unknown_command");
  CHECK(outcome.error().message.find("Account") != std::string::npos);
  CHECK(outcome.error().message.find(std::to_string(close_down::tag)) != std::string::npos);
  CHECK(heard(world.node().template of<newer_account>("fresh").ask(close_down{})) ==
        "unknown_command");
  CHECK(world.head("ann") == 1);
  CHECK(world.ask("ann", cmd::withdraw{.cents = 5}) == "accepted");
}

TEMPLATE_TEST_CASE("A-012 a command that cannot be decoded is told so and activates once",
                   "[decisions]", in_memory, on_disk) {
  node_world world(TestType::where);
  const auto client = world.node().template of<newer_account>("ann");
  for (int i = 0; i < 10; ++i) CHECK(heard(client.ask(garbled_deposit{})) == "malformed");
  CHECK(world.metric("aggregates.activated") <= 1);
  CHECK(watch.handled == 0);
  const auto next = world.of("ann").ask(cmd::deposit{.cents = 5, .note = ""}).result();
  REQUIRE(heard(next) == "accepted");
  CHECK(next->at().sequence == sequence{1});
}

TEMPLATE_TEST_CASE("A-014 two tenants with one id have two aggregates", "[decisions]", in_memory,
                   on_disk) {
  node_world world(TestType::where);
  const auto of = [&](const char* tenant) {
    return world.node().template of<account>(std::string(tenant), std::string("ann"));
  };
  CHECK(of("red").ask(cmd::deposit{.cents = 1, .note = ""}).get().balance == 1);
  CHECK(of("blue").ask(cmd::deposit{.cents = 10, .note = ""}).get().balance == 10);
  CHECK(of("red").ask(cmd::get{}).get().balance == 1);
  CHECK(world.state("ann").balance == 0);
  // Where tenant and id meet is part of the name.
  const auto split = world.node().template of<account>(std::string("redan"), std::string("n"));
  CHECK(split.ask(cmd::get{}).get().balance == 0);
  CHECK(of("blue").at(1)->state.balance == 10);
}

}  // namespace
}  // namespace reprise::conformance
