// SPDX-License-Identifier: Apache-2.0
//
// What is there again after passivation and restart, and when recoveries happen.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

using tenfold = account_with<snapshot_every_ten>;

// Deposits of one cent, many in one command.
template <class World>
void deposit_many(const World& world, const std::string& id, std::uint64_t events) {
  std::vector<reply<receipt>> replies;
  while (events > 0) {
    const auto some = static_cast<std::uint32_t>(std::min<std::uint64_t>(events, 250));
    replies.push_back(world.of(id).ask(cmd::spread{.count = some, .cents = 1}));
    events -= some;
  }
  for (const auto& r : replies) REQUIRE(heard(r) == "accepted");
}

// Events of every kind, 9 + 2 * rounds of them.
template <class World>
void live_a_little(const World& world, const std::string& id, int rounds) {
  REQUIRE(world.ask(id, cmd::rename{.owner = "Ann"}) == "accepted");
  REQUIRE(world.ask(id, cmd::spread{.count = 4, .cents = 9}) == "accepted");
  REQUIRE(world.ask(id, cmd::stamp{}) == "accepted");
  REQUIRE(world.ask(id, cmd::hoard{.bytes = 100}) == "accepted");
  REQUIRE(world.ask(id, cmd::count{.caller = 1, .n = 0}) == "accepted");
  REQUIRE(world.ask(id, cmd::spoil{.before = 0, .after = 0}) == "accepted");
  for (int i = 0; i < rounds; ++i) {
    REQUIRE(world.ask(id, cmd::deposit{.cents = 3, .note = "again"}) == "accepted");
    REQUIRE(world.ask(id, cmd::withdraw{.cents = 1}) == "accepted");
  }
}

TEMPLATE_TEST_CASE("A-072 after a restart the state is as before, for 1, 2, 1000, 100 000 events",
                   "[recovery]", usual, without_snapshots) {
  const std::uint64_t events = GENERATE(1U, 2U, 1'000U, 100'000U);
  CAPTURE(events);
  world_of<account_with<TestType>> world(storage::disk);
  deposit_many(world, "ann", events);
  const account_state before = world.state("ann");
  REQUIRE(before.events == events);
  world.reopen();
  CHECK(world.state("ann") == before);
  CHECK(world.head("ann") == events);
  const auto next = world.of("ann").ask(cmd::withdraw{.cents = 1}).result();
  REQUIRE(heard(next) == "accepted");
  CHECK(next->at().sequence == sequence{events + 1});
}

struct of_an_older_program {
  static constexpr options value{.state_version = 0};
};

TEMPLATE_TEST_CASE("A-074 a snapshot and the events after it give what all events give",
                   "[recovery]", in_memory, on_disk) {
  world_of<tenfold> world(TestType::where, cramped());
  live_a_little(world, "ann", 8);
  const account_state from_all_events = world.state("ann");
  REQUIRE(from_all_events.events == 25);
  world.passivate_all();
  watch.applied = 0;
  CHECK(world.state("ann") == from_all_events);
  CHECK(watch.applied < 10);
  if (TestType::where == storage::disk) {
    // One that cannot read the snapshots has to replay everything.
    world.template reopen_as<account_with<of_an_older_program>>();
    watch.applied = 0;
    CHECK(world.state("ann") == from_all_events);
    CHECK(watch.applied == 25);
  }
}

TEMPLATE_TEST_CASE("A-075 a snapshot without later events is enough, and numbering goes on",
                   "[recovery]", in_memory, on_disk) {
  world_of<tenfold> world(TestType::where, cramped());
  REQUIRE(world.ask("ann", cmd::spread{.count = 10, .cents = 1}) == "accepted");
  const account_state before = world.state("ann");
  world.passivate_all();
  watch.applied = 0;
  CHECK(world.state("ann") == before);
  CHECK(watch.applied == 0);
  CHECK(world.head("ann") == 10);
  const auto next = world.of("ann").ask(cmd::withdraw{.cents = 1}).result();
  REQUIRE(heard(next) == "accepted");
  CHECK(next->at().sequence == sequence{11});
}

template <class T>
concept can_be_asked = requires(T& t) {
  t.ask(cmd::deposit{});
};

TEMPLATE_TEST_CASE("A-076 recovery up to a sequence gives that state, which takes no commands",
                   "[recovery]", in_memory, on_disk) {
  world_of<tenfold> world(TestType::where, cramped());
  for (std::int64_t n = 1; n <= 25; ++n) {
    REQUIRE(world.ask("ann", cmd::deposit{.cents = n, .note = ""}) == "accepted");
  }
  for (std::uint64_t k = 0; k <= 25; ++k) {
    const auto past = world.of("ann").at(k);
    REQUIRE(past.has_value());
    CHECK(past->sequence == sequence{k});
    CHECK(past->state.events == k);
    CHECK(past->state.balance == static_cast<std::int64_t>(k * (k + 1) / 2));
  }
  STATIC_CHECK(can_be_asked<ref<tenfold>>);
  STATIC_CHECK_FALSE(can_be_asked<moment<tenfold>>);
}

TEMPLATE_TEST_CASE("A-077 recovery of an empty history completes and runs the first command",
                   "[recovery]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  CHECK(world.ask("ann", cmd::touch{}) == "accepted");
  world.passivate_all();
  const auto first = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""}).result();
  REQUIRE(heard(first) == "accepted");
  CHECK(first->at().sequence == sequence{1});
  if (TestType::where == storage::disk) {
    world.reopen();
    CHECK(world.state("bob") == account_state{});
    CHECK(world.ask("bob", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  }
}

TEMPLATE_TEST_CASE("A-079 a recovery that fails or takes too long gives its slot back",
                   "[recovery]", in_memory, on_disk) {
  // There is one slot.
  node_options options = cramped();
  options.recovery_limit = std::chrono::milliseconds(300);
  node_world world(TestType::where, options);
  REQUIRE(world.ask("ann", cmd::spoil{.before = 1, .after = 0}) == "accepted");
  REQUIRE(world.ask("bob", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  world.passivate_all();
  SECTION("one that fails") {
    watch.spoiled_is_refused = true;
    CHECK(world.ask("ann", cmd::get{}) == "replay_failed");
  }
  SECTION("one that takes too long") {
    shut_gate recovery(watch.applying);
    CHECK(world.ask("ann", cmd::get{}) == "unavailable");
  }
  SECTION("one that takes too long before it has started") {
    shut_gate recovery(watch.applying);
    const auto first = world.of("ann").ask(cmd::get{});
    recovery.await_arrival();
    CHECK(world.ask("cid", cmd::touch{}) == "accepted");
    CHECK(world.ask("bob", cmd::get{}) == "unavailable");
    CHECK(heard(first) == "unavailable");
  }
  CHECK(world.state("bob").balance == 1);
  watch.spoiled_is_refused = false;
  CHECK(world.state("bob").events == 1);
}

TEST_CASE("A-081 a start with 100 000 aggregates recovers none before it is needed", "[recovery]") {
  node_world world(storage::disk);
  const std::uint64_t aggregates = scaled(20'000, 100'000);
  std::vector<reply<account_state>> replies;
  for (std::uint64_t i = 0; i < aggregates; ++i) {
    replies.push_back(world.of("account " + std::to_string(i))
                          .ask(cmd::deposit{.cents = static_cast<std::int64_t>(i), .note = ""}));
  }
  for (const auto& r : replies) REQUIRE(heard(r) == "accepted");
  world.reopen();
  watch.applied = 0;
  CHECK(world.metric("aggregates.activated") == 0);
  CHECK(world.state("account 17").balance == 17);
  CHECK(world.metric("aggregates.activated") == 1);
  CHECK(world.metric("aggregates.replay_us") == 1);
  CHECK(watch.applied == 1);
}

}  // namespace
}  // namespace reprise::conformance
