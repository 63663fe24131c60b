// SPDX-License-Identifier: Apache-2.0
//
// When snapshots are taken and which are kept. What a snapshot spares is seen by the appliers that
// do not run.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>

namespace reprise::conformance {
namespace {

using namespace std::chrono_literals;

struct snapshot_when_slow {
  static constexpr options value{.snapshot_every = 0, .snapshot_when_replay_exceeds = 1us};
};

// How many events the next recovery of ann replays.
template <class World>
std::uint64_t replayed_next(const World& world) {
  world.passivate_all();
  watch.applied = 0;
  static_cast<void>(world.state("ann"));
  return watch.applied;
}

TEMPLATE_TEST_CASE("A-089 a slow recovery leaves a snapshot, so that the next one is quick",
                   "[snapshots]", in_memory, on_disk) {
  world_of<account_with<snapshot_when_slow>> world(TestType::where, cramped());
  REQUIRE(world.ask("ann", cmd::spread{.count = 250, .cents = 1}) == "accepted");
  CHECK(replayed_next(world) == 250);
  CHECK(replayed_next(world) == 0);
  CHECK(world.state("ann").balance == 250);
}

TEMPLATE_TEST_CASE("A-089 a slow recovery before a command that writes leaves a snapshot, too",
                   "[snapshots]", in_memory, on_disk) {
  world_of<account_with<snapshot_when_slow>> world(TestType::where, cramped());
  REQUIRE(world.ask("ann", cmd::spread{.count = 250, .cents = 1}) == "accepted");
  world.passivate_all();
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  CHECK(replayed_next(world) <= 1);
  CHECK(world.state("ann").balance == 251);
}

TEMPLATE_TEST_CASE("A-091 where snapshots are off none is ever written, and 0 means off",
                   "[snapshots]", in_memory, on_disk) {
  world_of<account_with<without_snapshots>> world(TestType::where, cramped());
  for (int i = 0; i < 4; ++i) {
    REQUIRE(world.ask("ann", cmd::spread{.count = 250, .cents = 1}) == "accepted");
  }
  CHECK(replayed_next(world) == 1'000);
  CHECK(replayed_next(world) == 1'000);
}

TEMPLATE_TEST_CASE("A-092 of k + 3 snapshots exactly the newest k are kept", "[snapshots]",
                   in_memory, on_disk) {
  // Every ten events one, of which two are kept.
  world_of<account_with<snapshot_every_ten>> world(TestType::where, cramped());
  for (int i = 0; i < 50; ++i) {
    REQUIRE(world.ask("ann", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  }
  // The snapshots are written once this recovery is done.
  CHECK(replayed_next(world) == 0);
  const auto replayed_for = [&](std::uint64_t at) {
    watch.applied = 0;
    const auto past = world.of("ann").at(at);
    REQUIRE(past.has_value());
    CHECK(past->state.balance == static_cast<std::int64_t>(at));
    return watch.applied.load();
  };
  CHECK(replayed_for(50) == 0);
  CHECK(replayed_for(40) == 0);
  CHECK(replayed_for(49) == 9);
  CHECK(replayed_for(39) == 39);
  CHECK(replayed_for(30) == 30);
  CHECK(replayed_for(10) == 10);
}

struct second_version {
  static constexpr options value{.snapshot_every = 10, .state_version = 2};
};
struct first_version {
  static constexpr options value{.snapshot_every = 10, .state_version = 1};
};

TEST_CASE("A-096 an older program ignores the snapshot of a newer state version and replays",
          "[snapshots]") {
  // A store in memory does not outlive its program, so this is about stores on disk.
  world_of<account_with<second_version>> world(storage::disk, cramped());
  for (int i = 0; i < 20; ++i) {
    REQUIRE(world.ask("ann", cmd::deposit{.cents = 1, .note = ""}) == "accepted");
  }
  // The snapshots are written once this recovery is done.
  CHECK(replayed_next(world) == 0);
  world.reopen();
  CHECK(replayed_next(world) == 0);
  world.reopen_as<account_with<first_version>>();
  CHECK(replayed_next(world) == 20);
  CHECK(world.state("ann").balance == 20);
}

}  // namespace
}  // namespace reprise::conformance
