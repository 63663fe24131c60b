// SPDX-License-Identifier: Apache-2.0
#include "actors/timer_wheel.hpp"

#include "base/random.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <memory>
#include <vector>

namespace reprise::actors {
namespace {

using namespace std::chrono_literals;
using instant = timer_wheel::instant;

struct silent : alarm {
  void ring() override {}
};

TEST_CASE("an alarm is due at its time and not before") {
  const instant zero{1s};
  timer_wheel wheel(zero);
  const auto a = std::make_shared<silent>();
  wheel.schedule(a, zero + 25ms);
  CHECK(wheel.due(zero + 20ms).empty());
  CHECK(wheel.due(zero + 24ms).empty());
  CHECK(wheel.due(zero + 30ms).size() == 1);
  CHECK(wheel.empty());
}

TEST_CASE("an alarm beyond one turn of the wheel waits for its round") {
  const instant zero{1s};
  timer_wheel wheel(zero);
  wheel.schedule(std::make_shared<silent>(), zero + 35s);
  for (auto t = 0ms; t < 35s; t += 500ms) REQUIRE(wheel.due(zero + t).empty());
  CHECK(wheel.due(zero + 35s).size() == 1);
}

TEST_CASE("a cancelled alarm never comes due, and cancelling it again has no effect") {
  const instant zero{1s};
  timer_wheel wheel(zero);
  const auto a = std::make_shared<silent>();
  wheel.schedule(a, zero + 10ms);
  CHECK(wheel.cancel(*a) == a);
  CHECK(wheel.cancel(*a) == nullptr);
  CHECK(wheel.due(zero + 1s).empty());
}

TEST_CASE("the wheel keeps alarms alive while they wait, and only then") {
  const instant zero{1s};
  std::weak_ptr<silent> watched;
  {
    timer_wheel wheel(zero);
    auto a = std::make_shared<silent>();
    watched = a;
    wheel.schedule(std::move(a), zero + 10ms);
    CHECK_FALSE(watched.expired());
    CHECK(wheel.due(zero + 20ms).size() == 1);
    CHECK(watched.expired());
    auto b = std::make_shared<silent>();
    watched = b;
    wheel.schedule(std::move(b), zero + 10s);
  }
  CHECK(watched.expired());
}

TEST_CASE("the wheel agrees with a sorted map over random schedules, cancels and sleeps") {
  base::random random(20240501);
  const instant zero{1s};
  timer_wheel wheel(zero);
  std::map<alarm*, instant> model;
  std::vector<std::shared_ptr<silent>> alive;
  instant now = zero;
  for (int step = 0; step < 20'000; ++step) {
    switch (random.below(4)) {
      case 0:
      case 1: {
        auto a = std::make_shared<silent>();
        const instant when = now + std::chrono::microseconds(random.below(30'000'000));
        wheel.schedule(a, when);
        model.emplace(a.get(), when);
        alive.push_back(std::move(a));
        break;
      }
      case 2: {
        if (alive.empty()) break;
        const auto& a = alive[random.below(alive.size())];
        REQUIRE((wheel.cancel(*a) != nullptr) == (model.erase(a.get()) == 1));
        break;
      }
      default: {
        now += std::chrono::microseconds(random.below(random.below(50) == 0 ? 20'000'000 : 40'000));
        for (const auto& a : wheel.due(now)) {
          const auto found = model.find(a.get());
          REQUIRE(found != model.end());
          REQUIRE(found->second <= now);
          model.erase(found);
        }
        // At most one tick late.
        for (const auto& [a, when] : model) REQUIRE(when + timer_wheel::tick > now);
      }
    }
    REQUIRE(wheel.size() == model.size());
  }
}

}  // namespace
}  // namespace reprise::actors
