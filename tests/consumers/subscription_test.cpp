// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions of a node, in memory and on disk.
#include "tests/actors/conformance/node_world.hpp"

#include <reprise/subscription.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace reprise::conformance {
namespace {

using worlds = std::tuple<in_memory, on_disk>;

/// Notes what a subscriber is told, and waits for it.
class notebook {
 public:
  void note(const std::string& what) {
    const std::lock_guard hold(mutex_);
    notes_.push_back(what);
    changed_.notify_all();
  }
  /// All notes, once there are so many; fewer when they do not come within a minute.
  [[nodiscard]] std::vector<std::string> first(std::size_t count) {
    std::unique_lock hold(mutex_);
    changed_.wait_for(hold, std::chrono::minutes(1), [&] { return notes_.size() >= count; });
    return notes_;
  }
  [[nodiscard]] std::size_t size() {
    const std::lock_guard hold(mutex_);
    return notes_.size();
  }

  /// A subscriber that notes cents, the end, and why it was dropped.
  [[nodiscard]] subscriber all() {
    return {.event = [this](const received& r) { note(cents_of(r)); },
            .caught_up = [this] { note("caught-up"); },
            .dropped =
                [this](const drop_notice& d) {
                  note("dropped " + std::string(to_string(d.why.code)) + "@" +
                       std::to_string(d.where.through.value));
                }};
  }
  [[nodiscard]] static std::string cents_of(const received& r) {
    const auto e = r.as<ev::deposited>();
    return e ? std::to_string(e->cents) : std::string(to_string(e.error().code));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;
};

using noted = std::vector<std::string>;

void deposit(const node_world& world, std::int64_t cents, const std::string& id = "ann") {
  REQUIRE(world.ask(id, cmd::deposit{.cents = cents}) == "accepted");
}

TEMPLATE_LIST_TEST_CASE("P-001 history and then live events, decoded, from a node", "", worlds) {
  node_world world(TestType::where, one_partition());
  deposit(world, 1);
  deposit(world, 2);
  notebook notes;
  const auto following = world.node().subscribe({}, notes.all());
  CHECK(notes.first(3) == noted{"1", "2", "caught-up"});
  deposit(world, 3);
  CHECK(notes.first(4) == noted{"1", "2", "caught-up", "3"});
  CHECK(following.running());
}

TEMPLATE_LIST_TEST_CASE("P-002 events that come while history is read are shown exactly once", "",
                        worlds) {
  node_world world(TestType::where, {.partitions = 4});
  constexpr std::uint64_t each = 200;
  const auto ask_all = [&](std::size_t thread) {
    for (std::uint64_t n = 0; n < each; ++n) {
      const auto done = world.of("id-" + std::to_string(thread) + "-" + std::to_string(n % 7))
                            .ask(cmd::deposit{.cents = 1})
                            .result();
      if (!done) throw std::runtime_error(to_string(done.error()));
    }
  };
  ask_all(9);
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint32_t, std::uint64_t> last;
  std::uint64_t seen = 0;
  bool in_order = true;
  std::optional<subscription> following;
  at_once(3, [&](std::size_t thread) {
    if (thread < 2) return ask_all(thread);
    following.emplace(world.node().subscribe({}, [&](const received& r) {
      const std::lock_guard hold(mutex);
      in_order = in_order && r.meta.at.value == ++last[r.meta.partition.value];
      ++seen;
      changed.notify_all();
    }));
  });
  std::unique_lock hold(mutex);
  changed.wait_for(hold, std::chrono::minutes(1), [&] { return seen >= 3 * each; });
  CHECK(seen == 3 * each);
  CHECK(in_order);
  hold.unlock();
  following->stop();
}

TEMPLATE_LIST_TEST_CASE("P-007 a subscriber that is held up holds up no other, and no command", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  notebook notes;
  gate door;
  const auto slow = world.node().subscribe({}, [&](const received&) { door.pass(); });
  const auto quick = world.node().subscribe({}, notes.all());
  CHECK(notes.first(1) == noted{"caught-up"});
  shut_gate held(door);
  deposit(world, 1);
  held.await_arrival();
  for (int i = 2; i <= 50; ++i) deposit(world, i);
  CHECK(notes.first(51).back() == "50");
  CHECK(slow.cursors().at(0).through == position{0});
}

TEMPLATE_LIST_TEST_CASE("P-014 a subscriber that throws is dropped by name, and nothing else", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  notebook notes;
  subscriber stumbling = notes.all();
  stumbling.event = [&](const received& r) {
    if (r.as<ev::deposited>()->cents == 2) throw std::runtime_error("stumbled");
    notes.note(notebook::cents_of(r));
  };
  const auto following = world.node().subscribe({}, stumbling);
  CHECK(notes.first(1) == noted{"caught-up"});
  deposit(world, 1);
  deposit(world, 2);
  deposit(world, 3);
  CHECK(notes.first(3) == noted{"caught-up", "1", "dropped handler_failed@2"});
  CHECK(following.cursors().at(0).through == position{1});
}

TEMPLATE_LIST_TEST_CASE("P-015 once stop has returned nothing is shown any more", "", worlds) {
  node_world world(TestType::where, one_partition());
  // While events are being shown, from a thread that is not theirs.
  for (int round = 0; round < 50; ++round) {
    std::atomic<bool> stopped{false};
    std::atomic<bool> shown_after{false};
    deposit(world, round);
    auto following = world.node().subscribe({}, [&](const received&) {
      if (stopped) shown_after = true;
    });
    deposit(world, round);
    following.stop();
    stopped = true;
    deposit(world, round);
    CHECK_FALSE(following.running());
    CHECK_FALSE(shown_after.load());
  }
}

TEMPLATE_LIST_TEST_CASE("P-015 stop waits for the call that is under way", "", worlds) {
  node_world world(TestType::where, one_partition());
  deposit(world, 1);
  gate door;
  std::atomic<bool> finished{false};
  bool finished_when_stopped = false;
  shut_gate held(door);
  auto following = world.node().subscribe({}, [&](const received&) {
    door.pass();
    finished = true;
  });
  held.await_arrival();
  std::jthread stopping([&] {
    following.stop();
    finished_when_stopped = finished;
  });
  held.open();
  stopping.join();
  CHECK(finished_when_stopped);
}

TEMPLATE_LIST_TEST_CASE("P-016 stopping twice is harmless, from within the subscriber too", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  notebook notes;
  std::mutex starting;
  std::optional<subscription> following;
  {
    const std::lock_guard hold(starting);
    following.emplace(world.node().subscribe({}, [&](const received& r) {
      const std::lock_guard until_it_has_a_name(starting);
      notes.note(notebook::cents_of(r));
      following->stop();
      following->stop();
    }));
  }
  deposit(world, 1);
  CHECK(notes.first(1) == noted{"1"});
  following->stop();
  following->stop();
  CHECK_FALSE(following->running());
  deposit(world, 2);
  CHECK(notes.size() == 1);
  world.close();
  following->stop();
}

TEMPLATE_LIST_TEST_CASE("P-017 a start that fails says why and leaves the name free", "", worlds) {
  node_world world(TestType::where, one_partition());
  notebook notes;
  const subscription_options wrong{.name = "a", .partitions = {{1}}};
  CHECK(world.node().try_subscribe(wrong, notes.all()).error().code == errc::invalid_argument);
  CHECK(world.node().try_subscribe({.name = "a"}, {}).error().code == errc::invalid_argument);
  const auto following = world.node().try_subscribe({.name = "a"}, notes.all());
  REQUIRE(following);
  CHECK(notes.first(1) == noted{"caught-up"});
}

TEMPLATE_LIST_TEST_CASE("a paused subscription shows nothing, and goes on where it was", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  notebook notes;
  auto following = world.node().subscribe({}, notes.all());
  CHECK(notes.first(1) == noted{"caught-up"});
  following.pause();
  notebook others;
  const auto other = world.node().subscribe({}, others.all());
  deposit(world, 1);
  deposit(world, 2);
  CHECK(others.first(3).size() == 3);
  CHECK(notes.size() == 1);
  following.resume();
  CHECK(notes.first(3) == noted{"caught-up", "1", "2"});
}

TEMPLATE_LIST_TEST_CASE("P-035 names are independent, and one of a name runs at a time", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  deposit(world, 1);
  notebook a;
  notebook b;
  {
    const auto first = world.node().subscribe({.name = "a"}, a.all());
    CHECK(a.first(2) == noted{"1", "caught-up"});
    CHECK(world.node().try_subscribe({.name = "a"}, a.all()).error().code == errc::locked);
  }
  // The end of the first has freed the name, and saved what it had done.
  deposit(world, 2);
  const auto again = world.node().subscribe({.name = "a"}, a.all());
  const auto other = world.node().subscribe({.name = "b"}, b.all());
  CHECK(a.first(4) == noted{"1", "caught-up", "2", "caught-up"});
  CHECK(b.first(3) == noted{"1", "2", "caught-up"});
}

TEST_CASE(
    "P-057 after a restart each of 50 named subscriptions goes on behind its own checkpoint") {
  node_world world(storage::disk, one_partition());
  for (int i = 1; i <= 50; ++i) deposit(world, i);
  std::vector<notebook> notes(50);
  const auto options = [](std::size_t i) {
    return subscription_options{.name = "s" + std::to_string(i)};
  };
  for (std::size_t i = 0; i < notes.size(); ++i) {
    subscription_options o = options(i);
    o.from = start_point::behind({{{0}, {i}}});
    const auto following = world.node().subscribe(o, notes[i].all());
    CHECK(notes[i].first(51 - i).size() == 51 - i);
  }
  world.reopen();
  deposit(world, 51);
  std::vector<notebook> later(50);
  std::vector<subscription> following;
  for (std::size_t i = 0; i < later.size(); ++i) {
    following.push_back(world.node().subscribe(options(i), later[i].all()));
  }
  for (notebook& n : later) CHECK(n.first(2) == noted{"51", "caught-up"});
}

TEST_CASE("a subscription outlives its node without harm, and a closed node starts none") {
  node_world world(storage::memory, one_partition());
  notebook notes;
  auto following = world.node().subscribe({.name = "a"}, notes.all());
  CHECK(notes.first(1) == noted{"caught-up"});
  world.node().close();
  CHECK_FALSE(following.running());
  CHECK(world.node().try_subscribe({}, notes.all()).error().code == errc::stopped);
  world.close();
  following.pause();
  following.resume();
  following.stop();
  CHECK(following.cursors().size() == 1);
}

TEST_CASE("a subscription that lets go of itself takes along what its subscriber owns") {
  struct owner {
    subscription owned;
    notebook& notes;
    ~owner() {
      owned.stop();
      notes.note("gone");
    }
  };
  notebook notes;
  node_world world(storage::memory, one_partition());
  std::mutex starting;
  std::optional<subscription> following;
  {
    const std::lock_guard hold(starting);
    std::shared_ptr<owner> owned(
        new owner{world.node().subscribe({}, [](const received&) {}), notes});
    following.emplace(world.node().subscribe({}, [&, owned = std::move(owned)](const received&) {
      const std::lock_guard until_it_has_a_name(starting);
      following.reset();
      notes.note("let go");
    }));
  }
  deposit(world, 1);
  CHECK(notes.first(2) == noted{"let go", "gone"});
}

TEST_CASE("a subscriber may ask the node, and wait for the answer") {
  node_world world(storage::memory, one_partition());
  notebook notes;
  const auto following = world.node().subscribe({.id_prefix = "ann"}, [&](const received& r) {
    const auto copied = world.of("copy").ask(cmd::deposit{.cents = r.as<ev::deposited>()->cents});
    notes.note(std::to_string(copied.get().balance));
  });
  deposit(world, 5);
  deposit(world, 6);
  CHECK(notes.first(2) == noted{"5", "11"});
}

}  // namespace
}  // namespace reprise::conformance
