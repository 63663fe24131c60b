// SPDX-License-Identifier: Apache-2.0
//
// Lanes of a projection step by step.
#include "base/random.hpp"
#include "tests/consumers/lanes_scene.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using testing::lanes_scene;
using testing::projector_scene;
using then = failure_policy::then;

TEST_CASE("P-101 events of one key are handled by one lane, in order") {
  lanes_scene scene(8);
  scene.open(3);
  for (std::uint64_t i = 0; i < 60; ++i) {
    scene.log.store("id-" + std::to_string(i % 20), 1 + i % 7);
  }
  scene.run();
  CHECK_FALSE(scene.disordered);
  std::set<std::uint32_t> used;
  for (const auto& [id, lanes] : scene.shown_by) {
    CHECK(lanes.size() == 1);
    used.insert(lanes.begin(), lanes.end());
  }
  CHECK(used.size() == 3);
  CHECK(scene.by_id().size() == 20);
}

TEST_CASE("there are no more lanes than partitions, and how many there may be is checked") {
  lanes_scene scene(2);
  scene.open(5);
  CHECK(scene.lanes.size() == 2);
  projector_scene one;
  for (const std::uint32_t lanes : {0U, 257U}) {
    one.lanes = lanes;
    CHECK(one.open().error().code == errc::invalid_argument);
  }
}

TEST_CASE("a lane that was overtaken on a row folds its batch again, on the new rows") {
  lanes_scene scene(2);
  scene.open(2);
  scene.run();
  const std::string a = scene.id_of_lane(0, 2);
  const std::string b = scene.id_of_lane(1, 2);
  // More than a page each, so that both have begun on the same rows before either commits.
  scene.log.store(a, 300);
  scene.log.store(b, 300);
  CHECK(scene.step(0).is == projector::state::more);
  CHECK(scene.step(1).is == projector::state::more);
  const auto before = scene.shown.size();
  scene.run();
  CHECK(scene.all() == 600);
  CHECK(scene.by_id() == std::map<std::string, std::uint64_t>{{a, 300}, {b, 300}});
  CHECK(scene.shown.size() > before + 2 * 44);
  CHECK_FALSE(scene.disordered);
  CHECK_FALSE(scene.lanes[0]->trouble());
  CHECK_FALSE(scene.lanes[1]->trouble());
}

TEST_CASE("lanes that change the same row take turns, and no batch of theirs is wasted then") {
  lanes_scene scene(4);
  scene.open(4);
  scene.run();
  std::uint64_t events = 0;
  const auto store = [&](std::uint64_t each) {
    for (std::uint32_t lane = 0; lane < 4; ++lane) scene.log.store(scene.id_of_lane(lane, 4), each);
    events += 4 * each;
  };
  // It takes them a batch or two to notice.
  for (int i = 0; i < 3; ++i) {
    store(1'000);
    scene.run();
  }
  const auto before = scene.shown.size();
  for (int i = 0; i < 10; ++i) {
    store(600);
    scene.run();
  }
  CHECK(scene.shown.size() - before == 10 * 4 * 600);
  CHECK(scene.all() == events);
}

TEST_CASE("a turn ends when its changes have waited long enough, so that each lane gets one") {
  lanes_scene scene(2);
  scene.open(2);
  scene.run();
  const auto store = [&](std::uint64_t each) {
    for (std::uint32_t lane = 0; lane < 2; ++lane) scene.log.store(scene.id_of_lane(lane, 2), each);
  };
  store(600);
  scene.run();
  // The load never pauses.
  store(100'000);
  std::array<int, 2> commits{};
  for (int i = 0; i < 200; ++i) {
    for (std::uint32_t lane = 0; lane < 2; ++lane) {
      const auto at = scene.lanes[lane]->cursors();
      scene.step(lane);
      if (scene.lanes[lane]->cursors() != at) ++commits[lane];
    }
    scene.time.passed += 20ms;
  }
  CHECK(commits[0] > 20);
  CHECK(commits[1] > 20);
}

TEST_CASE("what comes while a lane waits for its turn is looked at once it has had it") {
  lanes_scene scene(2);
  scene.open(2);
  scene.run();
  const std::string b = scene.id_of_lane(1, 2);
  lane_commits& turns = *scene.lanes[0]->lanes();
  REQUIRE(turns.take_turn(0));
  scene.log.store(b);
  CHECK(scene.step(1).is == projector::state::more);
  CHECK(scene.step(1).is == projector::state::waiting);
  scene.log.store(b);
  // It was woken for this, and had no turn.
  CHECK(scene.step(1).is == projector::state::waiting);
  turns.leave_turn(0);
  REQUIRE(turns.turn() == 1U);
  CHECK(scene.step(1).is == projector::state::more);
  CHECK_FALSE(turns.turn());
  scene.run();
  CHECK(scene.all() == 2);
}

TEST_CASE("P-106 a lane that fails leaves its turn to the others") {
  lanes_scene scene(2);
  scene.policy = {.finally = then::stop, .retries = 1};
  scene.open(2);
  scene.run();
  const std::string a = scene.id_of_lane(0, 2);
  const std::string bad = scene.id_of_lane(0, 2, 1);
  const std::string b = scene.id_of_lane(1, 2);
  scene.log.store(a, 300);
  scene.log.store(bad);
  scene.log.store(b, 300);
  scene.stumbles = {bad};
  scene.run();
  CHECK(scene.by_id() == std::map<std::string, std::uint64_t>{{a, 300}, {b, 300}});
  scene.time.passed += 1min;
  scene.run();
  CHECK(scene.step(0).is == projector::state::stopped);
  scene.log.store(a);
  scene.log.store(b, 300);
  scene.run();
  CHECK(scene.step(0).is == projector::state::stopped);
  CHECK(scene.by_id() == std::map<std::string, std::uint64_t>{{a, 300}, {b, 600}});
  CHECK(scene.all() == 900);
  scene.stumbles.clear();
  scene.lanes[0]->resume();
  scene.run();
  CHECK(scene.all() == 902);
}

TEST_CASE("P-106 a lane that parks does not stop the others, and its limits are its own") {
  lanes_scene scene(2);
  scene.policy = {.finally = then::park, .retries = 0, .parked_keys_max = 1};
  scene.open(2);
  const std::string bad = scene.id_of_lane(0, 2);
  const std::string worse = scene.id_of_lane(0, 2, 1);
  const std::string b = scene.id_of_lane(1, 2);
  const std::string bad_too = scene.id_of_lane(1, 2, 1);
  scene.stumbles = {bad, worse, bad_too};
  scene.log.store(bad, 2);
  scene.log.store(bad_too);
  scene.log.store(b, 5);
  scene.run();
  CHECK(scene.by_id() == std::map<std::string, std::uint64_t>{{b, 5}});
  CHECK(scene.all() == 5);
  CHECK(scene.lanes[0]->parked().keys() == 1);
  CHECK(scene.lanes[0]->parked().events() == 2);
  CHECK(scene.lanes[1]->parked().keys() == 1);
  scene.log.store(worse);
  scene.log.store(b);
  scene.run();
  CHECK(scene.step(0).is == projector::state::stopped);
  CHECK(scene.all() == 6);
  // They are found again by whatever lane has their partition now.
  scene.open(1);
  scene.stumbles.clear();
  CHECK(scene.lanes[0]->parked().keys() == 2);
  CHECK(scene.lanes[0]->retry_parked({testing::account_type, "", bad}).value() == 2);
  CHECK(scene.all() == 8);
}

TEST_CASE("parked events are tried again on the rows that other lanes have left") {
  lanes_scene scene(2);
  scene.policy = {.finally = then::park, .retries = 0};
  scene.open(2);
  const std::string bad = scene.id_of_lane(0, 2);
  const std::string a = scene.id_of_lane(0, 2, 1);
  const std::string b = scene.id_of_lane(1, 2);
  scene.stumbles = {bad};
  scene.log.store(bad, 2);
  scene.run();
  // Both have folded what they have not committed.
  scene.log.store(a, 300);
  scene.log.store(b, 300);
  scene.step(0);
  scene.step(1);
  scene.stumbles.clear();
  CHECK(scene.lanes[0]->retry_parked({testing::account_type, "", bad}).value() == 2);
  CHECK_FALSE(scene.lanes[0]->lanes()->turn());
  scene.run();
  CHECK(scene.all() == 602);
  CHECK_FALSE(scene.disordered);
}

TEST_CASE("P-107 a hot key holds up another partition of its lane by a page, no more") {
  lanes_scene scene(4);
  scene.open(2);
  scene.run();
  // Partitions 0 and 2 are those of lane 0.
  const std::string hot = scene.id_of_partition(0);
  const std::string cold = scene.id_of_partition(2);
  scene.log.store(hot, 10'000);
  scene.log.store(cold, 100);
  scene.shown.clear();
  scene.run();
  const auto place = [&](const std::string& what) {
    return std::ranges::find(scene.shown, what) - scene.shown.begin();
  };
  CHECK(place(cold + "@1") <= 256);
  CHECK(place(cold + "@100") <= 256 + 100);
  CHECK(scene.by_id() == std::map<std::string, std::uint64_t>{{hot, 10'000}, {cold, 100}});
}

TEST_CASE("rows are not complete before those of each lane are, and stay so") {
  lanes_scene scene(2);
  scene.log.store(scene.id_of_lane(0, 2), 10);
  scene.log.store(scene.id_of_lane(1, 2), 1'000);
  scene.open(2);
  while (scene.step(0).is == projector::state::more) {
  }
  CHECK_FALSE(scene.lanes[0]->built());
  // Its rows are there all the same.
  CHECK(scene.all() == 10);
  scene.run();
  CHECK(scene.lanes[0]->built());
  CHECK(scene.lanes[1]->built());
  scene.open(1);
  CHECK(scene.lanes[0]->built());
}

TEST_CASE("lanes that build slowly on the same rows come to an end") {
  lanes_scene scene(4);
  scene.building_percent = 20;
  for (std::uint32_t lane = 0; lane < 4; ++lane) {
    scene.log.store(scene.id_of_lane(lane, 4), 2'000);
  }
  scene.open(4);
  for (int i = 0; i < 1'000 && !scene.lanes[0]->built(); ++i) {
    for (std::uint32_t lane = 0; lane < 4; ++lane) scene.step(lane);
    scene.time.passed += 50ms;
  }
  CHECK(scene.lanes[0]->built());
  CHECK(scene.all() == 8'000);
}

TEST_CASE("lanes that build slowly on the same rows rest behind their turns, not within them") {
  lanes_scene scene(2);
  scene.building_percent = 20;
  scene.an_event_takes = 1ms;
  for (std::uint32_t lane = 0; lane < 2; ++lane) {
    scene.log.store(scene.id_of_lane(lane, 2), 5'000);
  }
  scene.open(2);
  std::uint64_t rests = 0;
  while (!scene.lanes[0]->built()) {
    for (std::uint32_t lane = 0; lane < 2; ++lane) {
      const auto done = scene.step(lane);
      if (done.is != projector::state::waiting || !done.due) continue;
      ++rests;
      CHECK(scene.lanes[0]->lanes()->turn() != lane);
    }
    scene.time.passed += 100ms;
  }
  CHECK(rests > 10);
  // Nor does another lane come between, so that a batch would be folded again.
  CHECK(scene.shown.size() < 13'000);
  CHECK(scene.all() == 10'000);
}

TEST_CASE("events that changed nothing are done with, even if those behind them are overtaken") {
  lanes_scene scene(2);
  scene.open(2);
  scene.run();
  const std::string quiet = scene.id_of_lane(0, 2);
  const std::string a = scene.id_of_lane(0, 2, 1);
  const std::string b = scene.id_of_lane(1, 2);
  scene.onlookers = {quiet};
  scene.log.store(quiet, 300);
  scene.log.store(a, 600);
  scene.log.store(b, 600);
  CHECK(scene.step(0).is == projector::state::more);
  // A view may be told so now.
  const position told = scene.lanes[0]->cursors().front().through;
  CHECK(told.value == 256);
  CHECK(scene.step(0).is == projector::state::more);
  CHECK(scene.lanes[0]->cursors().front().through >= told);
  while (scene.step(1).is == projector::state::more) {
  }
  scene.run();
  CHECK(scene.all() == 1'200);
  CHECK(std::ranges::count(scene.shown, a + "@1") == 2);
  CHECK(std::ranges::count(scene.shown, quiet + "@1") == 1);
}

TEST_CASE("a search for parked events that finds none holds no moment of the rows") {
  lanes_scene scene(2);
  scene.policy = {.finally = then::park, .retries = 0};
  scene.open(2);
  scene.run();
  const aggregate_key nobody{testing::account_type, "", scene.id_of_lane(0, 2)};
  REQUIRE(scene.rows.held() == 0);
  CHECK(scene.lanes[0]->retry_parked(nobody).error().code == errc::not_found);
  CHECK(scene.rows.held() == 0);
  CHECK(scene.lanes[0]->skip_parked(nobody).error().code == errc::not_found);
  CHECK(scene.rows.held() == 0);
}

constexpr std::uint64_t seeds_of_cuts = test::sanitized ? 5 : 30;

TEST_CASE("P-039 P-102 however lanes are cut off and replaced, each event is in the rows once") {
  for (std::uint64_t seed = 1; seed <= seeds_of_cuts; ++seed) {
    CAPTURE(seed);
    base::random chance(seed);
    lanes_scene scene(8);
    std::map<std::string, std::uint64_t> model;
    std::uint64_t events = 0;
    std::size_t next = 0;
    constexpr std::array<std::uint32_t, 5> counts{4, 8, 3, 1, 16};
    scene.open(counts[0]);
    for (int i = 0; i < 300; ++i) {
      const std::string id = std::string(1, static_cast<char>('a' + chance.below(3))) +
                             std::to_string(chance.below(12));
      const std::uint64_t more = 1 + chance.below(400);
      if (chance.below(3) == 0) {
        scene.log.store(id, more);
        model[id] += more;
        events += more;
      }
      scene.rows.full = chance.below(6) == 0;
      std::uint64_t left = chance.below(600);
      const auto lane = chance.below(scene.lanes.size());
      [[maybe_unused]] const auto done =
          scene.lanes[lane]->advance([&] { return left == 0 || left-- == 0; });
      scene.time.passed += std::chrono::milliseconds(chance.below(2'000));
      if (chance.below(25) != 0) continue;
      // Ended in order, or not.
      if (chance.below(2) == 0) {
        for (const auto& one : scene.lanes) one->finish();
      }
      scene.rows.full = false;
      scene.open(counts[++next % counts.size()]);
    }
    scene.rows.full = false;
    for (int i = 0; i < 20; ++i) {
      scene.run();
      scene.time.passed += 2min;
    }
    CHECK_FALSE(scene.disordered);
    CHECK(scene.by_id() == model);
    CHECK(scene.all() == events);
    std::map<std::string, std::uint64_t> letters;
    for (const auto& [id, n] : model) ++letters[id.substr(0, 1)];
    CHECK(scene.by_letter() == letters);
  }
}

}  // namespace
}  // namespace reprise::consumers
