// SPDX-License-Identifier: Apache-2.0
//
// Limits, many aggregates, many callers.
#include "tests/actors/conformance/node_world.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <latch>
#include <memory>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

TEMPLATE_TEST_CASE("A-114 100 000 aggregates handle one command each, none activated twice",
                   "[crowds]", in_memory, on_disk) {
  node_world world(TestType::where);
  // All within the timeout of a command.
  const std::uint64_t aggregates = scaled(test::sanitized ? 5'000 : 20'000, 100'000);
  std::vector<reply<account_state>> replies;
  for (std::uint64_t i = 0; i < aggregates; ++i) {
    replies.push_back(world.of("account " + std::to_string(i))
                          .ask(cmd::deposit{.cents = static_cast<std::int64_t>(i), .note = ""}));
  }
  for (std::uint64_t i = 0; i < aggregates; ++i) {
    const auto outcome = replies[i].result();
    REQUIRE(heard(outcome) == "accepted");
    REQUIRE(outcome->value().balance == static_cast<std::int64_t>(i));
    REQUIRE(outcome->at().sequence == sequence{1});
  }
  CHECK(world.metric("aggregates.activated") == aggregates);
  CHECK(world.metric("aggregates.passivated") == 0);
}

TEMPLATE_TEST_CASE("A-116 beyond the node's bytes of waiting commands new ones are overloaded",
                   "[crowds]", in_memory, on_disk) {
  node_world world(TestType::where, {.partitions = 1, .waiting_bytes_max = 256U << 10U});
  const auto ann = world.of("ann");
  const cmd::deposit large{.cents = 1, .note = std::string(8U << 10U, 'x')};
  shut_gate handler(watch.handling);
  const auto slow = ann.ask(cmd::linger{.cents = 0});
  handler.await_arrival();
  std::vector<reply<account_state>> replies;
  for (int i = 0; i < 100; ++i) replies.push_back(ann.ask(large));
  // At once, whatever is at work.
  CHECK(heard(replies.back()) == "overloaded");
  handler.open();
  CHECK(heard(slow) == "accepted");
  const auto refused =
      std::ranges::find_if(replies, [](const auto& r) { return heard(r) == "overloaded"; });
  const auto taken = refused - replies.begin();
  CHECK(taken > 10);
  CHECK(taken < 32);
  CHECK(
      std::all_of(refused, replies.end(), [](const auto& r) { return heard(r) == "overloaded"; }));
  CHECK(world.state("ann").balance == taken);
  for (int i = 0; i < 100; ++i) REQUIRE(heard(ann.ask(large)) == "accepted");
}

// Sends three commands, each when the one before is answered.
class caller : public std::enable_shared_from_this<caller> {
 public:
  static constexpr std::uint64_t commands = 3;

  caller(ref<account> to, std::uint32_t number, std::latch& done) noexcept
      : to_(std::move(to)), number_(number), done_(done) {}

  void go_on() {
    to_.ask(cmd::count{.caller = number_, .n = answered_})
        .then([self = shared_from_this()](const auto& outcome) { self->answered(outcome); });
  }
  [[nodiscard]] bool content() const { return answered_ == commands && !wronged_; }

 private:
  void answered(const result<answer<cmd::count_reply>>& outcome) {
    wronged_ = wronged_ || heard(outcome) != "accepted" || outcome->value().n != answered_;
    if (++answered_ < commands) {
      go_on();
    } else {
      done_.count_down();
    }
  }

  ref<account> to_;
  std::uint32_t number_;
  std::latch& done_;
  // One command at a time, so one thread at a time.
  std::uint64_t answered_ = 0;
  bool wronged_ = false;
};

TEMPLATE_TEST_CASE("A-117 10 000 callers of one aggregate: all answered, in order, none starved",
                   "[crowds]", in_memory, on_disk) {
  constexpr std::uint32_t callers = test::sanitized ? 2'000 : 10'000;
  // Before the world: the node's workers use them until it is closed.
  std::latch done(callers);
  std::atomic<bool> neighbour_waited_for_all{true};
  node_world world(TestType::where, one_partition());
  std::vector<std::shared_ptr<caller>> crowd;
  for (std::uint32_t i = 0; i < callers; ++i) {
    crowd.push_back(std::make_shared<caller>(world.of("hot"), i, done));
    crowd.back()->go_on();
    if (i != callers / 2) continue;
    world.of("neighbour").ask(cmd::deposit{.cents = 1, .note = ""}).then([&](const auto& outcome) {
      neighbour_waited_for_all = heard(outcome) != "accepted" || done.try_wait();
    });
  }
  done.wait();
  CHECK_FALSE(neighbour_waited_for_all);
  for (const auto& c : crowd) REQUIRE(c->content());
  // As the handler saw them.
  CHECK(world.state("hot").counted == callers * caller::commands);
  std::vector<std::uint64_t> next(callers, 0);
  for (const auto& [number, n] : watch.counted) REQUIRE(n == next.at(number)++);
  CHECK(std::ranges::all_of(next, [](std::uint64_t n) { return n == caller::commands; }));
}

struct three_events {
  static constexpr options value{.events_per_command_max = 3};
};

TEMPLATE_TEST_CASE("A-119 a decision beyond the limit of events is refused whole", "[crowds]",
                   in_memory, on_disk) {
  world_of<account_with<three_events>> world(TestType::where);
  CHECK(world.ask("ann", cmd::spread{.count = 3, .cents = 1}) == "accepted");
  const auto outcome = world.of("ann").ask(cmd::spread{.count = 4, .cents = 1}).result();
  REQUIRE(heard(outcome) == "too_large");
  CHECK(outcome.error().message.find("4 events") != std::string::npos);
  CHECK(outcome.error().message.find("limit is 3") != std::string::npos);
  CHECK(world.head("ann") == 3);
  CHECK(world.state("ann").balance == 3);
}

}  // namespace
}  // namespace reprise::conformance
