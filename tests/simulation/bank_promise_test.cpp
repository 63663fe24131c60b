// SPDX-License-Identifier: Apache-2.0
//
// What somebody who writes aggregates tests with reprise/simulation.hpp, and what that finds.
#include "examples/bank/bank.hpp"
#include "tests/environment.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <reprise/simulation.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds_usual = reprise::test::sanitized ? 3 : 25;

// snippet: bank
// Whatever goes wrong, a transfer comes to its end, and no money is made or lost.
void transfers_keep_the_money(std::uint64_t seed) {
  reprise::simulation world({.seed = seed});
  world.host<bank::account>();
  world.host<bank::transfer>();
  world.host<bank::move_money>();
  world.project<bank::summary>();
  for (const std::string owner : {"ann", "bob"}) {
    world.of<bank::account>(owner).ask(bank::account_cmd::open{.owner = owner, .cents = 100}).get();
  }
  world.disturb();
  for (int i = 0; i < 10; ++i) {
    const std::string id = "transfer-" + std::to_string(i);
    world.of<bank::transfer>(id).tell(
        bank::transfer_cmd::request{
            .from = i % 2 == 0 ? "ann" : "bob", .to = i % 3 == 0 ? "nobody" : "bob", .cents = 30},
        {.timeout = 5min});
    world.run_for(1s);
  }
  REQUIRE(world.settle());
  std::int64_t cents = 0;
  world.view<bank::summary>()->by_owner.each(
      [&](const std::string& /*owner*/, const bank::owner_row& row) { cents += row.cents; });
  CHECK(cents == 200);
}
// snippet end

// Numbers what it takes, and counts while it decides; but what is decided may be decided again.
struct careless : reprise::aggregate<bank::account_api> {
  decision on(const cmd::open& c) const { return ev::opened{.owner = c.owner, .cents = 0}; }
  decision on(const cmd::withdraw& /*c*/) const {
    return reprise::reject("never", "it only takes");
  }
  decision on(const cmd::deposit& c) const {
    return ev::deposited{.transfer = c.transfer, .cents = ++last_number};
  }
  decision on(const cmd::close& /*c*/) const { return reprise::reject("never", "it stays open"); }

  void apply(const ev::opened& e) { owner = e.owner; }
  void apply(const ev::withdrawn& /*e*/) {}
  void apply(const ev::deposited& e) { cents += e.cents; }
  void apply(const ev::closed& /*e*/) {}

  static inline std::int64_t last_number = 0;
};

// True when it has given each number, and no other one.
bool numbers_well(std::uint64_t seed, bool disturbed) {
  constexpr std::int64_t times = 10;
  careless::last_number = 0;
  reprise::simulation world({.seed = seed});
  world.host<careless>();
  const auto till = world.of<careless>("till");
  till.ask(careless::cmd::open{.owner = "ann"}, {.timeout = 5min}).get();
  if (disturbed) world.disturb();
  for (std::int64_t i = 0; i < times; ++i) {
    till.ask(careless::cmd::deposit{}, {.timeout = 5min}).get();
    world.run_for(500ms);
  }
  REQUIRE(world.settle());
  return till.ask(careless::cmd::get{}).get().cents == times * (times + 1) / 2;
}

// Tells somebody outside of each account that is opened.
struct announcing : reprise::saga<bank::move_state, bank::account> {
  static constexpr reprise::saga_options options{.name = "announcing"};
  using started_by = reprise::events<bank::account_ev::opened>;
  effects on(const bank::account_ev::opened& e) {
    from = e.owner;
    return {reprise::call("announce", {})};
  }
};

// What happened, as far as somebody outside sees it.
struct story {
  std::vector<std::uint64_t> places{};
  std::vector<std::chrono::milliseconds> times{};
  bool operator==(const story&) const = default;
};

story story_of(std::uint64_t seed) {
  reprise::simulation world({.seed = seed});
  world.host<bank::account>();
  story told;
  const auto ann = world.of<bank::account>("ann");
  ann.ask(bank::account_cmd::open{.owner = "ann", .cents = 0}, {.timeout = 5min}).get();
  world.disturb();
  for (int i = 0; i < 10; ++i) {
    const auto done =
        ann.ask(bank::account_cmd::deposit{.transfer = "gift", .cents = 1}, {.timeout = 5min})
            .get();
    told.places.push_back(done.at.value);
    told.times.push_back(world.now());
    world.run_for(400ms);
  }
  return told;
}

// A bank of one account, on three nodes.
struct ann_alone {
  reprise::simulation world;
  explicit ann_alone(const reprise::simulation_options& options = {.seed = 7}) : world(options) {
    world.host<bank::account>();
    opens();
  }
  reprise::ref<bank::account> ann() { return world.of<bank::account>("ann"); }
  void opens() {
    const bank::account_cmd::open first{.owner = "ann", .cents = 1};
    ann().ask(first, {.timeout = 5min}).get();
  }
  [[nodiscard]] auto is_given(std::int64_t cents, std::chrono::milliseconds within = 1min) {
    return ann().ask(bank::account_cmd::deposit{.transfer = "gift", .cents = cents},
                     {.timeout = within});
  }
  std::int64_t cents() {
    return ann().ask(bank::account_cmd::get{}, {.timeout = 5min}).get().cents;
  }
};

}  // namespace

TEST_CASE("transfers keep the money, whatever goes wrong") {
  const std::uint64_t first = reprise::test::number_from("REPRISE_SEED", 1);
  const std::uint64_t count = reprise::test::number_from("REPRISE_CAMPAIGNS", seeds_usual);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("seed " << seed);
    transfers_keep_the_money(seed);
  }
}

TEST_CASE("an aggregate that does something while it decides is found out") {
  bool found = false;
  for (std::uint64_t seed = 1; seed <= 10 && !found; ++seed) {
    CHECK(numbers_well(seed, false));
    found = !numbers_well(seed, true);
  }
  CHECK(found);
}

TEST_CASE("equal seeds and equal calls give equal runs of a simulation") {
  CHECK(story_of(5) == story_of(5));
  CHECK(story_of(5) != story_of(6));
}

TEST_CASE("what was acknowledged is there when all nodes have crashed") {
  ann_alone scene;
  scene.is_given(41).get();
  for (std::uint32_t n = 1; n <= 3; ++n) {
    scene.world.crash(n);
    CHECK_FALSE(scene.world.is_up(n));
  }
  // Nobody is there to be asked.
  const auto before = scene.world.now();
  const auto asked = scene.is_given(1, 5s).result();
  REQUIRE_FALSE(asked.has_value());
  CHECK(asked.error().code == reprise::errc::unavailable);
  CHECK(scene.world.now() - before == 5s);
  for (std::uint32_t n = 1; n <= 3; ++n) scene.world.start(n);
  CHECK(scene.cents() == 42);
}

TEST_CASE("two nodes of three go on without the third, and one alone does not") {
  ann_alone scene;
  scene.world.stop(2);
  scene.is_given(1).get();
  scene.world.crash(3);
  const auto asked = scene.is_given(1, 5s).result();
  REQUIRE_FALSE(asked.has_value());
  scene.world.heal();
  CHECK(scene.world.is_up(2));
  CHECK(scene.world.is_up(3));
  CHECK(scene.cents() >= 2);
}

TEST_CASE("a node that stands still or cannot be heard is gone without") {
  ann_alone scene;
  scene.world.stand_still(1, 10s);
  scene.is_given(1).get();
  for (const std::uint32_t other : {1U, 3U}) {
    scene.world.cut(2, other);
    scene.world.cut(other, 2);
  }
  scene.is_given(1).get();
  CHECK(scene.world.settle());
  CHECK(scene.cents() == 3);
}

TEST_CASE("functions outside are called with one key for each call, whatever goes wrong") {
  reprise::simulation world({.seed = 11});
  world.host<bank::account>();
  world.host<announcing>();
  std::set<std::string> keys;
  world.handle_calls("announce", [&](const reprise::outside_call& call) -> reprise::call_outcome {
    keys.insert(reprise::to_hex(call.key.value));
    return reprise::bytes{};
  });
  world.disturb();
  for (const std::string owner : {"ann", "bob", "eve"}) {
    world.of<bank::account>(owner)
        .ask(bank::account_cmd::open{.owner = owner, .cents = 1}, {.timeout = 5min})
        .get();
  }
  REQUIRE(world.settle());
  CHECK(keys.size() == 3);
}

TEST_CASE("an answer may be taken when it comes") {
  ann_alone scene;
  std::optional<bool> accepted;
  scene.is_given(1).then([&](const auto& outcome) { accepted = outcome.has_value(); });
  CHECK_FALSE(accepted);
  CHECK(scene.world.run_until([&] { return accepted.has_value(); }));
  CHECK(accepted == true);
}

TEST_CASE("what is ordered while things go wrong happens, and nothing hangs") {
  ann_alone scene;
  scene.world.disturb({.stops = true, .within = 20ms});
  for (std::uint32_t i = 0; i < 30; ++i) {
    scene.world.stop(1 + i % 3);
    scene.world.run_for(300ms);
    scene.world.start(1 + i % 3);
  }
  REQUIRE(scene.world.settle());
  scene.is_given(1).get();
  CHECK(scene.cents() == 2);
}

TEST_CASE("a node that was taken down comes up when it is started, and not before") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    ann_alone scene({.seed = seed});
    scene.world.disturb({.within = 100ms});
    scene.world.run_for(2s);
    scene.world.heal();
    scene.world.crash(2);
    scene.world.run_for(10s);
    CHECK_FALSE(scene.world.is_up(2));
  }
}

TEST_CASE("links that were cut stay so while other things go wrong") {
  ann_alone scene;
  for (std::uint32_t one = 1; one <= 3; ++one) {
    for (std::uint32_t other = 1; other <= 3; ++other) {
      if (one != other) scene.world.cut(one, other);
    }
  }
  scene.world.disturb({.cuts = false, .full_disks = false, .within = 50ms});
  CHECK_FALSE(scene.is_given(1, 20s).result().has_value());
}

TEST_CASE("a handler and a continuation may take nodes down") {
  ann_alone scene;
  bool crashed = false;
  scene.is_given(1).then([&](const auto&) {
    for (std::uint32_t n = 1; n <= 3; ++n) scene.world.crash(n);
    crashed = true;
  });
  CHECK(scene.world.run_until([&] { return crashed && !scene.world.is_up(1); }));
  CHECK_FALSE(scene.world.settle(1ms));
  REQUIRE(scene.world.settle());
  CHECK(scene.cents() == 2);
}

TEST_CASE("whoever waits when a simulation ends is told that no answer comes") {
  std::optional<reprise::errc> told;
  std::optional<reprise::reply<reprise::receipt>> waits;
  {
    ann_alone scene;
    waits = scene.is_given(1);
    scene.is_given(1).then([&](const auto& outcome) { told = outcome.error().code; });
  }
  CHECK(told == reprise::errc::commit_unknown);
  CHECK(waits->result().error().code == reprise::errc::commit_unknown);
}

TEST_CASE("rows are waited for, in simulated time") {
  ann_alone scene;
  scene.world.project<bank::summary>();
  const auto given = scene.is_given(5).result();
  REQUIRE(given.has_value());
  const auto cents = [&] {
    return scene.world.view<bank::summary>({given->at()})->by_owner.get("ann")->cents;
  };
  CHECK(cents() == 6);
  const reprise::receipt never{given->at().partition, {given->at().at.value + 100}, {}};
  const auto before = scene.world.now();
  CHECK_THROWS_AS(scene.world.view<bank::summary>({never}, 3s), reprise::failed);
  CHECK(scene.world.now() - before >= 3s);
}

TEST_CASE("a single node and seven of them can be simulated") {
  for (const std::uint32_t nodes : {1U, 7U}) {
    ann_alone scene({.seed = 7, .nodes = nodes, .partitions = 2});
    scene.is_given(1).get();
    CHECK(scene.cents() == 2);
    CHECK(scene.ann().at(1)->state.cents == 1);
  }
}

TEST_CASE("what cannot be simulated is refused") {
  const auto code_of =
      [](const reprise::simulation_options& options) -> std::optional<reprise::errc> {
    try {
      reprise::simulation world(options);
    } catch (const reprise::failed& why) {
      return why.code();
    }
    return {};
  };
  CHECK(code_of({.nodes = 0}) == reprise::errc::invalid_argument);
  CHECK(code_of({.nodes = 8}) == reprise::errc::invalid_argument);
  CHECK(code_of({.partitions = 0}) == reprise::errc::invalid_argument);
  CHECK(code_of({.clocks_apart = -1ms}) == reprise::errc::invalid_argument);
  reprise::simulation world;
  CHECK_THROWS_AS(world.crash(4), reprise::failed);
  CHECK_THROWS_AS(world.crash(0), reprise::failed);
  CHECK_THROWS_AS(world.disturb({.within = 0ms}), reprise::failed);
  CHECK_FALSE(world.run_until([] { return false; }, 1s));
  CHECK_THROWS_AS(world.view<bank::summary>(), reprise::failed);
  // Nobody can say whether it could be hosted.
  for (std::uint32_t n = 1; n <= 3; ++n) world.stop(n);
  CHECK_THROWS_AS(world.host<bank::account>(), reprise::failed);
}
