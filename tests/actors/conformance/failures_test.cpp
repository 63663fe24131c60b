// SPDX-License-Identifier: Apache-2.0
//
// Handlers and appliers that throw, events that are too large, handlers that are too slow.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace reprise::conformance {
namespace {

using namespace std::chrono_literals;

// Nothing of a failed command is left: not in memory, not in the log.
template <class A>
void check_only_the_first_deposit(const world_of<A>& world) {
  account_state expected{};
  expected.balance = 5;
  expected.events = 1;
  CHECK(world.state("ann") == expected);
  CHECK(world.head("ann") == 1);
  world.passivate_all();
  CHECK(world.state("ann") == expected);
  const auto next = world.of("ann").ask(cmd::withdraw{.cents = 5}).result();
  REQUIRE(heard(next) == "accepted");
  CHECK(next->at().sequence == sequence{2});
}

TEMPLATE_TEST_CASE("A-044 an applier that throws on a new event keeps it out of the log",
                   "[failures]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  watch.spoiled_is_refused = true;
  const auto outcome = world.of("ann").ask(cmd::spoil{.before = 0, .after = 0}).result();
  REQUIRE(heard(outcome) == "handler_failed");
  CHECK(outcome.error().message.find("spoiled") != std::string::npos);
  CHECK(outcome.error().message.find("inedible") != std::string::npos);
  check_only_the_first_deposit(world);
}

TEMPLATE_TEST_CASE("A-045 an applier that throws on the second of three keeps out all three",
                   "[failures]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  watch.spoiled_is_refused = true;
  CHECK(world.ask("ann", cmd::spoil{.before = 1, .after = 1}) == "handler_failed");
  check_only_the_first_deposit(world);
}

TEMPLATE_TEST_CASE(
    "A-046 an applier that throws in replay: no activation, the event is named, callers are told",
    "[failures]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  REQUIRE(world.ask("ann", cmd::spoil{.before = 1, .after = 1}) == "accepted");
  world.passivate_all();
  watch.spoiled_is_refused = true;
  shut_gate recovery(watch.applying);
  const auto first = world.of("ann").ask(cmd::get{});
  const auto second = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""});
  recovery.await_arrival();
  recovery.open();
  for (const auto& outcome : {first.result(), second.result()}) {
    REQUIRE(heard(outcome) == "replay_failed");
    const std::string& message = outcome.error().message;
    CHECK(message.find("Account") != std::string::npos);
    CHECK(message.find("ann") != std::string::npos);
    CHECK(message.find("sequence 2") != std::string::npos);
    CHECK(message.find("spoiled") != std::string::npos);
  }
  // Its neighbours in the partition do not mind.
  CHECK(world.ask("bob", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
}

// Whether `renamed` or `spoiled` finishes it, it cannot say.
struct undecided_account : account_with<usual> {
  static bool finishes(const ev::renamed& e) {
    throw std::domain_error("what becomes of " + e.owner);
  }
  static bool finishes(const ev::spoiled&) { throw 1; }
};

TEMPLATE_TEST_CASE("a `finishes` that throws keeps the whole decision out of the log", "[failures]",
                   in_memory, on_disk) {
  world_of<undecided_account> world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  const auto outcome = world.of("ann").ask(cmd::rename{.owner = "Ann"}).result();
  REQUIRE(heard(outcome) == "handler_failed");
  CHECK(outcome.error().message.find("finishes(renamed)") != std::string::npos);
  CHECK(outcome.error().message.find("what becomes of Ann") != std::string::npos);
  CHECK(world.ask("ann", cmd::spoil{.before = 1, .after = 1}) == "handler_failed");
  check_only_the_first_deposit(world);
}

TEMPLATE_TEST_CASE("A-049 an event that is too large is refused with both sizes, state kept",
                   "[failures]", in_memory, on_disk) {
  node_options options = cramped();
  options.payload_bytes_max = 4'096;
  node_world world(TestType::where, options);
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  const auto outcome = world.of("ann").ask(cmd::hoard{.bytes = 5'000}).result();
  REQUIRE(heard(outcome) == "too_large");
  CHECK(outcome.error().message.find("4096") != std::string::npos);
  CHECK(outcome.error().message.find("50") != std::string::npos);  // 50xx, with its struct
  // So is a command.
  CHECK(world.ask("ann", cmd::deposit{.cents = 1, .note = std::string(5'000, 'x')}) == "too_large");
  check_only_the_first_deposit(world);
}

TEST_CASE("A-049 on a full disk a command fails with that reason and the aggregate lives on",
          "[failures]") {
  node_options options = one_partition();
  options.log_bytes_max = 2U << 20U;
  node_world world(storage::disk, options);
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 5, .note = ""}) == "accepted");
  std::string last;
  std::uint64_t stored = 1;
  // Bounded: the log cannot take more than it has room for.
  for (int i = 0; i < 200; ++i) {
    last = world.ask("ann", cmd::hoard{.bytes = 64U << 10U});
    if (last != "accepted") break;
    ++stored;
  }
  REQUIRE(last == "disk_full");
  CHECK(world.state("ann").events == stored);
  CHECK(world.state("ann").balance == 5);
  CHECK(world.head("ann") == stored);
  CHECK(world.ask("ann", cmd::withdraw{.cents = 6}) == "rejected insufficient");
  world.reopen();
  CHECK(world.state("ann").events == stored);
}

TEMPLATE_TEST_CASE("A-055 what a handler throws need not be a std::exception", "[failures]",
                   in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  CHECK(world.ask("ann", cmd::stumble{.how = bank::stumble::foreign}) == "handler_failed");
  CHECK(world.ask("ann", cmd::stumble{.how = bank::stumble::standard}) == "handler_failed");
  CHECK(world.metric("commands.failed") == 2);
  check_only_the_first_deposit(world);
}

TEMPLATE_TEST_CASE("A-056 a handler that runs out of memory fails its command and no more",
                   "[failures]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  CHECK(world.ask("ann", cmd::stumble{.how = bank::stumble::memory}) == "handler_failed");
  check_only_the_first_deposit(world);
}

struct impatient {
  static constexpr options value{.handler_limit = 0ms};
};
struct patient {
  static constexpr options value{.handler_limit = 1h};
};

TEMPLATE_TEST_CASE("A-057 a handler that runs longer than its limit is reported", "[failures]",
                   in_memory, on_disk) {
  world_of<account_with<impatient>> hasty(TestType::where);
  CHECK(hasty.ask("ann", cmd::deposit{.cents = 5, .note = ""}) == "accepted");
  CHECK(hasty.metric("aggregates.slow_handlers") == 1);
  world_of<account_with<patient>> calm(TestType::where);
  CHECK(calm.ask("ann", cmd::deposit{.cents = 5, .note = ""}) == "accepted");
  CHECK(calm.metric("aggregates.slow_handlers") == 0);
}

}  // namespace
}  // namespace reprise::conformance
