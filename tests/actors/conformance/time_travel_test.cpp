// SPDX-License-Identifier: Apache-2.0
//
// Past states.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>

namespace reprise::conformance {
namespace {

using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("A-109 a sequence above the head is an error that carries the head",
                   "[time travel]", in_memory, on_disk) {
  node_world world(TestType::where);
  REQUIRE(world.ask("ann", cmd::spread{.count = 3, .cents = 1}) == "accepted");
  const auto beyond = world.of("ann").at(4);
  REQUIRE_FALSE(beyond.has_value());
  CHECK(beyond.error().code == errc::beyond_head);
  CHECK(beyond.error().number == 3);
  const auto of_nobody = world.of("nobody").at(1);
  REQUIRE_FALSE(of_nobody.has_value());
  CHECK(of_nobody.error().code == errc::beyond_head);
  CHECK(of_nobody.error().number == 0);
}

TEMPLATE_TEST_CASE(
    "A-110 before the first event there is the default state, in the future that of the head",
    "[time travel]", in_memory, on_disk) {
  node_world world(TestType::where);
  REQUIRE(world.ask("ann", cmd::spread{.count = 3, .cents = 1}) == "accepted");
  const auto first = world.of("ann").at(1);
  REQUIRE(first.has_value());
  const auto before = world.of("ann").at(first->time - 1us);
  REQUIRE(before.has_value());
  CHECK(before->sequence == sequence{0});
  CHECK(account_state(before->state) == account_state{});
  const auto at_the_time = world.of("ann").at(first->time);
  REQUIRE(at_the_time.has_value());
  CHECK(at_the_time->sequence >= sequence{1});
  const auto future = world.of("ann").at(first->time + 1h);
  REQUIRE(future.has_value());
  CHECK(future->sequence == sequence{3});
  CHECK(account_state(future->state) == world.state("ann"));
  const auto nobody = world.of("nobody").at(first->time + 1h);
  REQUIRE(nobody.has_value());
  CHECK(nobody->sequence == sequence{0});
}

TEMPLATE_TEST_CASE("A-111 time travel neither changes, blocks nor passivates the live one",
                   "[time travel]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  REQUIRE(world.ask("ann", cmd::spread{.count = 3, .cents = 1}) == "accepted");
  REQUIRE(world.of("ann").at(1)->state.balance == 1);
  CHECK(world.state("ann").balance == 3);
  {
    // While its handler is at work.
    shut_gate handler(watch.handling);
    const auto slow = world.of("ann").ask(cmd::linger{.cents = 1});
    handler.await_arrival();
    CHECK(world.of("ann").at(2)->state.balance == 2);
    handler.open();
    CHECK(heard(slow) == "accepted");
  }
  CHECK(world.state("ann").balance == 4);
  CHECK(world.head("ann") == 4);
  CHECK(world.metric("aggregates.activated") == 1);
  CHECK(world.metric("aggregates.passivated") == 0);
}

}  // namespace
}  // namespace reprise::conformance
