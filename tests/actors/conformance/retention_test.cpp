// SPDX-License-Identifier: Apache-2.0
//
// Aggregates that keep their newest events only.
#include "persistence/lmdb_snapshot_store.hpp"
#include "tests/actors/conformance/node_world.hpp"
#include "tests/actors/conformance/open_log_node.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>

namespace reprise::conformance {
namespace {

struct fifteen_events {
  static constexpr options value{.snapshot_every = 10,
                                 .snapshot_when_replay_exceeds = std::chrono::microseconds::zero(),
                                 .keep_events_max = 15};
};
using forgetful_account = account_with<fifteen_events>;

const cmd::deposit one_cent{.cents = 1, .note = ""};

ask_options named(const std::string& id) {
  return {.id = derive_command_id(id)};
}

// One event each. Afterwards all snapshots are saved and all truncations committed.
template <class World>
void deposit(const World& world, int count) {
  for (int i = 0; i < count; ++i) REQUIRE(world.ask("ann", one_cent) == "accepted");
  // A recovery behind the snapshots that are being saved; then a commit behind the truncations.
  world.passivate_all();
  static_cast<void>(world.state("ann"));
  REQUIRE(world.ask("somebody else", one_cent) == "accepted");
}

TEMPLATE_TEST_CASE("old events go once two snapshots cover them, and numbers go on", "[retention]",
                   in_memory, on_disk) {
  open_log_node node(TestType::where);
  node.host<forgetful_account>();
  const auto ann = node.of<forgetful_account>("ann");
  for (int i = 0; i < 50; ++i) REQUIRE(heard(ann.ask(one_cent)) == "accepted");
  static_cast<void>(node.of<forgetful_account>("somebody else").ask(cmd::get{}).get());
  REQUIRE(heard(ann.ask(one_cent)) == "accepted");
  const auto readable = node.events(ann.key());
  // Of the 50 that were there when the last snapshot was taken, 15, and the one that came since.
  REQUIRE(readable.size() == 16);
  CHECK(readable.front().sequence == sequence{36});
  CHECK(readable.back().sequence == sequence{51});
}

TEMPLATE_TEST_CASE("no event goes that the snapshot before the newest does not cover",
                   "[retention]", in_memory, on_disk) {
  world_of<forgetful_account> world(TestType::where, cramped());
  deposit(world, 20);
  // Of 20 events five are too many, and the older snapshot covers ten.
  CHECK(world.metric("retention.events_hidden") == 5);
  deposit(world, 10);
  CHECK(world.metric("retention.events_hidden") == 15);
  CHECK(world.metric("retention.failed") == 0);
}

TEMPLATE_TEST_CASE("a state that needs events which are gone is refused, never guessed",
                   "[retention]", in_memory, on_disk) {
  world_of<forgetful_account> world(TestType::where, cramped());
  REQUIRE(world.ask("ann", one_cent) == "accepted");
  const timestamp begin = world.of("ann").at(1)->time;
  deposit(world, 50);
  world.passivate_all();
  CHECK(world.state("ann").balance == 51);
  CHECK(world.of("ann").at(40)->state.balance == 40);
  CHECK(world.of("ann").at(45)->state.balance == 45);
  for (const std::uint64_t gone : {1U, 35U, 36U, 39U}) {
    CAPTURE(gone);
    const auto past = world.of("ann").at(gone);
    REQUIRE_FALSE(past.has_value());
    CHECK(past.error().code == errc::history_gone);
  }
  const auto early = world.of("ann").at(begin);
  REQUIRE_FALSE(early.has_value());
  CHECK(early.error().code == errc::history_gone);
}

TEMPLATE_TEST_CASE("commands are remembered although their events are gone", "[retention]",
                   in_memory, on_disk) {
  world_of<forgetful_account> world(TestType::where, cramped());
  REQUIRE(world.ask("ann", one_cent, named("early")) == "accepted");
  deposit(world, 43);
  REQUIRE(world.ask("ann", one_cent, named("late")) == "accepted");
  deposit(world, 5);
  REQUIRE(world.metric("retention.truncations") > 0);
  world.passivate_all();
  CHECK(world.ask("ann", one_cent, named("late")) == "accepted");
  // It is known to be done; the state that its reply showed cannot be had any more.
  CHECK(world.ask("ann", one_cent, named("early")) == "reply_failed");
  CHECK(world.head("ann") == 50);
  CHECK(world.state("ann").balance == 50);
}

TEMPLATE_TEST_CASE("without limits no event goes", "[retention]", in_memory, on_disk) {
  world_of<account_with<snapshot_every_ten>> world(TestType::where, cramped());
  deposit(world, 50);
  CHECK(world.metric("retention.truncations") == 0);
  CHECK(world.of("ann").at(1)->state.balance == 1);
}

TEST_CASE("A-097 a crash between a snapshot and the truncation behind it loses nothing",
          "[retention]") {
  // What such a crash leaves: snapshots, and every event.
  world_of<account_with<snapshot_every_ten>> world(storage::disk, cramped());
  deposit(world, 50);
  world.reopen_as<forgetful_account>();
  CHECK(world.state("ann").balance == 50);
  CHECK(world.of("ann").at(1)->state.balance == 1);
  // The next snapshot makes up for it.
  deposit(world, 10);
  CHECK(world.metric("retention.events_hidden") == 45);
  CHECK(world.state("ann").balance == 60);
}

TEST_CASE("when the newest snapshot is lost the one before it and the events since do",
          "[retention]") {
  temporary_folder folder;
  const auto open = [&] {
    node_options options = cramped();
    options.data = folder.path();
    options.log_bytes_max = log_room;
    auto node = reprise::node::open(options);
    REQUIRE(node.has_value());
    node->host<forgetful_account>();
    return std::move(*node);
  };
  const auto ask = [](const reprise::node& node, const std::string& id) {
    return node.of<forgetful_account>(id).ask(cmd::get{}).result();
  };
  {
    const reprise::node node = open();
    for (int i = 0; i < 50; ++i) {
      REQUIRE(heard(node.of<forgetful_account>("ann").ask(one_cent)) == "accepted");
    }
    REQUIRE(heard(ask(node, "somebody else")) == "accepted");
    REQUIRE(heard(node.of<forgetful_account>("ann").ask(one_cent)) == "accepted");
  }
  const auto lose = [&](std::uint64_t at) {
    auto snapshots = persistence::lmdb_snapshot_store::open(
        {.directory = folder.path(), .snapshot_map_size_bytes = log_room});
    REQUIRE(snapshots.has_value());
    REQUIRE((*snapshots)->remove({bank::account_api::type, {}, "ann"}, {.from = {at}}) == 1U);
  };
  lose(50);
  {
    const reprise::node node = open();
    CHECK(ask(node, "ann")->value().balance == 51);
  }
  lose(40);
  const reprise::node node = open();
  const auto refused = ask(node, "ann");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::history_gone);
  CHECK(refused.error().message.find("events 1 to 35 are gone") != std::string::npos);
}

}  // namespace
}  // namespace reprise::conformance
