// SPDX-License-Identifier: Apache-2.0
//
// The threads that run consumers.
#include "actors/consumer_pool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <semaphore>

namespace reprise::actors {
namespace {

using namespace std::chrono_literals;

// Each run says that it has begun, and waits until it may end.
struct held_task final : pooled_task {
  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> may_end{0};
  next run() override {
    begun.release();
    // With a bound, so that a test that fails ends.
    static_cast<void>(may_end.try_acquire_for(30s));
    return {.when = again::when_woken};
  }
  bool begins() { return begun.try_acquire_for(30s); }
};

TEST_CASE("a task that is woken while it runs is run once more, each time anew") {
  consumer_pool pool(1);
  const auto task = std::make_shared<held_task>();
  pool.add(task);
  REQUIRE(task->begins());
  for (int i = 0; i < 3; ++i) {
    pool.wake_all();
    pool.wake_all();
    task->may_end.release();
    REQUIRE(task->begins());
  }
  task->may_end.release();
  pool.remove(*task);
  CHECK_FALSE(task->begun.try_acquire());
}

TEST_CASE("waking all wakes those that were run while others still wait for their turn") {
  consumer_pool pool(1);
  const auto first = std::make_shared<held_task>();
  const auto second = std::make_shared<held_task>();
  // While the one thread is busy they take their places, one behind the other.
  const auto before = std::make_shared<held_task>();
  pool.add(before);
  REQUIRE(before->begins());
  pool.add(first);
  pool.add(second);
  before->may_end.release();
  pool.remove(*before);
  REQUIRE(first->begins());
  pool.wake_all();
  first->may_end.release();
  // Now the first is ready again, and behind the second.
  REQUIRE(second->begins());
  pool.wake_all();
  second->may_end.release();
  REQUIRE(first->begins());
  first->may_end.release();
  REQUIRE(second->begins());
  second->may_end.release();
  pool.stop();
}

}  // namespace
}  // namespace reprise::actors
