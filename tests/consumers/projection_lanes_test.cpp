// SPDX-License-Identifier: Apache-2.0
//
// Projections of a node that have several lanes, in memory and on disk.
#include "tests/actors/conformance/node_world.hpp"
#include "tests/consumers/stumbling_board.hpp"
#include "tests/persistence/child_process.hpp"

#include <reprise/projection.hpp>
#include <reprise/projection_store.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
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

using namespace std::chrono_literals;
using worlds = std::tuple<in_memory, on_disk>;

receipt deposit(const node_world& world, const std::string& id, std::int64_t cents = 1) {
  const auto done = world.of(id).ask(cmd::deposit{.cents = cents}).result();
  REQUIRE(done.has_value());
  return done->at();
}

// The first id whose events are in this partition.
std::string id_in(const node_world& world, std::uint32_t partition) {
  for (int i = 0;; ++i) {
    std::string id = "id-" + std::to_string(i);
    const auto asked = world.of(id).ask(cmd::get{}).result();
    REQUIRE(asked.has_value());
    if (asked->at().partition.value == partition) return id;
  }
}

// What each event changes of its own, and what all of them change.
template <std::uint32_t Lanes>
struct counted : projection<account> {
  static constexpr projection_options options{.name = "counted", .lanes = Lanes};
  table<std::string, std::uint64_t> last{*this, "last"};
  table<std::string, std::int64_t> cents{*this, "cents"};

  void on(const ev::deposited& e, const envelope& m) {
    const std::uint64_t before = last.get(m.aggregate.id).value_or(0);
    if (before + 1 != m.sequence.value) throw std::runtime_error("not the next one of its key");
    last.put(m.aggregate.id, m.sequence.value);
    cents.change("all", [&](std::int64_t& c) { c += e.cents; });
  }
};

template <class P>
std::uint64_t events_in(const P& rows) {
  std::uint64_t sum = 0;
  rows.last.each([&](const std::string&, std::uint64_t n) { sum += n; });
  return sum;
}

// Waits for the other one to come, too.
struct meeting : projection<account> {
  static constexpr projection_options options{.name = "meeting", .lanes = 2};
  static inline std::mutex mutex;
  static inline std::condition_variable came;
  static inline int here = 0;
  static inline bool alone = false;

  void on(const ev::deposited&) {
    std::unique_lock hold(mutex);
    ++here;
    came.notify_all();
    alone = !came.wait_for(hold, 1min, [] { return here == 2; }) || alone;
  }
};

TEMPLATE_LIST_TEST_CASE("P-101 lanes run in parallel", "", worlds) {
  meeting::here = 0;
  meeting::alone = false;
  node_world world(TestType::where, {.partitions = 2});
  world.node().project<meeting>();
  const std::vector<receipt> both{deposit(world, id_in(world, 0)), deposit(world, id_in(world, 1))};
  CHECK(world.node().await_view<meeting>(both, 2min));
  CHECK_FALSE(meeting::alone);
}

TEMPLATE_LIST_TEST_CASE("P-101 rows that lanes share are as if there was one, in each view", "",
                        worlds) {
  node_world world(TestType::where, {.partitions = 8, .consumers_max = 4});
  auto running = world.node().project<counted<4>>();
  std::atomic<bool> done{false};
  std::uint64_t looks = 0;
  bool whole = true;
  std::thread looking([&] {
    while (!done) {
      const auto seen = world.node().view<counted<4>>();
      const auto all = seen->cents.get("all").value_or(0);
      whole = whole && events_in(*seen) == static_cast<std::uint64_t>(all);
      ++looks;
    }
  });
  std::mutex mutex;
  std::vector<receipt> last;
  at_once(4, [&](std::size_t thread) {
    for (int i = 0; i < 200; ++i) {
      const std::string id = "id-" + std::to_string(thread) + "-" + std::to_string(i % 5);
      const auto asked = world.of(id).ask(cmd::deposit{.cents = 1}).result();
      if (!asked) throw std::runtime_error(to_string(asked.error()));
      if (i < 195) continue;
      const std::lock_guard hold(mutex);
      last.push_back(asked->at());
    }
  });
  const auto seen = world.node().view<counted<4>>(last);
  done = true;
  looking.join();
  CHECK(seen->cents.get("all") == 800);
  CHECK(events_in(*seen) == 800);
  CHECK(whole);
  CHECK(looks > 0);
  const projection_status status = running.status();
  CHECK(status.lag_events == 0);
  CHECK(status.lanes.size() == 4);
  CHECK(status.cursors.size() == 8);
  CHECK_FALSE(status.trouble);
  CHECK(world.metric("projections.counted.1.lag_events") == 0);
}

TEST_CASE("P-102 lanes go from 4 to 8 and to 3 and 1 while they have much to do") {
  node_world world(storage::disk, {.partitions = 8});
  std::uint64_t asked = 0;
  const auto load = [&] {
    at_once(3, [&](std::size_t thread) {
      for (int i = 0; i < 150; ++i) {
        const std::string id = "id-" + std::to_string(thread) + "-" + std::to_string(i % 7);
        const auto done = world.of(id).ask(cmd::deposit{.cents = 1}).result();
        if (!done) throw std::runtime_error(to_string(done.error()));
      }
    });
    asked += 3 * 150;
  };
  load();
  world.node().project<counted<4>>();
  load();
  // Closed in the middle of it.
  world.reopen();
  world.node().project<counted<8>>();
  load();
  world.reopen();
  world.node().project<counted<3>>();
  load();
  world.reopen();
  load();
  auto running = world.node().project<counted<1>>();
  std::vector<receipt> all;
  for (std::uint32_t p = 0; p < 8; ++p) all.push_back(deposit(world, id_in(world, p)));
  asked += all.size();
  const auto seen = world.node().view<counted<1>>(all);
  CHECK(seen->cents.get("all") == static_cast<std::int64_t>(asked));
  CHECK(events_in(*seen) == asked);
  CHECK_FALSE(running.status().trouble);
}

// Waits at a gate where an account is called so.
struct waiting_at : projection<account> {
  static constexpr projection_options options{.name = "waiting", .lanes = 2};
  static inline gate door;
  static inline std::string whose;
  table<std::string, std::int64_t> cents{*this, "cents"};

  void on(const ev::deposited& e, const envelope& m) {
    if (m.aggregate.id == whose) door.pass();
    cents.change(m.aggregate.id, [&](std::int64_t& c) { c += e.cents; });
  }
};

TEMPLATE_LIST_TEST_CASE("P-105 a lane that has nothing to do does not make the rows look old", "",
                        worlds) {
  node_world world(TestType::where, {.partitions = 2});
  auto running = world.node().project<waiting_at>();
  const std::string busy = id_in(world, 0);
  waiting_at::whose = "nobody";
  // Lane 1 has never had an event.
  for (int i = 0; i < 10; ++i) {
    const auto seen = world.node().view<waiting_at>({deposit(world, busy)});
    CHECK(seen.age() == 0ms);
    CHECK(seen->cents.get(busy) == i + 1);
  }
  CHECK(running.status().lag_events == 0);
  CHECK(running.status().lag == 0ms);
  CHECK(running.status().lanes.at(1).lag_events == 0);
}

TEMPLATE_LIST_TEST_CASE("P-099 P-106 a lane that is stuck is seen as such, and the other goes on",
                        "", worlds) {
  node_world world(TestType::where, {.partitions = 2});
  auto running = world.node().project<waiting_at>();
  const std::string stuck = id_in(world, 0);
  const std::string other = id_in(world, 1);
  CHECK(world.node().await_view<waiting_at>({deposit(world, other)}));
  waiting_at::whose = stuck;
  shut_gate held(waiting_at::door);
  const receipt last = deposit(world, stuck);
  deposit(world, stuck);
  held.await_arrival();
  for (int i = 2; i <= 5; ++i) {
    CHECK(world.node().view<waiting_at>({deposit(world, other)})->cents.get(other) == i);
  }
  const projection_status status = running.status();
  CHECK(status.lag_events == 2);
  CHECK(status.at_work.has_value());
  CHECK(status.lanes.at(0).lag_events == 2);
  CHECK(status.lanes.at(0).at_work.has_value());
  CHECK(status.lanes.at(1).lag_events == 0);
  CHECK_FALSE(status.lanes.at(1).at_work.has_value());
  CHECK(world.node().await_view<waiting_at>({last}, 1ms).error().code == errc::unavailable);
  held.open();
  CHECK(world.node().view<waiting_at>({last})->cents.get(stuck) >= 1);
}

// Throws at what is called so, while it is told to.
template <failure_policy::then What>
struct afraid_of : projection<account> {
  static constexpr projection_options options{
      .name = "afraid", .failing = {.finally = What, .retries = 0}, .lanes = 2};
  static inline std::atomic<bool> afraid{true};
  static inline std::string whose;
  table<std::string, std::int64_t> cents{*this, "cents"};

  void on(const ev::deposited& e, const envelope& m) {
    cents.change("all", [&](std::int64_t& c) { c += e.cents; });
    if (m.aggregate.id == whose && afraid) throw std::runtime_error("afraid");
    cents.change(m.aggregate.id, [&](std::int64_t& c) { c += e.cents; });
  }
};

TEMPLATE_LIST_TEST_CASE("P-092 P-106 a lane that stopped stops no other, and says so at once", "",
                        worlds) {
  using stopping = afraid_of<failure_policy::then::stop>;
  node_world world(TestType::where, {.partitions = 2});
  stopping::afraid = true;
  stopping::whose = id_in(world, 0);
  const std::string other = id_in(world, 1);
  auto running = world.node().project<stopping>();
  CHECK(world.node().await_view<stopping>({deposit(world, other)}));
  const receipt feared = deposit(world, stopping::whose);
  const auto refused = world.node().await_view<stopping>({feared}, 1h);
  CHECK(refused.error().code == errc::handler_failed);
  for (int i = 2; i <= 5; ++i) {
    const auto seen = world.node().view<stopping>({deposit(world, other)});
    CHECK(seen->cents.get(other) == i);
    CHECK(seen->cents.get("all") == i);
  }
  const projection_status status = running.status();
  CHECK(status.state == projection_state::stopped);
  CHECK(status.trouble->message.find("afraid") != std::string::npos);
  CHECK(status.lanes.at(0).state == projection_state::stopped);
  CHECK(status.lanes.at(1).state == projection_state::following);
  CHECK_FALSE(status.lanes.at(1).trouble);
  stopping::afraid = false;
  running.resume();
  CHECK(world.node().view<stopping>({feared})->cents.get("all") == 6);
  CHECK(running.status().state == projection_state::following);
}

TEMPLATE_LIST_TEST_CASE("P-106 what lanes have parked is listed together and tried again by each",
                        "", worlds) {
  using parking = afraid_of<failure_policy::then::park>;
  node_world world(TestType::where, {.partitions = 2});
  parking::afraid = true;
  parking::whose = id_in(world, 1);
  const std::string other = id_in(world, 0);
  auto running = world.node().project<parking>();
  deposit(world, parking::whose);
  const receipt second = deposit(world, parking::whose);
  CHECK(world.node().view<parking>({second, deposit(world, other)})->cents.get("all") == 1);
  CHECK(running.status().parked_keys == 1);
  CHECK(running.parked().value().size() == 2);
  CHECK(running.retry_parked(parked_choice{}).value().queues_left == 1);
  const aggregate_key whose = running.parked().value().front().aggregate;
  CHECK(running.skip_parked(whose));
  parking::afraid = false;
  CHECK(running.retry_parked(whose).value() == 1);
  CHECK(running.retry_parked(whose).error().code == errc::not_found);
  CHECK(world.node().view<parking>({second})->cents.get("all") == 2);
}

TEMPLATE_LIST_TEST_CASE("parked events are tried again while lanes take turns on one thread", "",
                        worlds) {
  using parking = afraid_of<failure_policy::then::park>;
  node_world world(TestType::where, {.partitions = 2, .consumers_max = 1});
  parking::afraid = true;
  parking::whose = id_in(world, 1);
  const std::vector<std::string> others{id_in(world, 0), id_in(world, 1) + "-other"};
  auto running = world.node().project<parking>();
  CHECK(world.node().await_view<parking>({deposit(world, parking::whose)}));
  const aggregate_key whose = running.parked().value().front().aggregate;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> tried{0};
  std::thread trying([&] {
    while (!done) {
      if (running.retry_parked(whose)) ++tried;
    }
  });
  std::vector<receipt> last(2);
  at_once(2, [&](std::size_t thread) {
    for (int i = 0; i < 300; ++i) {
      const auto asked = world.of(others[thread]).ask(cmd::deposit{.cents = 1}).result();
      if (!asked) throw std::runtime_error(to_string(asked.error()));
      last[thread] = asked->at();
    }
  });
  const auto seen = world.node().view<parking>(last);
  done = true;
  trying.join();
  CHECK(seen->cents.get("all") == 600);
  CHECK(tried > 0);
  CHECK(running.parked().value().size() == 1);
}

TEMPLATE_LIST_TEST_CASE("P-097 lanes that are paused and resumed all the time lose nothing", "",
                        worlds) {
  node_world world(TestType::where, {.partitions = 8, .consumers_max = 4});
  auto running = world.node().project<counted<4>>();
  std::atomic<bool> done{false};
  std::thread steering([&] {
    while (!done) {
      running.pause();
      running.resume();
    }
  });
  std::vector<receipt> last(3);
  at_once(3, [&](std::size_t thread) {
    for (int i = 0; i < 200; ++i) {
      const auto asked =
          world.of("id-" + std::to_string(thread)).ask(cmd::deposit{.cents = 1}).result();
      if (!asked) throw std::runtime_error(to_string(asked.error()));
      last[thread] = asked->at();
    }
  });
  done = true;
  steering.join();
  CHECK(world.node().view<counted<4>>(last)->cents.get("all") == 600);
}

TEST_CASE("P-072 P-080 rows that lanes have made are dropped, and come out the same from one") {
  node_world world(storage::disk, {.partitions = 8});
  std::vector<receipt> last;
  for (int i = 0; i < 200; ++i) last.push_back(deposit(world, "id-" + std::to_string(i % 13), i));
  world.node().project<counted<4>>();
  const auto rows_of = [](const auto& seen) {
    std::map<std::string, std::uint64_t> out;
    seen->last.each([&](const std::string& id, std::uint64_t n) { out[id] = n; });
    return std::pair(out, seen->cents.get("all"));
  };
  const auto before = rows_of(world.node().view<counted<4>>(last));
  REQUIRE(world.node().drop_projection("counted", 1));
  CHECK(world.node().await_view<counted<4>>().error().code == errc::not_found);
  world.node().project<counted<1>>();
  CHECK(rows_of(world.node().view<counted<1>>(last)) == before);
}

TEST_CASE("P-039 P-102 lanes that are killed again and again leave the fold of the log") {
  const temporary_folder folder;
  const std::uint64_t kills = scaled(6, 100);
  for (std::uint64_t i = 0; i < kills; ++i) {
    persistence::child_process child({folder.path()});
    for (std::uint64_t n = 0; n < 20 + i * 7; ++n) REQUIRE(child.read_line() == "deposited");
    child.kill();
  }
  CHECK(projection_store::open(folder.path())->lag("board", 1).value().size() == 4);
  node here({.data = folder.path(), .log_bytes_max = 1U << 30U, .rows_bytes_max = 1U << 30U});
  here.host<account>();
  const auto board = here.project<stumbling_board>();
  std::vector<receipt> heads;
  std::int64_t sum = 0;
  std::map<std::string, std::int64_t> balances;
  for (int i = 0; i < consumed_accounts; ++i) {
    const std::string id = "account-" + std::to_string(i);
    const auto asked = here.of<account>(id).ask(cmd::get{}).result();
    REQUIRE(asked.has_value());
    heads.push_back(asked->at());
    balances[id] = asked->value().balance;
    sum += balances[id];
  }
  const auto seen = here.view<stumbling_board>(heads);
  for (const auto& [id, cents] : balances) CHECK(seen->cents.get(id) == cents);
  CHECK(seen->all.get("all") == sum);
  CHECK(board.parked().value().size() == kills);
}

}  // namespace
}  // namespace reprise::conformance
