// SPDX-License-Identifier: Apache-2.0
//
// What waits until a majority has confirmed who leads.
#include "actors/read_barrier.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {
namespace {

// Somebody who answers when the test says so.
class barrier_scene {
 public:
  void pass(std::uint32_t partition, const std::string& name,
            base::clock::instant deadline = base::clock::instant::max()) {
    barrier_.pass({partition}, deadline, [this, name](const result<void>& how) {
      told_.push_back(name + ": " + (how ? "confirmed" : std::string(to_string(how.error().code))));
    });
  }
  void flush() { barrier_.flush(); }
  void end() { barrier_.end(); }
  void expire(base::clock::instant now) { barrier_.expire(now); }
  void confirm(std::uint32_t partition) { std::exchange(asked_[partition], {})({}); }
  void refuse(std::uint32_t partition) {
    std::exchange(asked_[partition], {})(error{errc::unavailable, "led elsewhere"});
  }
  [[nodiscard]] bool was_asked(std::uint32_t partition) const {
    const auto found = asked_.find(partition);
    return found != asked_.end() && found->second;
  }
  [[nodiscard]] std::vector<std::string> told() { return std::exchange(told_, {}); }
  [[nodiscard]] int wakes() const { return wakes_; }

 private:
  std::map<std::uint32_t, std::function<void(result<void>)>> asked_;
  std::vector<std::string> told_;
  int wakes_ = 0;
  read_barrier barrier_{2,
                        [this](partition_id partition, std::function<void(result<void>)> then) {
                          asked_[partition.value] = std::move(then);
                        },
                        [this] { ++wakes_; }};
};

using names = std::vector<std::string>;

TEST_CASE("nothing passes before its partition's lead is confirmed") {
  barrier_scene scene;
  scene.pass(0, "a");
  scene.pass(1, "b");
  CHECK(scene.wakes() == 2);
  scene.flush();
  CHECK(scene.told().empty());
  scene.confirm(1);
  CHECK(scene.told() == names{"b: confirmed"});
  scene.refuse(0);
  CHECK(scene.told() == names{"a: unavailable"});
}

TEST_CASE("what comes while a confirmation is under way needs the next one") {
  barrier_scene scene;
  scene.pass(0, "early");
  scene.flush();
  scene.pass(0, "late");
  scene.pass(0, "later");
  scene.flush();
  const int before = scene.wakes();
  scene.confirm(0);
  CHECK(scene.told() == names{"early: confirmed"});
  // The driver is told that there is more.
  CHECK(scene.wakes() == before + 1);
  CHECK_FALSE(scene.was_asked(0));
  scene.flush();
  REQUIRE(scene.was_asked(0));
  scene.confirm(0);
  CHECK(scene.told() == names{"late: confirmed", "later: confirmed"});
}

TEST_CASE("what waits too long is told so at its deadline, whether it was asked for or not") {
  using std::chrono::seconds;
  const base::clock::instant now(seconds(100));
  barrier_scene scene;
  scene.pass(0, "asked", now + seconds(1));
  scene.pass(0, "patient", now + seconds(9));
  scene.flush();
  scene.pass(0, "new", now + seconds(2));
  scene.expire(now);
  CHECK(scene.told().empty());
  scene.expire(now + seconds(2));
  CHECK(scene.told() == names{"asked: expired", "new: expired"});
  // The confirmation is still under way.
  scene.pass(0, "newer");
  scene.flush();
  scene.confirm(0);
  CHECK(scene.told() == names{"patient: confirmed"});
  scene.flush();
  scene.confirm(0);
  CHECK(scene.told() == names{"newer: confirmed"});
}

TEST_CASE("at the end all that wait are told so") {
  barrier_scene scene;
  scene.pass(0, "asked");
  scene.flush();
  scene.pass(0, "waiting");
  scene.pass(1, "new");
  scene.end();
  CHECK(scene.told() == names{"asked: stopped", "waiting: stopped", "new: stopped"});
  scene.pass(0, "late");
  CHECK(scene.told() == names{"late: stopped"});
}

}  // namespace
}  // namespace reprise::actors
