// SPDX-License-Identifier: Apache-2.0
//
// Commits of lanes that write the same rows.
#include "consumers/lane_commits.hpp"

#include "persistence/memory_row_store.hpp"
#include "tests/consumers/log_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace reprise::consumers {
namespace {

using testing::log_scene;

bytes key(char letter) {
  return bytes(8, static_cast<std::byte>(letter));
}

rows_read having_read(char letter) {
  rows_read out;
  out.row(key(letter));
  return out;
}

// Two lanes over four partitions of empty logs.
struct two_lanes {
  log_scene log{4};
  persistence::memory_row_store store;
  std::shared_ptr<lane_commits> lanes =
      lane_commits::open(log.journal(), store, "counts.1", 2).value();

  void begin(std::uint32_t lane) { REQUIRE(lanes->read(lane)); }
  // Changes one row; false when it was overtaken.
  bool commit(std::uint32_t lane, char changed, rows_read read = {}) {
    REQUIRE(lanes->take_turn(lane));
    lane_commits::batch what{.read = std::move(read), .cursors = lanes->cursors(lane)};
    what.changes[key(changed)] = bytes{std::byte{1}};
    const auto done = lanes->commit(lane, std::move(what));
    lanes->leave_turn(lane);
    REQUIRE(done);
    return *done;
  }
};

TEST_CASE("a batch that has read what another lane has changed since is not committed") {
  two_lanes scene;
  scene.begin(0);
  scene.begin(1);
  CHECK(scene.commit(0, 'a', having_read('a')));
  CHECK_FALSE(scene.commit(1, 'b', having_read('a')));
  CHECK_FALSE(scene.store.read("counts.1").value()->get(key('b')).value());
  scene.begin(1);
  CHECK(scene.commit(1, 'b', having_read('a')));
}

TEST_CASE("a batch that has read other rows, or none, or after the change, is committed") {
  two_lanes scene;
  scene.begin(0);
  scene.begin(1);
  CHECK(scene.commit(0, 'a'));
  CHECK(scene.commit(1, 'a', having_read('b')));
  scene.begin(0);
  CHECK(scene.commit(0, 'c', having_read('a')));
  // What it has changed itself is no change by another.
  scene.begin(0);
  CHECK(scene.commit(0, 'c', having_read('c')));
}

TEST_CASE("a row that comes into a range that was read counts as a change of it") {
  two_lanes scene;
  const auto between = [](char from, char below) {
    rows_read out;
    out.range(key(from), key(below));
    return out;
  };
  scene.begin(0);
  scene.begin(1);
  CHECK(scene.commit(0, 'f'));
  CHECK_FALSE(scene.commit(1, 'x', between('a', 'g')));
  scene.begin(0);
  scene.begin(1);
  CHECK(scene.commit(0, 'f'));
  CHECK(scene.commit(1, 'x', between('g', 'k')));
  scene.begin(0);
  scene.begin(1);
  CHECK(scene.commit(0, 'f'));
  CHECK(scene.commit(1, 'x', between('a', 'f')));
}

TEST_CASE("a batch that is older than what is kept in mind is folded again, whatever it has read") {
  two_lanes scene;
  scene.begin(1);
  for (int i = 0; i < 3; ++i) {
    scene.begin(0);
    REQUIRE(scene.lanes->take_turn(0));
    lane_commits::batch what{.cursors = scene.lanes->cursors(0)};
    for (std::uint32_t n = 0; n < 200'000; ++n) {
      bytes many = key('m');
      for (std::size_t b = 0; b < 4; ++b) many[b + 1] = static_cast<std::byte>(n >> (8 * b));
      what.changes.emplace_hint(what.changes.end(), std::move(many), bytes{});
    }
    REQUIRE(scene.lanes->commit(0, std::move(what)).value());
    scene.lanes->leave_turn(0);
  }
  CHECK_FALSE(scene.commit(1, 'b', having_read('a')));
  scene.begin(1);
  CHECK(scene.commit(1, 'b', having_read('a')));
}

TEST_CASE("a lane's commit moves the checkpoint of its own partitions only") {
  two_lanes scene;
  const auto commit = [&](std::uint32_t lane, std::uint64_t through) {
    auto cursors = scene.lanes->cursors(lane);
    for (partition_cursor& c : cursors) c.through = {through};
    REQUIRE(scene.lanes->take_turn(lane));
    REQUIRE(scene.lanes->commit(lane, {.cursors = std::move(cursors)}).value());
    scene.lanes->leave_turn(lane);
  };
  commit(1, 7);
  commit(0, 3);
  const auto taken = scene.store.read("counts.1").value()->taken_at().value();
  REQUIRE(taken);
  using all = std::vector<partition_cursor>;
  CHECK(taken->cursors == all{{{0}, {3}}, {{1}, {7}}, {{2}, {3}}, {{3}, {7}}});
  CHECK(scene.lanes->cursors(1) == all{{{1}, {7}}, {{3}, {7}}});
}

TEST_CASE("rows are complete when those of the last lane are") {
  two_lanes scene;
  const auto complete = [&](std::uint32_t lane) {
    REQUIRE(scene.lanes->take_turn(lane));
    const bool last = scene.lanes->completes_all(lane);
    REQUIRE(scene.lanes->commit(lane, {.cursors = scene.lanes->cursors(lane), .completes = true})
                .value());
    scene.lanes->leave_turn(lane);
    return last;
  };
  CHECK_FALSE(complete(1));
  CHECK_FALSE(scene.lanes->built());
  CHECK_FALSE(complete(1));
  CHECK(complete(0));
  CHECK(scene.lanes->built());
}

TEST_CASE("the turn goes to those who asked for it, in that order") {
  log_scene log(4);
  persistence::memory_row_store store;
  const auto lanes = lane_commits::open(log.journal(), store, "counts.1", 4).value();
  CHECK(lanes->take_turn(0));
  CHECK_FALSE(lanes->take_turn(2));
  CHECK_FALSE(lanes->take_turn(1));
  CHECK_FALSE(lanes->take_turn(2));
  // Only who has it can leave it.
  lanes->leave_turn(1);
  CHECK(lanes->turn() == 0U);
  lanes->leave_turn(0);
  CHECK(lanes->turn() == 2U);
  CHECK(lanes->take_turn(2));
  lanes->leave_turn(2);
  CHECK(lanes->turn() == 1U);
  // One for a lane that has it already, and two for the same lane.
  std::vector<std::uint32_t> came;
  std::vector<std::thread> waiting;
  for (const std::uint32_t lane : {1U, 3U, 3U}) {
    waiting.emplace_back([&, lane] {
      lanes->await_turn(lane);
      // The lane does not have it yet.
      lanes->leave_turn(lane);
      came.push_back(lane);
      lanes->hand_over(lane);
      lanes->leave_turn(lane);
    });
  }
  REQUIRE(lanes->take_turn(1));
  lanes->leave_turn(1);
  for (std::thread& one : waiting) one.join();
  CHECK(came.size() == 3);
  CHECK_FALSE(lanes->turn());
  // Whoever withdraws is passed by.
  CHECK(lanes->take_turn(2));
  CHECK_FALSE(lanes->take_turn(1));
  CHECK_FALSE(lanes->take_turn(0));
  lanes->withdraw(1);
  lanes->withdraw(2);
  CHECK(lanes->turn() == 0U);
}

TEST_CASE("a lane that is given the turn while it is about to wait for it keeps it") {
  two_lanes scene;
  REQUIRE(scene.lanes->take_turn(0));
  scene.lanes->arrive(1);
  CHECK_FALSE(scene.lanes->take_turn(1));
  scene.lanes->leave_turn(0);
  // The end of a step that found the turn taken. Who left it wakes the lane that it went to.
  scene.lanes->leave_turn(1);
  CHECK(scene.lanes->turn() == 1U);
  // Woken, it may have no use for the turn any more.
  scene.lanes->arrive(1);
  scene.lanes->leave_turn(1);
  CHECK_FALSE(scene.lanes->turn());
  // Nor has one that ends.
  REQUIRE(scene.lanes->take_turn(0));
  CHECK_FALSE(scene.lanes->take_turn(1));
  scene.lanes->leave_turn(0);
  scene.lanes->withdraw(1);
  CHECK_FALSE(scene.lanes->turn());
}

}  // namespace
}  // namespace reprise::consumers
