// SPDX-License-Identifier: Apache-2.0
//
// Projections of a node, in memory and on disk.
#include "tests/actors/conformance/node_world.hpp"

#include <reprise/projection.hpp>
#include <reprise/projection_store.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
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

template <std::uint32_t Version = 1>
struct balances_of : projection<account> {
  static constexpr projection_options options{.name = "balances", .version = Version};
  table<std::string, std::int64_t> cents{*this, "cents"};

  void on(const ev::deposited& e, const envelope& m) {
    cents.change(m.aggregate.id, [&](std::int64_t& c) { c += e.cents * Version; });
  }
  void on(const ev::withdrawn& e, const envelope& m) {
    cents.change(m.aggregate.id, [&](std::int64_t& c) { c -= e.cents * Version; });
  }
};
using balances = balances_of<1>;

std::string shown(const view<balances>& seen) {
  std::string out;
  seen->cents.each([&](const std::string& id, std::int64_t cents) {
    out += (out.empty() ? "" : ",") + id + "=" + std::to_string(cents);
  });
  return out;
}

receipt deposit(const node_world& world, const std::string& id, std::int64_t cents) {
  const auto done = world.of(id).ask(cmd::deposit{.cents = cents}).result();
  REQUIRE(done.has_value());
  return done->at();
}

TEMPLATE_LIST_TEST_CASE("P-087 a view that is asked with a receipt holds its event", "", worlds) {
  node_world world(TestType::where);
  world.node().project<balances>();
  for (int i = 1; i <= 20; ++i) {
    const receipt at = deposit(world, "ann", 1);
    CHECK(world.node().view<balances>({at})->cents.get("ann") == i);
  }
  REQUIRE(world.ask("ann", cmd::withdraw{.cents = 5}) == "accepted");
  deposit(world, "bob", 7);
  const auto head = world.of("ann").ask(cmd::get{}).result().value().at();
  CHECK(shown(world.node().view<balances>({head, deposit(world, "cid", 1)})).starts_with("ann=15"));
}

TEMPLATE_LIST_TEST_CASE("P-089 P-090 what the projection never sees holds up no view", "", worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<balances>();
  const auto nothing = world.of("ann").ask(cmd::touch{}).result();
  REQUIRE(nothing.has_value());
  CHECK(world.node().await_view<balances>({nothing->at()}));
  const auto other = world.of("ann").ask(cmd::rename{.owner = "Ann"}).result();
  REQUIRE(other.has_value());
  CHECK(world.node().await_view<balances>({other->at()}));
}

TEMPLATE_LIST_TEST_CASE("P-091 receipts of several partitions are waited for together", "",
                        worlds) {
  node_world world(TestType::where, {.partitions = 8});
  world.node().project<balances>();
  std::vector<receipt> all;
  for (int i = 0; i < 30; ++i) all.push_back(deposit(world, "id-" + std::to_string(i), i));
  const auto seen = world.node().view<balances>(all);
  for (int i = 0; i < 30; ++i) CHECK(seen->cents.get("id-" + std::to_string(i)) == i);
  CHECK(world.node().await_view<balances>({receipt{.partition = {8}}}).error().code ==
        errc::invalid_argument);
}

TEMPLATE_LIST_TEST_CASE("P-046 P-047 a view stays as it is, and says which checkpoint it shows", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<balances>();
  const auto before = world.node().view<balances>({deposit(world, "ann", 1)});
  const auto after = world.node().view<balances>({deposit(world, "ann", 2)});
  CHECK(shown(before) == "ann=1");
  CHECK(shown(after) == "ann=3");
  CHECK(before.cursors().at(0).through == position{1});
  CHECK(after.cursors().at(0).through == position{2});
}

TEMPLATE_LIST_TEST_CASE("a view cannot be changed", "", worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<balances>();
  const auto seen = world.node().view<balances>();
  auto copy = seen->cents;
  CHECK_THROWS_AS(copy.put("ann", 1), failed);
  CHECK(shown(world.node().view<balances>()).empty());
}

// Throws at deposits of 13 cents while it is told to.
struct superstitious : projection<account> {
  static constexpr projection_options options{
      .name = "superstitious", .failing = {.finally = failure_policy::then::stop, .retries = 0}};
  static inline std::atomic<bool> afraid{true};
  table<std::string, std::int64_t> cents{*this, "cents"};
  void on(const ev::deposited& e, const envelope& m) {
    cents.put(m.aggregate.id, e.cents);
    if (e.cents == 13 && afraid) throw std::runtime_error("13 is unlucky");
  }
};

TEMPLATE_LIST_TEST_CASE("P-056 P-092 one that stopped says why at once, and holds up no other", "",
                        worlds) {
  superstitious::afraid = true;
  node_world world(TestType::where, one_partition());
  auto stopping = world.node().project<superstitious>();
  world.node().project<balances>();
  const receipt before = deposit(world, "ann", 12);
  const receipt unlucky = deposit(world, "ann", 13);
  const auto refused = world.node().await_view<superstitious>({unlucky}, 1h);
  CHECK(refused.error().code == errc::handler_failed);
  CHECK(refused.error().message.find("13 is unlucky") != std::string::npos);
  // What it holds can still be read, without the event's changes.
  CHECK(world.node().view<superstitious>({before})->cents.get("ann") == 12);
  CHECK(stopping.status().state == projection_state::stopped);
  CHECK(world.node().view<balances>({unlucky})->cents.get("ann") == 25);
  superstitious::afraid = false;
  stopping.resume();
  CHECK(world.node().view<superstitious>({unlucky})->cents.get("ann") == 13);
}

TEMPLATE_LIST_TEST_CASE("P-095 a caller can wait for the projections that it names", "", worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<balances>();
  const receipt at = deposit(world, "ann", 1);
  CHECK(world.node().await_view<balances>({at}));
  // Nobody has committed that yet.
  CHECK(world.node().await_view<balances>({{.at = {99}}}, 1ms).error().code == errc::unavailable);
  CHECK(world.node().await_view<superstitious>({at}).error().code == errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("P-096 P-097 lag grows while it is paused, and is gone when it caught up",
                        "", worlds) {
  node_world world(TestType::where, one_partition());
  auto running = world.node().project<balances>();
  CHECK(world.node().await_view<balances>({deposit(world, "ann", 1)}));
  CHECK(running.status().lag_events == 0);
  CHECK(running.status().lag == 0ms);
  CHECK(world.node().view<balances>().age() == 0ms);
  CHECK(running.status().state == projection_state::following);
  running.pause();
  deposit(world, "ann", 1);
  const receipt last = deposit(world, "ann", 1);
  const projection_status behind = running.status();
  CHECK(behind.state == projection_state::paused);
  CHECK(behind.lag_events == 2);
  CHECK(behind.cursors.at(0).through == position{1});
  CHECK(world.node().view<balances>().age() >= behind.lag);
  running.resume();
  CHECK(world.node().view<balances>({last})->cents.get("ann") == 3);
  CHECK(running.status().lag_events == 0);
  CHECK(world.metric("projections.balances.1.lag_events") == 0);
}

// Waits at a gate.
struct lingering : projection<account> {
  static constexpr projection_options options{.name = "lingering"};
  static inline gate door;
  void on(const ev::deposited&) { door.pass(); }
};

TEMPLATE_LIST_TEST_CASE("P-099 one that is stuck in an event is seen as such", "", worlds) {
  node_world world(TestType::where, one_partition());
  auto running = world.node().project<lingering>();
  CHECK(running.status().at_work == std::nullopt);
  shut_gate held(lingering::door);
  deposit(world, "ann", 1);
  held.await_arrival();
  CHECK(running.status().at_work.has_value());
  CHECK(running.status().lag_events == 1);
  held.open();
}

TEMPLATE_LIST_TEST_CASE("P-073 P-079 P-100 versions are built and kept side by side", "", worlds) {
  node_world world(TestType::where, one_partition());
  deposit(world, "ann", 1);
  auto old = world.node().project<balances>();
  CHECK(world.node().view<balances>()->cents.get("ann") == 1);
  world.node().project<balances_of<2>>();
  const receipt last = deposit(world, "ann", 2);
  CHECK(world.node().view<balances_of<2>>({last})->cents.get("ann") == 6);
  CHECK(world.node().view<balances>({last})->cents.get("ann") == 3);
  const auto all = world.node().projections();
  REQUIRE(all.size() == 2);
  CHECK(all[0].version == 1);
  CHECK(all[1].version == 2);
  CHECK(world.node().try_project<balances>().error().code == errc::locked);
}

TEMPLATE_LIST_TEST_CASE("P-080 a version that is dropped leaves the other as it is", "", worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<balances>();
  world.node().project<balances_of<2>>();
  const receipt last = deposit(world, "ann", 1);
  CHECK(world.node().await_view<balances>({last}));
  REQUIRE(world.node().drop_projection("balances", 1));
  CHECK(world.node().await_view<balances>().error().code == errc::not_found);
  CHECK(world.node().view<balances_of<2>>({last})->cents.get("ann") == 2);
  // Built anew from nothing.
  world.node().project<balances>();
  CHECK(world.node().view<balances>({last})->cents.get("ann") == 1);
}

TEST_CASE("a version that is rebuilt from a position holds what comes behind it, and no more") {
  node_world world(storage::disk, one_partition());
  world.node().project<balances>();
  deposit(world, "ann", 1);
  const receipt second = deposit(world, "bob", 2);
  const receipt third = deposit(world, "ann", 4);
  CHECK(shown(world.node().view<balances>({third})) == "ann=5,bob=2");
  world.close();
  const auto rebuilt = [&](const start_point& from) {
    return rebuild_projection(world.data(), "balances", 1, from);
  };
  REQUIRE(rebuilt(start_point::behind({{second.partition, second.at}})));
  world.open();
  world.node().project<balances>();
  CHECK(shown(world.node().view<balances>({third})) == "ann=4");
  const receipt fourth = deposit(world, "bob", 8);
  CHECK(shown(world.node().view<balances>({fourth})) == "ann=4,bob=8");

  CHECK(rebuilt(start_point::end()).error().code == errc::locked);
  world.close();
  CHECK(rebuilt(start_point::behind({{{0}, {99}}})).error().code == errc::beyond_head);
  CHECK(rebuilt(start_point::behind({{{7}, {1}}})).error().code == errc::invalid_argument);
  REQUIRE(rebuilt(start_point::end()));
  world.open();
  world.node().project<balances>();
  CHECK(shown(world.node().view<balances>({fourth})).empty());
  world.close();
  REQUIRE(rebuilt(start_point::beginning()));
  world.open();
  world.node().project<balances>();
  CHECK(shown(world.node().view<balances>({fourth})) == "ann=5,bob=10");
}

// An account as a newer program sees it: what was withdrawn is a deposit of less than nothing.
struct signed_account : account {
  static std::vector<event> upcast(const ev::withdrawn& e) {
    return {ev::deposited{.cents = -e.cents}};
  }
};
struct signed_balances : projection<signed_account> {
  static constexpr projection_options options{.name = "signed"};
  table<std::string, std::int64_t> cents{*this, "cents"};
  void on(const ev::deposited& e, const envelope& m) {
    cents.change(m.aggregate.id, [&](std::int64_t& c) { c += e.cents; });
  }
};

TEMPLATE_LIST_TEST_CASE("P-030 a projection sees the upcast form of an event", "", worlds) {
  node_world world(TestType::where, one_partition());
  deposit(world, "ann", 9);
  REQUIRE(world.ask("ann", cmd::withdraw{.cents = 4}) == "accepted");
  world.node().project<signed_balances>();
  CHECK(world.node().view<signed_balances>()->cents.get("ann") == 5);
}

// Keeps the last payload of every event: rows that grow.
template <std::uint32_t Version>
struct hoarding : projection<account> {
  static constexpr projection_options options{
      .name = "hoarding",
      .version = Version,
      .failing = {.first_delay = std::chrono::milliseconds{1},
                  .delay_max = std::chrono::milliseconds{10}}};
  table<std::uint64_t, std::string> stuff{*this, "stuff"};
  void on(const ev::deposited&, const envelope& m) {
    stuff.put(m.sequence.value, std::string(8'000, 'x'));
  }
};

TEST_CASE("P-051 rows that find no room stop no command, and go on once there is some") {
  node_world world(storage::disk, {.partitions = 1, .rows_bytes_max = 1U << 20U});
  world.node().project<hoarding<1>>();
  receipt last = deposit(world, "ann", 1);
  for (int i = 0; i < 60; ++i) last = deposit(world, "ann", 1);
  REQUIRE(world.node().await_view<hoarding<1>>({last}));
  auto second = world.node().project<hoarding<2>>();
  const auto full = world.node().await_view<hoarding<2>>({last}, 300ms);
  REQUIRE(full.error().code == errc::unavailable);
  CHECK(full.error().message.find("limit reached") != std::string::npos);
  REQUIRE(second.status().trouble);
  CHECK(second.status().trouble->code == errc::disk_full);
  deposit(world, "ann", 1);
  REQUIRE(world.node().drop_projection("hoarding", 1));
  CHECK(world.node().await_view<hoarding<2>>({last}));
}

TEMPLATE_LIST_TEST_CASE("rows are right while many ask at once", "", worlds) {
  node_world world(TestType::where, {.partitions = 4});
  world.node().project<balances>();
  std::mutex mutex;
  std::vector<receipt> last;
  at_once(3, [&](std::size_t thread) {
    const auto of = world.of("id-" + std::to_string(thread));
    std::optional<receipt> mine;
    for (int i = 0; i < 300; ++i) {
      const auto done = of.ask(cmd::deposit{.cents = 1}).result();
      if (!done) throw std::runtime_error(to_string(done.error()));
      mine = done->at();
    }
    const std::lock_guard hold(mutex);
    last.push_back(*mine);
  });
  CHECK(shown(world.node().view<balances>(last)) == "id-0=300,id-1=300,id-2=300");
}

TEMPLATE_LIST_TEST_CASE("closing while a projection folds waits for its event only", "", worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<lingering>();
  std::jthread closing;
  {
    shut_gate held(lingering::door);
    deposit(world, "ann", 1);
    deposit(world, "ann", 1);
    held.await_arrival();
    closing = std::jthread([&] { world.node().close(); });
    held.open();
  }
  closing.join();
  CHECK(world.node().try_project<balances>().error().code == errc::stopped);
}

struct everything : projection<account> {
  static constexpr projection_options options{.name = "everything"};
  table<std::tuple<std::string, std::int64_t>, std::uint64_t> by_owner{*this, "owner"};
  table<std::int64_t, std::string> by_cents{*this, "cents"};
  indexed_table<std::string, std::int64_t, std::int64_t> rounded{
      *this, "rounded", [](const std::int64_t& cents) { return cents / 10; }};
  table<std::string, account_state> whole{*this, "whole"};
  void on(const ev::deposited& e, const envelope& m) {
    by_owner.put({m.aggregate.id, e.cents}, 1);
    by_cents.put(e.cents, m.aggregate.id);
    rounded.put(m.aggregate.id, e.cents);
    whole.change(m.aggregate.id, [&](account_state& s) {
      s.balance += e.cents;
      s.owner = e.owner;
    });
  }
  void on(const ev::withdrawn&, const envelope& m) { rounded.erase(m.aggregate.id); }
};

TEMPLATE_LIST_TEST_CASE("tables are ordered, and read by range, prefix, leading part and index", "",
                        worlds) {
  node_world world(TestType::where, one_partition());
  world.node().project<everything>();
  for (const auto& [id, cents] : std::vector<std::pair<std::string, std::int64_t>>{
           {"ann", 5}, {"ann", -7}, {"anna", 12}, {"bob", 17}, {"bob", 300}, {"a", 1}}) {
    deposit(world, id, cents);
  }
  const auto seen = world.node().view<everything>({deposit(world, "zoe", 13)});
  std::string out;
  const auto note = [&](const auto& key, const auto&) { out += std::to_string(key) + " "; };
  seen->by_cents.each(note);
  CHECK(out == "-7 1 5 12 13 17 300 ");
  out.clear();
  seen->by_cents.each_between(1, 13, note);
  CHECK(out == "1 5 12 ");
  out.clear();
  seen->by_owner.each_under(std::tuple<std::string>{"ann"}, [&](const auto& key, const auto&) {
    out += std::get<0>(key) + std::to_string(std::get<1>(key)) + " ";
  });
  CHECK(out == "ann-7 ann5 ");
  out.clear();
  const auto name = [&](const std::string& id, const auto&) { out += id + " "; };
  seen->whole.each_with_prefix("an", name);
  CHECK(out == "ann anna ");
  CHECK(seen->whole.get("bob")->balance == 317);
  out.clear();
  seen->rounded.each_with(1, name);
  CHECK(out == "anna zoe ");
  out.clear();
  seen->rounded.each_with(30, name);
  CHECK(out == "bob ");
  // Moved in the index, and gone from it.
  const receipt moved = deposit(world, "anna", 300);
  REQUIRE(world.ask("zoe", cmd::withdraw{.cents = 1}) == "accepted");
  const auto later =
      world.node().view<everything>({moved, world.of("zoe").ask(cmd::get{}).result().value().at()});
  out.clear();
  later->rounded.each_with(1, name);
  CHECK(out.empty());
  out.clear();
  later->rounded.each_with(30, name);
  CHECK(out == "anna bob ");
}

}  // namespace
}  // namespace reprise::conformance
