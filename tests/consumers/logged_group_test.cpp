// SPDX-License-Identifier: Apache-2.0
//
// What a group keeps in the log of a cluster's partition.
#include "consumers/logged_group.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::consumers {
namespace {

using cmd = logged_group::cmd;

struct ledger_scene {
  logged_group ledger;

  // Accepted, and applied; else the rejection's code.
  template <class Command>
  std::string ask(const Command& command) {
    const logged_group::decision decided = ledger.on(command);
    if (decided.is_rejection()) return decided.why().code;
    for (const auto& event : decided.events()) {
      std::visit([&](const auto& e) { ledger.apply(e); }, event);
    }
    return "accepted";
  }
};

group_parked_event parked_at(std::uint64_t at, std::string cause = "it failed") {
  return {.at = {at}, .cause = std::move(cause), .assignments = 3};
}

}  // namespace

TEST_CASE("P-050 who loads what a group has kept is the only one who may keep more") {
  ledger_scene scene;
  CHECK(scene.ask(keep_of({.holding = 0, .through = {5}})) == taken_over);
  scene.ask(cmd::load{});
  const std::uint64_t first = share_of({}, scene.ledger).holding;
  CHECK(scene.ask(keep_of({.holding = first, .through = {7}})) == "accepted");
  scene.ask(cmd::load{});
  CHECK(scene.ask(keep_of({.holding = first, .through = {9}})) == taken_over);
  CHECK(share_of({}, scene.ledger).through == position{7});
  CHECK(scene.ask(keep_of({.holding = first + 1, .through = {9}})) == "accepted");
  CHECK(share_of({}, scene.ledger).through == position{9});
}

TEST_CASE("a group begins in a partition where it was first taken up") {
  ledger_scene scene;
  scene.ask(cmd::load{.begin = 40});
  CHECK(share_of({}, scene.ledger).through == position{40});
  scene.ask(cmd::load{.begin = 99});
  CHECK(share_of({}, scene.ledger).through == position{40});
}

TEST_CASE("what is kept twice is kept once, and a position never goes back") {
  ledger_scene scene;
  scene.ask(cmd::load{});
  const group_change change{.holding = 1, .through = {8}, .parked = {parked_at(3), parked_at(2)}};
  for (int i = 0; i < 2; ++i) CHECK(scene.ask(keep_of(change)) == "accepted");
  auto share = share_of({7}, scene.ledger);
  REQUIRE(share.parked.size() == 2);
  CHECK(share.parked[0].at == position{2});
  CHECK(share.parked[1].partition == partition_id{7});
  CHECK(share.parked[1].assignments == 3);
  // Another cause of one, the end of the other; the position is that of somebody who began anew.
  const group_change next{
      .holding = 1, .through = {4}, .parked = {parked_at(3, "it failed again")}, .settled = {{2}}};
  for (int i = 0; i < 2; ++i) CHECK(scene.ask(keep_of(next)) == "accepted");
  share = share_of({7}, scene.ledger);
  REQUIRE(share.parked.size() == 1);
  CHECK(share.parked[0].cause == "it failed again");
  CHECK(share.through == position{8});
}

TEST_CASE("what people order of parked events holds until they are settled or parked anew") {
  ledger_scene scene;
  CHECK(scene.ask(cmd::order{.again = {3}, .skipped = {}}) == "accepted");
  scene.ask(cmd::load{});
  scene.ask(keep_of(
      {.holding = 1, .through = {8}, .parked = {parked_at(2), parked_at(3), parked_at(5)}}));
  const auto ordered = [&] { return share_of({}, scene.ledger).ordered; };
  for (int i = 0; i < 2; ++i) {
    CHECK(scene.ask(cmd::order{.again = {2, 3, 99}, .skipped = {}}) == "accepted");
  }
  CHECK(ordered() == std::vector<position>{{2}, {3}});
  // Whoever has taken it up keeps on keeping.
  scene.ask(keep_of({.holding = 1, .through = {8}, .parked = {parked_at(2, "again")}}));
  CHECK(ordered() == std::vector<position>{{3}});
  scene.ask(keep_of({.holding = 1, .through = {8}, .settled = {{3}}}));
  CHECK(ordered().empty());
  for (int i = 0; i < 2; ++i) {
    CHECK(scene.ask(cmd::order{.again = {5}, .skipped = {5}}) == "accepted");
  }
  const group_share share = share_of({}, scene.ledger);
  REQUIRE(share.parked.size() == 1);
  CHECK(share.parked[0].at == position{2});
}

TEST_CASE("an order that changes nothing writes nothing") {
  ledger_scene scene;
  scene.ask(cmd::load{});
  scene.ask(keep_of({.holding = 1, .through = {8}, .parked = {parked_at(3)}}));
  CHECK(scene.ledger.on(cmd::order{.again = {4}, .skipped = {9}}).events().empty());
  scene.ask(cmd::order{.again = {3}, .skipped = {}});
  CHECK(scene.ledger.on(cmd::order{.again = {3}, .skipped = {}}).events().empty());
}

TEST_CASE("what is forgotten is begun anew, and not by who held it") {
  ledger_scene scene;
  CHECK(scene.ask(cmd::forget{}) == "accepted");
  CHECK_FALSE(scene.ledger.isBegun);
  scene.ask(cmd::load{});
  scene.ask(keep_of({.holding = 1, .through = {8}, .parked = {parked_at(3)}}));
  scene.ask(cmd::forget{});
  CHECK(scene.ask(keep_of({.holding = 1, .through = {9}})) == taken_over);
  scene.ask(cmd::load{.begin = 2});
  CHECK(share_of({}, scene.ledger).through == position{2});
  CHECK(share_of({}, scene.ledger).parked.empty());
}

}  // namespace reprise::consumers
