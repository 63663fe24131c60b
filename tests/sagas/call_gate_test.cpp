// SPDX-License-Identifier: Apache-2.0
//
// What spares a function outside: its gate alone, and the calls of sagas that wait before it.
#include "sagas/call_gate.hpp"

#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using circuit = call_gate::circuit;
using script::answered_saga;

class gate_scene {
 public:
  explicit gate_scene(const call_limits& limits) : gate(limits) {}

  // Whether a call may begin now.
  bool begins() {
    held = gate.begin(time.steady());
    return !held;
  }
  void ends(bool failed = false) { gate.end(failed, time.steady()); }
  // Begins and ends so many calls.
  void fail(int n) {
    for (int i = 0; i < n; ++i) {
      REQUIRE(begins());
      ends(true);
    }
  }
  [[nodiscard]] std::chrono::nanoseconds wait() const { return held->until - time.steady(); }

  world_clock time;
  call_gate gate;
  std::optional<call_gate::hold> held;
};

}  // namespace

TEST_CASE("a function without limits may always be called") {
  gate_scene scene({});
  scene.fail(1'000);
  CHECK(scene.begins());
  CHECK(scene.gate.state() == circuit::closed);
}

TEST_CASE("so many calls begin in a second, and a few at once after a pause") {
  gate_scene scene({.per_second = 10, .burst = 3});
  CHECK(scene.begins());
  CHECK(scene.begins());
  CHECK(scene.begins());
  CHECK_FALSE(scene.begins());
  CHECK(scene.wait() == 100ms);
  CHECK_FALSE(scene.held->is_trouble);
  scene.time.pass(99ms);
  CHECK_FALSE(scene.begins());
  scene.time.pass(1ms);
  CHECK(scene.begins());
  CHECK_FALSE(scene.begins());
  // An hour of rest is worth no more than the burst.
  scene.time.pass(1h);
  int at_once = 0;
  while (scene.begins()) ++at_once;
  CHECK(at_once == 3);
}

TEST_CASE("a function that fails again and again is not called for a while") {
  gate_scene scene({.failures_max = 3, .open_for = 10s});
  scene.fail(2);
  REQUIRE(scene.begins());
  scene.ends();
  scene.fail(2);
  CHECK(scene.gate.state() == circuit::closed);
  scene.fail(1);
  CHECK(scene.gate.state() == circuit::open);
  CHECK_FALSE(scene.begins());
  CHECK(scene.wait() == 10s);
  CHECK(scene.held->is_trouble);
}

TEST_CASE("after that while one call at a time is made, until it works again") {
  gate_scene scene({.failures_max = 1, .open_for = 10s, .trials = 2});
  scene.fail(1);
  scene.time.pass(10s);
  CHECK(scene.begins());
  CHECK(scene.gate.state() == circuit::half_open);
  // Another one waits for its end.
  CHECK_FALSE(scene.begins());
  CHECK(scene.held->is_trouble);
  scene.ends();
  CHECK(scene.gate.state() == circuit::half_open);
  CHECK(scene.begins());
  scene.ends();
  CHECK(scene.gate.state() == circuit::closed);
  CHECK(scene.begins());
  CHECK(scene.begins());
}

TEST_CASE("a trial that fails opens the circuit for the whole while again") {
  gate_scene scene({.failures_max = 1, .open_for = 10s, .trials = 2});
  scene.fail(1);
  scene.time.pass(10s);
  scene.fail(1);
  CHECK(scene.gate.state() == circuit::open);
  scene.time.pass(9s);
  CHECK_FALSE(scene.begins());
  scene.time.pass(1s);
  CHECK(scene.begins());
}

TEST_CASE("calls that began before the circuit opened do not open it for longer") {
  gate_scene scene({.failures_max = 1, .open_for = 10s});
  REQUIRE(scene.begins());
  REQUIRE(scene.begins());
  scene.ends(true);
  scene.time.pass(9s);
  scene.ends(true);
  scene.time.pass(1s);
  CHECK(scene.begins());
}

TEST_CASE("numbers that must be at least 1 count as 1") {
  gate_scene scene({.per_second = 1, .burst = 0, .failures_max = 1, .open_for = 0ms, .trials = 0});
  scene.fail(1);
  scene.time.pass(1s);
  REQUIRE(scene.begins());
  scene.ends();
  CHECK(scene.gate.state() == circuit::closed);
}

TEST_CASE("calls of many sagas keep to the rate, in the order in which they were asked for") {
  script_world<answered_saga> world;
  std::vector<std::string> called;
  world.handle_calls(
      [&](const outgoing_call& call) -> call_outcome {
        called.push_back(script::to_text(call.request));
        return script::to_bytes("sent");
      },
      call_limits{.per_second = 1, .burst = 1});
  for (int i = 0; i < 10; ++i)
    world.open("k" + std::to_string(i), "call post " + std::to_string(i));
  // Opening takes time as well.
  const std::size_t before = called.size();
  CHECK(before < 10);
  CHECK_FALSE(world.trouble().has_value());
  world.settle(1min);
  REQUIRE(called.size() == 10);
  for (int i = 0; i < 10; ++i) CHECK(called[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("what waits for an open circuit counts as no attempt, is shown, and is made up for") {
  script_world<> world;
  bool broken = true;
  int called = 0;
  world.handle_calls(
      [&](const outgoing_call&) -> call_outcome {
        ++called;
        if (broken) return error{errc::io_error, "the line is dead"};
        return script::to_bytes("sent");
      },
      call_limits{.failures_max = 2, .open_for = 60s});
  // Three attempts, the first two of which open the circuit.
  world.open("a", "call post one;retry 3;else instead");
  world.open("b", "call post two;retry 3;else instead");
  world.settle(30s);
  CHECK(called == 2);
  CHECK(world.worked("else").empty());
  REQUIRE(world.trouble().has_value());
  CHECK(world.trouble()->code == errc::unavailable);
  CHECK(world.trouble()->message.find("it fails too often") != std::string::npos);
  broken = false;
  world.settle(5min);
  CHECK(called == 4);
  CHECK(world.at("a").open.empty());
  CHECK(world.at("b").open.empty());
  CHECK(world.worked("else").empty());
  CHECK_FALSE(world.trouble().has_value());
}

TEST_CASE("a saga that is killed while its call waits does not hold up the others") {
  script_world<> world;
  std::vector<std::string> called;
  world.handle_calls(
      [&](const outgoing_call& call) -> call_outcome {
        called.push_back(script::to_text(call.request));
        return script::to_bytes("sent");
      },
      call_limits{.per_second = 1});
  world.open("a", "call post one");
  world.open("b", "call post two");
  world.open("c", "call post three");
  REQUIRE(called.size() == 1);
  world.tell("b", saga_order::kind::kill);
  world.settle(10s);
  CHECK(called == std::vector<std::string>{"one", "three"});
}

}  // namespace reprise::sagas::testing
