// SPDX-License-Identifier: Apache-2.0
//
// When an aggregate leaves memory because it, or its owner, wants it to.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>

namespace reprise::conformance {
namespace {

using namespace std::chrono_literals;

// An account that is finished once it is renamed.
template <class Settings>
struct closing_account : account_with<Settings> {
  static constexpr bool finishes(const ev::renamed&) { return true; }
};
struct leaves_after_rejection {
  static constexpr options value{.passivate_after_rejection = true};
};
struct leaves_after_failure {
  static constexpr options value{.passivate_after_failure = true};
};

// An answer may overtake the count of what it led to; what comes behind it in the partition cannot.
template <class World>
std::uint64_t passivated(const World& world) {
  world.ask("somebody else", cmd::get{});
  return world.metric("aggregates.passivated");
}

TEMPLATE_TEST_CASE("A-064 a stop after rejection, failure or event follows its setting",
                   "[lifecycle]", in_memory, on_disk) {
  SECTION("it stays by default, whatever happens") {
    node_world world(TestType::where, one_partition());
    CHECK(world.ask("ann", cmd::withdraw{.cents = 1}) == "rejected insufficient");
    CHECK(world.ask("ann", cmd::stumble{.how = bank::stumble::standard}) == "handler_failed");
    CHECK(world.ask("ann", cmd::rename{.owner = "Ann"}) == "accepted");
    CHECK(passivated(world) == 0);
  }
  SECTION("after a rejection") {
    world_of<account_with<leaves_after_rejection>> world(TestType::where, one_partition());
    CHECK(world.ask("ann", cmd::stumble{.how = bank::stumble::standard}) == "handler_failed");
    CHECK(passivated(world) == 0);
    CHECK(world.ask("ann", cmd::withdraw{.cents = 1}) == "rejected insufficient");
    CHECK(passivated(world) == 1);
  }
  SECTION("after a failure") {
    world_of<account_with<leaves_after_failure>> world(TestType::where, one_partition());
    CHECK(world.ask("ann", cmd::withdraw{.cents = 1}) == "rejected insufficient");
    CHECK(passivated(world) == 0);
    CHECK(world.ask("ann", cmd::stumble{.how = bank::stumble::standard}) == "handler_failed");
    CHECK(passivated(world) == 1);
  }
  SECTION("after an event") {
    world_of<closing_account<usual>> world(TestType::where, one_partition());
    CHECK(world.ask("ann", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
    CHECK(passivated(world) == 0);
    CHECK(world.ask("ann", cmd::rename{.owner = "Ann"}) == "accepted");
    CHECK(passivated(world) == 1);
    CHECK(world.state("ann").owner == "Ann");
  }
}

TEMPLATE_TEST_CASE("A-067 idle time and limit take effect while the node runs", "[lifecycle]",
                   in_memory, on_disk) {
  node_world world(TestType::where, one_partition());
  for (const char* id : {"ann", "bob", "cid"}) {
    CHECK(world.ask(id, cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  }
  CHECK(world.metric("aggregates.passivated") == 0);
  world.node().active_max(2);
  CHECK(world.ask("cid", cmd::get{}) == "accepted");
  CHECK(world.metric("aggregates.passivated") == 1);
  // One more than before would be one too many.
  CHECK(world.ask("ann", cmd::get{}) == "accepted");
  CHECK(world.metric("aggregates.passivated") == 2);
  world.node().template passivate_after<account>(0ms);
  CHECK(world.ask("bob", cmd::get{}) == "accepted");
  CHECK(world.metric("aggregates.passivated") >= 4);
  CHECK(world.state("cid").balance == 1);
}

TEMPLATE_TEST_CASE("A-070 a finished aggregate is back only for a command that it accepts",
                   "[lifecycle]", in_memory, on_disk) {
  world_of<closing_account<leaves_after_rejection>> world(TestType::where, one_partition());
  REQUIRE(world.ask("ann", cmd::rename{.owner = "Ann"}) == "accepted");
  CHECK(passivated(world) == 1);
  // Judging a command takes the state; what refuses it does not stay for it.
  CHECK(world.ask("ann", cmd::withdraw{.cents = 1}) == "rejected insufficient");
  CHECK(passivated(world) == 2);
  const auto next = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""}).result();
  REQUIRE(heard(next) == "accepted");
  CHECK(next->at().sequence == sequence{2});
  CHECK(next->value().owner == "Ann");
  CHECK(passivated(world) == 2);
}

}  // namespace
}  // namespace reprise::conformance
