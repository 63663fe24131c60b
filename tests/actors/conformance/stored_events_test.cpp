// SPDX-License-Identifier: Apache-2.0
//
// What is stored beside the events of a decision, and what truncation leaves of the past.
#include "tests/actors/conformance/open_log_node.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

correlation_id conversation(const std::string& name) {
  return {derive_command_id(name).value};
}

TEMPLATE_TEST_CASE("A-002 the events of one decision stand next to each other in the log",
                   "[stored events]", in_memory, on_disk) {
  open_log_node world(TestType::where);
  world.template host<account>();
  const auto ann = world.template of<account>("ann");
  const auto bob = world.template of<account>("bob");
  // Decisions of both, one behind the other, so that commits hold several of them.
  std::vector<reply<receipt>> replies;
  for (int i = 0; i < 50; ++i) {
    replies.push_back(ann.ask(cmd::spread{.count = 3, .cents = 1}));
    replies.push_back(bob.ask(cmd::spread{.count = 2, .cents = 1}));
  }
  for (const auto& r : replies) REQUIRE(heard(r) == "accepted");
  const auto events = world.events(ann.key());
  REQUIRE(events.size() == 150);
  for (std::size_t i = 0; i < events.size(); ++i) {
    REQUIRE(events[i].sequence.value == i + 1);
    if (i % 3 != 0) REQUIRE(events[i].at == events[i - 1].at.next());
  }
}

TEMPLATE_TEST_CASE("A-015 every event carries the command's conversation and names it as its cause",
                   "[stored events]", in_memory, on_disk) {
  open_log_node world(TestType::where);
  world.template host<account>();
  const auto ann = world.template of<account>("ann");
  const command_id named = derive_command_id("named");
  REQUIRE(heard(ann.ask(cmd::spread{.count = 2, .cents = 1},
                        {.id = named, .correlation = conversation("talk")})) == "accepted");
  REQUIRE(heard(ann.ask(cmd::deposit{.cents = 1, .note = ""})) == "accepted");
  const auto events = world.events(ann.key());
  REQUIRE(events.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(events[i].command == named);
    CHECK(events[i].correlation == conversation("talk"));
  }
  // Without one from the caller the command is a conversation of its own.
  CHECK_FALSE(events[2].command.empty());
  CHECK(events[2].command != named);
  CHECK(events[2].correlation.value == events[2].command.value);
}

TEMPLATE_TEST_CASE("A-016 the headers of a command stand with every event of its decision",
                   "[stored events]", in_memory, on_disk) {
  open_log_node world(TestType::where);
  world.template host<account>();
  const auto ann = world.template of<account>("ann");
  const attributes headers{{"user", "clerk 7"}, {"trace", ""}, {"user", "twice"}};
  REQUIRE(heard(ann.ask(cmd::spread{.count = 3, .cents = 1}, {.headers = headers})) == "accepted");
  REQUIRE(heard(ann.ask(cmd::deposit{.cents = 1, .note = ""})) == "accepted");
  const auto events = world.events(ann.key());
  REQUIRE(events.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(events[i].headers == headers);
  CHECK(events[3].headers.empty());
}

TEMPLATE_TEST_CASE("A-017 tags are stored with the event, also those whose value is of the state",
                   "[stored events]", in_memory, on_disk) {
  open_log_node world(TestType::where);
  world.template host<account>();
  const auto ann = world.template of<account>("ann");
  REQUIRE(heard(ann.ask(cmd::rename{.owner = "Ann"})) == "accepted");
  REQUIRE(heard(ann.ask(cmd::deposit{.cents = 1, .note = "salary"})) == "accepted");
  const auto events = world.events(ann.key());
  REQUIRE(events.size() == 2);
  CHECK(events[0].tags.empty());
  CHECK(events[1].tags == attributes{{"note", "salary"}, {"owner", "Ann"}});
}

TEMPLATE_TEST_CASE("A-020 a receipt shows where the last stored event stands", "[stored events]",
                   in_memory, on_disk) {
  open_log_node world(TestType::where);
  world.template host<account>();
  const auto ann = world.template of<account>("ann");
  const auto check_last = [&](const receipt& at, std::uint64_t sequence) {
    const stored_event last = world.events(ann.key()).back();
    CHECK(at.sequence.value == sequence);
    CHECK(at.sequence == last.sequence);
    CHECK(at.at == last.at);
    CHECK(at.partition == last.partition);
  };
  check_last(ann.ask(cmd::spread{.count = 3, .cents = 1}).get(), 3);
  REQUIRE(heard(world.template of<account>("bob").ask(cmd::spread{.count = 3, .cents = 1})) ==
          "accepted");
  check_last(ann.ask(cmd::withdraw{.cents = 1}).get(), 4);
  // A command with a reply of its own has a receipt, too.
  check_last(ann.ask(cmd::deposit{.cents = 1, .note = ""}).result()->at(), 5);
}

struct all_snapshots_kept {
  static constexpr options value{.snapshot_every = 10,
                                 .snapshot_when_replay_exceeds = std::chrono::microseconds::zero(),
                                 .snapshots_kept = 100};
};

// What at() says: the balance, or the error's code.
template <class A>
std::string at(const ref<A>& aggregate, std::uint64_t sequence) {
  const auto past = aggregate.at(sequence);
  if (past) return std::to_string(past->state.balance);
  return std::string(to_string(past.error().code));
}

TEMPLATE_TEST_CASE("A-112 below the truncation mark there is the past that a snapshot covers only",
                   "[stored events]", in_memory, on_disk) {
  open_log_node world(TestType::where);
  SECTION("without snapshots") {
    using plain = account_with<without_snapshots>;
    world.template host<plain>();
    const auto ann = world.template of<plain>("ann");
    for (int i = 0; i < 3; ++i)
      REQUIRE(heard(ann.ask(cmd::spread{.count = 10, .cents = 1})) == "accepted");
    world.truncate(ann.key(), {21});
    CHECK(at(ann, 1) == "history_gone");
    CHECK(at(ann, 20) == "history_gone");
    CHECK(at(ann, 25) == "history_gone");
    CHECK(ann.at(20).error().number == 21);
  }
  SECTION("with snapshots at 10, 20 and 30") {
    using kept = account_with<all_snapshots_kept>;
    world.template host<kept>();
    const auto ann = world.template of<kept>("ann");
    for (int i = 0; i < 3; ++i)
      REQUIRE(heard(ann.ask(cmd::spread{.count = 10, .cents = 1})) == "accepted");
    // Its recovery comes behind the writing of the snapshots.
    REQUIRE(heard(world.template of<kept>("bob").ask(cmd::get{})) == "accepted");
    REQUIRE(heard(ann.ask(cmd::get{})) == "accepted");
    world.truncate(ann.key(), {21});
    CHECK(at(ann, 10) == "10");
    CHECK(at(ann, 20) == "20");
    CHECK(at(ann, 25) == "25");
    CHECK(at(ann, 30) == "30");
    CHECK(at(ann, 9) == "history_gone");
    CHECK(at(ann, 15) == "history_gone");
  }
}

}  // namespace
}  // namespace reprise::conformance
