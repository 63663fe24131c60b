// SPDX-License-Identifier: Apache-2.0
//
// Order of commands, what they see of each other, and what waits while an aggregate recovers.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace reprise::conformance {
namespace {

using namespace std::chrono_literals;

// An id that lives in another partition than ann.
std::string elsewhere_than_ann(const node_world& world) {
  const partition_id home = world.of("ann").ask(cmd::touch{}).get().partition;
  for (int i = 0;; ++i) {
    std::string id = "bob " + std::to_string(i);
    if (world.of(id).ask(cmd::touch{}).get().partition != home) return id;
  }
}

// A world where ann has one event and is not in memory.
void with_sleeping_ann(const node_world& world) {
  world.ask("ann", cmd::count{.caller = 0, .n = 0});
  world.passivate_all();
  watch.counted.clear();
}

TEMPLATE_TEST_CASE("A-027 commands of one caller run in the order in which they were sent",
                   "[ordering]", in_memory, on_disk) {
  node_world world(TestType::where);
  constexpr std::uint64_t commands = 2'000;
  std::vector<reply<cmd::count_reply>> replies;
  for (std::uint64_t n = 0; n < commands; ++n) {
    replies.push_back(world.of("ann").ask(cmd::count{.caller = 0, .n = n}));
  }
  for (const auto& r : replies) REQUIRE(heard(r) == "accepted");
  CHECK(world.state("ann").counted == commands);
  CHECK(world.state("ann").inOrder);
}

TEMPLATE_TEST_CASE(
    "A-028 a command sees the events of one that is not committed yet, and is answered after it",
    "[ordering]", in_memory, on_disk) {
  node_world world(TestType::where);
  const auto ann = world.of("ann");
  std::mutex mutex;
  std::vector<std::string> answers;
  const auto note = [&](std::string who) {
    return [&, who = std::move(who)](const auto& outcome) {
      const std::lock_guard hold(mutex);
      answers.push_back(who + " " + heard(outcome));
    };
  };
  for (int round = 0; round < 100; ++round) {
    answers.clear();
    watch.handling.shut();
    // The gate makes sure that all four are on their way before the first is decided.
    const auto a = ann.ask(cmd::linger{.cents = 1});
    const auto b = ann.ask(cmd::get{});
    const auto c = ann.ask(cmd::withdraw{.cents = 2});
    const auto d = ann.ask(cmd::deposit{.cents = 1, .note = ""});
    a.then(note("linger"));
    b.then(note("get"));
    c.then(note("withdraw"));
    d.then(note("deposit"));
    watch.handling.open();
    REQUIRE(b.get().balance == 1);
    REQUIRE(heard(c) == "rejected insufficient");
    REQUIRE(d.get().balance == 2);
    REQUIRE(heard(ann.ask(cmd::withdraw{.cents = 2})) == "accepted");
    const std::lock_guard hold(mutex);
    REQUIRE(answers == std::vector<std::string>{"linger accepted", "get accepted",
                                                "withdraw rejected insufficient",
                                                "deposit accepted"});
  }
}

TEMPLATE_TEST_CASE("A-031 1000 commands that wait for a slow recovery all run, in order",
                   "[ordering]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  with_sleeping_ann(world);
  std::vector<reply<cmd::count_reply>> replies;
  {
    shut_gate recovery(watch.applying);
    for (std::uint64_t n = 1; n <= 1'000; ++n) {
      replies.push_back(world.of("ann").ask(cmd::count{.caller = 0, .n = n}));
    }
    recovery.await_arrival();
    CHECK(watch.counted.empty());
  }
  for (const auto& r : replies) REQUIRE(heard(r) == "accepted");
  CHECK(world.state("ann").counted == 1'001);
  CHECK(world.state("ann").inOrder);
}

struct room_for_two {
  static constexpr options value{.waiting_max = 2};
};

TEMPLATE_TEST_CASE("A-032 beyond the limit of waiting commands the newest is refused at once",
                   "[ordering]", in_memory, on_disk) {
  world_of<account_with<room_for_two>> world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 1, .note = ""});
  world.passivate_all();
  shut_gate recovery(watch.applying);
  const auto a = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""});
  const auto b = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""});
  CHECK(world.ask("ann", cmd::deposit{.cents = 100, .note = ""}) == "overloaded");
  CHECK(world.metric("commands.overloaded") == 1);
  recovery.open();
  CHECK(a.get().balance == 2);
  CHECK(b.get().balance == 3);
}

TEMPLATE_TEST_CASE("A-035 when a handler throws, the commands that wait behind it still run",
                   "[ordering]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  with_sleeping_ann(world);
  shut_gate recovery(watch.applying);
  const auto ann = world.of("ann");
  const auto before = ann.ask(cmd::count{.caller = 0, .n = 1});
  const auto stumbled = ann.ask(cmd::stumble{.how = bank::stumble::standard});
  const auto after = ann.ask(cmd::count{.caller = 0, .n = 2});
  const auto last = ann.ask(cmd::count{.caller = 0, .n = 3});
  recovery.await_arrival();
  recovery.open();
  CHECK(heard(before) == "accepted");
  CHECK(heard(stumbled) == "handler_failed");
  CHECK(heard(after) == "accepted");
  CHECK(heard(last) == "accepted");
  CHECK(world.state("ann").counted == 4);
  CHECK(world.state("ann").inOrder);
}

TEMPLATE_TEST_CASE("A-036 when the node stops, every waiting caller gets an answer", "[ordering]",
                   in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  with_sleeping_ann(world);
  shut_gate recovery(watch.applying);
  std::vector<reply<account_state>> replies;
  for (int i = 0; i < 10; ++i) {
    replies.push_back(world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""}));
  }
  recovery.await_arrival();
  // Closing waits for the recovery that stands at the gate; the callers need not.
  std::jthread closing([&] { world.node().close(); });
  for (const auto& r : replies) CHECK(heard(r) == "stopped");
  recovery.open();
  closing.join();
  CHECK(heard(world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""})) == "stopped");
}

TEMPLATE_TEST_CASE("A-041 a slow handler holds up its partition only", "[ordering]", in_memory,
                   on_disk) {
  node_world world(TestType::where, {.partitions = 8, .workers = 2});
  const std::string bob = elsewhere_than_ann(world);
  shut_gate handler(watch.handling);
  const auto slow = world.of("ann").ask(cmd::linger{.cents = 1});
  handler.await_arrival();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(world.ask(bob, cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  }
  handler.open();
  CHECK(heard(slow) == "accepted");
}

TEMPLATE_TEST_CASE("A-042 no aggregate runs two handlers at once", "[ordering]", in_memory,
                   on_disk) {
  node_world world(TestType::where, {.workers = 4});
  constexpr std::uint64_t threads = 8;
  constexpr std::uint64_t each = 500;
  at_once(threads, [&](std::size_t caller) {
    std::vector<reply<cmd::count_reply>> replies;
    for (std::uint64_t n = 0; n < each; ++n) {
      replies.push_back(
          world.of("ann").ask(cmd::count{.caller = static_cast<std::uint32_t>(caller), .n = n}));
    }
    for (const auto& r : replies) static_cast<void>(r.result());
  });
  // The handler appends to a plain vector: two at once would lose calls, and a race detector sees
  // it.
  CHECK(watch.counted.size() == threads * each);
  CHECK(world.state("ann").counted == threads * each);
}

}  // namespace
}  // namespace reprise::conformance
