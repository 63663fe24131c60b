// SPDX-License-Identifier: Apache-2.0
//
// Commands that come again with the same id.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

ask_options named(const std::string& id) {
  return {.id = derive_command_id(id)};
}

TEMPLATE_TEST_CASE("A-099 a repeat gets the first reply, and its handler does not run", "[repeats]",
                   in_memory, on_disk) {
  node_world world(TestType::where);
  const auto ann = world.of("ann");
  const cmd::deposit deposit{.cents = 5, .note = "salary"};
  const auto first = ann.ask(deposit, named("salary")).result();
  REQUIRE(heard(first) == "accepted");
  SECTION("at once") {}
  SECTION("after others") {
    REQUIRE(heard(ann.ask(cmd::deposit{.cents = 1, .note = ""})) == "accepted");
    REQUIRE(heard(ann.ask(cmd::withdraw{.cents = 6})) == "accepted");
  }
  const std::uint64_t head = world.head("ann");
  const std::uint64_t handled = watch.handled;
  const auto again = ann.ask(deposit, named("salary")).result();
  REQUIRE(heard(again) == "accepted");
  CHECK(again->value() == first->value());
  CHECK(again->at() == first->at());
  CHECK(watch.handled == handled);
  CHECK(world.head("ann") == head);
  CHECK(world.metric("commands.repeated") == 1);
}

TEMPLATE_TEST_CASE("A-100 a used id with another payload is a conflict", "[repeats]", in_memory,
                   on_disk) {
  node_world world(TestType::where);
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 5, .note = ""}, named("one")) == "accepted");
  CHECK(world.ask("ann", cmd::deposit{.cents = 6, .note = ""}, named("one")) == "id_conflict");
  // So is another command with the same bytes.
  CHECK(world.ask("ann", cmd::linger{.cents = 5}, named("one")) == "id_conflict");
  CHECK(world.head("ann") == 1);
  // An id is the aggregate's own: a neighbour may get it, too.
  CHECK(world.ask("bob", cmd::deposit{.cents = 6, .note = ""}, named("one")) == "accepted");
}

TEMPLATE_TEST_CASE("A-101 a rejected command that comes again is judged by the present state",
                   "[repeats]", in_memory, on_disk) {
  node_world world(TestType::where);
  const cmd::withdraw withdraw{.cents = 5};
  CHECK(world.ask("ann", withdraw, named("rent")) == "rejected insufficient");
  CHECK(world.ask("ann", withdraw, named("rent")) == "rejected insufficient");
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 5, .note = ""}) == "accepted");
  CHECK(world.ask("ann", withdraw, named("rent")) == "accepted");
  CHECK(world.ask("ann", withdraw, named("rent")) == "accepted");
  CHECK(world.state("ann").balance == 0);
  CHECK(world.head("ann") == 2);
}

TEMPLATE_TEST_CASE("A-102 a repeat during the first execution joins it", "[repeats]", in_memory,
                   on_disk) {
  node_world world(TestType::where);
  const auto ann = world.of("ann");
  shut_gate handler(watch.handling);
  const auto first = ann.ask(cmd::linger{.cents = 5}, named("slow"));
  handler.await_arrival();
  std::vector<reply<receipt>> repeats;
  for (int i = 0; i < 10; ++i) repeats.push_back(ann.ask(cmd::linger{.cents = 5}, named("slow")));
  handler.open();
  const receipt at = first.get();
  for (const auto& r : repeats) CHECK(r.get() == at);
  CHECK(watch.handled == 1);
  CHECK(world.state("ann").balance == 5);
}

TEST_CASE("A-104 a repeat is known after a restart", "[repeats]") {
  world_of<account_with<snapshot_every_ten>> world(storage::disk);
  const auto first = world.of("ann").ask(cmd::deposit{.cents = 5, .note = ""}, named("one"));
  const auto several = world.of("ann").ask(cmd::spread{.count = 3, .cents = 1}, named("several"));
  REQUIRE(heard(first) == "accepted");
  const receipt of_several = several.get();
  SECTION("from the events") {}
  SECTION("from a snapshot") {
    REQUIRE(world.ask("ann", cmd::spread{.count = 10, .cents = 1}) == "accepted");
  }
  const std::uint64_t head = world.head("ann");
  world.reopen();
  watch.handled = 0;
  const auto again =
      world.of("ann").ask(cmd::deposit{.cents = 5, .note = ""}, named("one")).result();
  REQUIRE(heard(again) == "accepted");
  CHECK(again->value().balance == 5);
  CHECK(again->at() == first.result()->at());
  CHECK(world.of("ann").ask(cmd::spread{.count = 3, .cents = 1}, named("several")).get() ==
        of_several);
  CHECK(world.ask("ann", cmd::deposit{.cents = 6, .note = ""}, named("one")) == "id_conflict");
  CHECK(watch.handled == 0);
  CHECK(world.head("ann") == head);
}

struct remembers_eight {
  static constexpr options value{.remembered_commands = 8};
};

TEMPLATE_TEST_CASE("A-106 however many commands there were, no more than the bound are kept",
                   "[repeats]", in_memory, on_disk) {
  // `touch` writes nothing, so what it leaves in memory is what the window keeps.
  world_of<account_with<remembers_eight>> world(TestType::where);
  const std::uint64_t commands = scaled(100'000, 10'000'000);
  const auto ann = world.of("ann");
  std::vector<reply<receipt>> replies;
  for (std::uint64_t n = 0; n < commands;) {
    replies.clear();
    for (int i = 0; i < 1'000; ++i, ++n) {
      replies.push_back(ann.ask(cmd::touch{}, named(std::to_string(n))));
    }
    for (const auto& r : replies) REQUIRE(heard(r) == "accepted");
  }
  CHECK(world.metric("commands.forgotten_by_count") == commands - 8);
  const std::uint64_t handled = watch.handled;
  CHECK(heard(ann.ask(cmd::touch{}, named(std::to_string(commands - 1)))) == "accepted");
  CHECK(watch.handled == handled);
}

TEMPLATE_TEST_CASE("A-107 a command without an id gets one of its own", "[repeats]", in_memory,
                   on_disk) {
  node_world world(TestType::where);
  const auto ann = world.of("ann");
  // Ids and random words of a context are made from the command's id.
  const account_state first = ann.ask(cmd::stamp{}).get();
  const account_state second = ann.ask(cmd::stamp{}).get();
  const aggregate_key& key = ann.key();
  const context without_id({}, {}, {}, {}, key);
  CHECK(first.stampId != second.stampId);
  CHECK(first.stampRandom != second.stampRandom);
  CHECK(first.stampId != without_id.fresh_id());
  CHECK(first.stampId.size() == 32);
  const context as_named({}, derive_command_id("mine"), {}, {}, key);
  CHECK(ann.ask(cmd::stamp{}, named("mine")).get().stampId == as_named.fresh_id());
}

}  // namespace
}  // namespace reprise::conformance
