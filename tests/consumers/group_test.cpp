// SPDX-License-Identifier: Apache-2.0
//
// Groups on whole nodes, in memory and on disk, with real threads and time.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace reprise::conformance {
namespace {

using namespace std::chrono_literals;
using worlds = std::tuple<in_memory, on_disk>;

// What workers have been shown, by any of them.
class board {
 public:
  void note(const std::string& who, const assigned_event& event) {
    const std::lock_guard hold(mutex_);
    seen_.emplace_back(who, event.meta.aggregate.id + "@" +
                                std::to_string(event.meta.sequence.value) +
                                (event.is_repeated() ? "!" : ""));
    moved_.notify_all();
  }
  // Waits until so many are there.
  std::vector<std::pair<std::string, std::string>> wait(std::size_t n) {
    std::unique_lock hold(mutex_);
    moved_.wait_for(hold, 30s, [&] { return seen_.size() >= n; });
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<std::pair<std::string, std::string>> seen_;
};

group_options letters() {
  return {.name = "letters", .events = {event_choice::of<ev::deposited>()}, .first_delay = 1ms};
}

std::string events_of(const std::vector<std::pair<std::string, std::string>>& seen,
                      const std::string& id) {
  std::string out;
  for (const auto& [who, event] : seen) {
    if (event.starts_with(id + "@")) out += event.substr(id.size() + 1) + " ";
  }
  return out;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("workers of a group share all events, each in its aggregate's order", "",
                        worlds) {
  node_world world(TestType::where, {.partitions = 4, .consumers_max = 4});
  board seen;
  const auto worker = [&](const std::string& name) {
    return world.node().join(letters(),
                             [&seen, name](const assigned_event& e) { seen.note(name, e); });
  };
  const auto a = worker("a");
  const auto b = worker("b");
  const auto c = worker("c");
  for (int i = 0; i < 20; ++i) {
    for (const std::string id : {"ann", "bob", "cid", "dan"}) {
      REQUIRE(world.ask(id, cmd::deposit{.cents = 1}) == "accepted");
    }
  }
  const auto all = seen.wait(80);
  CHECK(all.size() == 80);
  std::string expected;
  for (int i = 1; i <= 20; ++i) expected += std::to_string(i) + " ";
  for (const std::string id : {"ann", "bob", "cid", "dan"}) CHECK(events_of(all, id) == expected);
  std::set<std::string> workers;
  for (const auto& [who, event] : all) workers.insert(who);
  CHECK(workers.size() == 3);
  REQUIRE(world.node().groups().size() == 1);
  CHECK(world.node().groups().front().workers == 3);
}

TEMPLATE_LIST_TEST_CASE("P-112 what a worker leaves unanswered is done by another", "", worlds) {
  node_world world(TestType::where, one_partition());
  board seen;
  std::optional<group_member> a(world.node().join(
      letters(), [&](const assigned_event& e, const task&) { seen.note("a", e); }));
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 1}) == "accepted");
  REQUIRE(seen.wait(1).size() == 1);
  const auto b = world.node().join(letters(), [&](const assigned_event& e) { seen.note("b", e); });
  a.reset();
  const auto all = seen.wait(2);
  REQUIRE(all.size() == 2);
  CHECK(all[1] == std::pair<std::string, std::string>("b", "ann@1!"));
}

TEMPLATE_LIST_TEST_CASE("P-114 a worker that throws is shown the event again", "", worlds) {
  node_world world(TestType::where, one_partition());
  board seen;
  std::atomic<int> calls = 0;
  const auto a = world.node().join(letters(), [&](const assigned_event& e) {
    if (++calls == 1) throw std::runtime_error("it stumbled");
    seen.note("a", e);
  });
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 1}) == "accepted");
  CHECK(events_of(seen.wait(1), "ann") == "1! ");
}

TEST_CASE("a group goes on behind what is done after the node was closed, from any thread") {
  node_world world(storage::disk, one_partition());
  board seen;
  std::mutex mutex;
  std::vector<task> tasks;
  {
    const auto a = world.node().join(letters(), [&](const assigned_event& e, const task& t) {
      {
        const std::lock_guard hold(mutex);
        tasks.push_back(t);
      }
      seen.note("a", e);
    });
    for (const std::string id : {"ann", "bob", "cid"}) {
      REQUIRE(world.ask(id, cmd::deposit{.cents = 1}) == "accepted");
    }
    REQUIRE(seen.wait(3).size() == 3);
    tasks[0].done();
    tasks[1].done();
  }
  world.reopen();
  board later;
  const auto b = world.node().join(letters(), [&](const assigned_event& e) { later.note("b", e); });
  REQUIRE(world.ask("dan", cmd::deposit{.cents = 1}) == "accepted");
  const auto all = later.wait(2);
  REQUIRE(all.size() == 2);
  CHECK(all[0].second == "cid@1");
  CHECK(all[1].second == "dan@1");
  // Of a group that is gone.
  tasks[2].done();
}

TEST_CASE("P-117 a group that is dropped begins anew, and is not dropped under its workers") {
  node_world world(storage::memory, one_partition());
  board seen;
  {
    const auto a = world.node().join(letters(), [&](const assigned_event& e, const task& t) {
      t.failed(group_verdict::park, "not today");
      seen.note("a", e);
    });
    REQUIRE(world.ask("ann", cmd::deposit{.cents = 1}) == "accepted");
    REQUIRE(seen.wait(1).size() == 1);
    REQUIRE(a.parked().value().size() == 1);
    CHECK(world.node().drop_group("letters").error().code == errc::locked);
  }
  CHECK(world.node().drop_group("letters"));
  const auto b = world.node().join(letters(), [&](const assigned_event& e) { seen.note("b", e); });
  CHECK(b.parked().value().empty());
  CHECK(seen.wait(2).back() == std::pair<std::string, std::string>("b", "ann@1"));
}

TEST_CASE("a node that is closed ends its groups, and waits for a worker that is being called") {
  node_world world(storage::memory, one_partition());
  board seen;
  const auto a = world.node().join(letters(), [&](const assigned_event& e) { seen.note("a", e); });
  REQUIRE(world.ask("ann", cmd::deposit{.cents = 1}) == "accepted");
  seen.wait(1);
  world.node().close();
  const auto late = world.node().try_join(letters(), [](const assigned_event&, const task&) {});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == errc::stopped);
  CHECK(
      world.node().try_join({.name = ""}, [](const assigned_event&, const task&) {}).error().code ==
      errc::stopped);
}

}  // namespace reprise::conformance
