// SPDX-License-Identifier: Apache-2.0
//
// A projection's task, whose steps are the test's.
#include "actors/projection_task.hpp"

#include "actors/consumer_pool.hpp"
#include "tests/consumers/projector_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using testing::projector_scene;

TEST_CASE("whoever waits for a view has it a step after its events were folded") {
  projector_scene scene;
  metrics measured;
  const auto nobody = std::make_shared<actors::consumer_pool>(0);
  actors::projection_task task(
      {.log = scene.log.journal(), .rows = scene.rows, .time = scene.time, .measured = measured},
      "counts", 1, scene.open_lanes().value(), nobody);
  actors::projection_lane& lane = *task.lanes().at(0);
  lane.run();
  scene.log.store("ann", 1'000);
  lane.run();
  REQUIRE(scene.rows.commits == 1);

  std::optional<result<detail::row_view>> seen;
  std::thread waiting([&] {
    const std::array wanted{receipt{.partition = {0}, .at = {3}}};
    seen = task.rows(wanted, 1h);
  });
  const counter& callers = measured.count("projections.counts.1.waiting");
  while (callers.value() == 0) std::this_thread::yield();
  lane.run();
  CHECK(scene.rows.commits == 2);
  // Lets it go in any case.
  task.stop();
  waiting.join();
  REQUIRE(*seen);
  CHECK((*seen)->cursors.at(0).through == position{512});
  CHECK(callers.value() == 0);
}

}  // namespace
}  // namespace reprise::consumers
