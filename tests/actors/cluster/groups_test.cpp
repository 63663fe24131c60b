// SPDX-License-Identifier: Apache-2.0
//
// Groups whose workers are on several nodes of a cluster.
#include "base/guarded.hpp"
#include "tests/actors/cluster/node_group.hpp"

#include <reprise/group.hpp>
#include <reprise/group_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
using add = counter::cmd::add;

// Three nodes, a worker on each, and what those were shown.
class shared_work {
 public:
  explicit shared_work(std::uint32_t partitions) : nodes({.partitions = partitions}) {
    for (std::uint64_t n = 1; n <= 3; ++n) start(n);
  }
  void start(std::uint64_t n) {
    nodes.start(n);
    join(n);
  }
  void join(std::uint64_t n) {
    reprise::group_options options{.name = "letters", .first_delay = 1ms};
    workers.insert_or_assign(
        n, nodes.at(n).join(options, [this](const assigned_event& e, const task& t) {
          const std::string id = e.meta.aggregate.id;
          seen.with(
              [&](auto& all) { all.push_back(id + "@" + std::to_string(e.meta.sequence.value)); });
          const bool fails = bad.with([&](const std::string& which) { return which == id; });
          if (fails) {
            t.failed(group_verdict::park, "not this one");
          } else {
            t.done();
          }
        }));
  }
  void stop(std::uint64_t n) {
    workers.erase(n);
    nodes.stop(n);
  }
  std::vector<std::string> all_seen() const {
    return seen.with([](const auto& all) { return all; });
  }
  // How often each event was shown.
  std::map<std::string, int> times() const {
    std::map<std::string, int> out;
    for (const std::string& one : all_seen()) ++out[one];
    return out;
  }
  // Who has parked something; 0: nobody has.
  std::uint64_t parker() const {
    for (const auto& [n, worker] : workers) {
      if (worker.status().parked > 0) return n;
    }
    return 0;
  }

  node_group nodes;
  std::map<std::uint64_t, group_member> workers;
  base::guarded<std::vector<std::string>> seen;
  // The counter whose events cannot be handled.
  base::guarded<std::string> bad;
};

}  // namespace

TEST_CASE("P-022 workers on all nodes share the events, whichever nodes come and go", "[cluster]") {
  shared_work work(4);
  std::map<std::string, std::uint64_t> added;
  const auto add_some = [&](std::uint64_t asker) {
    for (int i = 0; i < 20; ++i) {
      const std::string id = "c" + std::to_string(i % 7);
      work.nodes.counter_at(asker, id).ask(add{1}).get();
      ++added[id];
    }
  };
  const auto all_there = [&] {
    const auto shown = work.times();
    for (const auto& [id, last] : added) {
      for (std::uint64_t n = 1; n <= last; ++n) {
        if (!shown.contains(id + "@" + std::to_string(n))) return false;
      }
    }
    return true;
  };
  add_some(1);
  REQUIRE(comes_true(all_there));
  for (std::uint64_t away = 1; away <= 3; ++away) {
    const std::uint64_t asker = 1 + away % 3;
    work.stop(away);
    add_some(asker);
    // What a node had not kept of its work is done again by others, but not all by each.
    REQUIRE(comes_true(all_there));
    work.start(away);
    add_some(asker);
    REQUIRE(comes_true(all_there));
  }
  // Of each aggregate in its order: the first time that an event is shown, those before it were.
  std::map<std::string, std::uint64_t> last;
  for (const std::string& one : work.all_seen()) {
    const std::string id = one.substr(0, one.find('@'));
    const std::uint64_t n = std::stoull(one.substr(id.size() + 1));
    CHECK(n <= last[id] + 1);
    last[id] = std::max(last[id], n);
  }
  CHECK(last == added);
}

TEST_CASE("events are shared, and not handled by each node", "[cluster]") {
  shared_work work(4);
  // Leads that move about at first may have an event assigned twice, but what was kept is not.
  for (int i = 0; i < 40; ++i) work.nodes.counter_at(1, "early").ask(add{1}).get();
  REQUIRE(comes_true([&] { return work.times().contains("early@40"); }));
  for (std::size_t i = 0; i < 200; ++i) {
    work.nodes.counter_at(1 + i % 3, "c" + std::to_string(i)).ask(add{1}).get();
  }
  REQUIRE(comes_true([&] { return work.times().size() == 40 + 200; }));
  std::uint64_t repeats = 0;
  for (const auto& [event, times] : work.times()) {
    if (event.starts_with("c") && times > 1) ++repeats;
  }
  CHECK(repeats < 100);
  // Nor are they disturbed by what the group keeps itself.
  for (const auto& [event, times] : work.times()) {
    CHECK((event.starts_with("c") || event.starts_with("early")));
  }
}

TEST_CASE("P-119 what is parked survives the node that parked it, and is tried again elsewhere",
          "[cluster]") {
  shared_work work(1);
  work.bad.with([](std::string& which) { which = "bad"; });
  const auto answer = work.nodes.counter_at(1, "bad").ask(add{1}).result();
  REQUIRE(answer.has_value());
  const auto is_kept = [&] {
    const std::uint64_t n = work.parker();
    return n != 0 && work.workers.at(n).status().cursors.at(0).through >= answer->at().at;
  };
  REQUIRE(comes_true(is_kept));
  const std::uint64_t first = work.parker();
  // Anybody may look, through any node.
  const client outside = work.nodes.client_of(1 + first % 3);
  REQUIRE(comes_true([&] { return outside.groups()->parked("letters").has_value(); }));
  REQUIRE(comes_true([&] { return outside.groups()->parked("letters")->size() == 1; }));
  CHECK(outside.groups()->parked("letters")->front().cause == "not this one");
  CHECK(outside.groups()->parked("letters")->front().aggregate.id == "bad");
  CHECK(outside.groups()->list()->front().name == "letters");

  work.stop(first);
  REQUIRE(comes_true([&] { return work.parker() != 0; }));
  const std::uint64_t second = work.parker();
  CHECK(second != first);
  // It was done with: nobody is shown it by itself.
  work.nodes.counter_at(second, "good").ask(add{1}).get();
  REQUIRE(comes_true([&] { return work.times().contains("good@1"); }));
  CHECK(work.times()["bad@1"] == 1);

  work.bad.with([](std::string& which) { which.clear(); });
  CHECK(work.workers.at(second).replay_parked().value() == 1);
  REQUIRE(comes_true([&] { return work.times()["bad@1"] == 2; }));
  REQUIRE(comes_true([&] { return work.parker() == 0; }));
}

// What is parked, as anybody sees it through a node.
std::size_t parked_seen(const client& asking) {
  const auto parked = asking.groups()->parked("letters");
  return parked ? parked->size() : 0;
}

TEST_CASE("parked events of a group of a cluster are assigned again, as ordered through any node",
          "[cluster]") {
  shared_work work(2);
  work.bad.with([](std::string& which) { which = "bad"; });
  for (int i = 0; i < 2; ++i) work.nodes.counter_at(1, "bad").ask(add{1}).get();
  for (int i = 0; i < 20; ++i) {
    work.nodes.counter_at(1, "c" + std::to_string(i)).ask(add{1}).get();
  }
  REQUIRE(comes_true([&] { return work.times().size() == 22; }));
  const client first = work.nodes.client_of(1);
  REQUIRE(comes_true([&] { return parked_seen(first) == 2; }));
  // Leads may have moved about until here.
  const auto shown_before = work.times();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    const client outside = work.nodes.client_of(n);
    auto orders = outside.orders_to_group("letters");
    REQUIRE(orders.has_value());
    if (n == 3) work.bad.with([](std::string& which) { which.clear(); });
    CHECK(orders->retry({.only = aggregate_key{counter::api::type, "", "c1"}})->empty());
    const auto tried = orders->retry({.types = {counter::api::type}});
    REQUIRE(tried.has_value());
    REQUIRE(tried->size() == 1);
    CHECK(tried->front().id == "bad");
    const int times = static_cast<int>(n);
    REQUIRE(comes_true([&] {
      auto now = work.times();
      return now["bad@1"] == shown_before.at("bad@1") + times &&
             now["bad@2"] == shown_before.at("bad@2") + times;
    }));
    // Until they are parked anew, or done with.
    REQUIRE(comes_true([&] { return outside.groups()->list()->front().ordered == 0; }));
  }
  REQUIRE(comes_true([&] { return parked_seen(first) == 0 && work.parker() == 0; }));
  CHECK(first.orders_to_group("nobody").error().code == errc::not_found);
  // Nobody else was disturbed.
  for (const auto& [event, times] : work.times()) {
    if (event.starts_with("c")) CHECK(times == shown_before.at(event));
  }
}

TEST_CASE("parked events of a group of a cluster are skipped, one or all", "[cluster]") {
  shared_work work(4);
  work.bad.with([](std::string& which) { which = "bad"; });
  for (int i = 0; i < 3; ++i) work.nodes.counter_at(1, "bad").ask(add{1}).get();
  const client outside = work.nodes.client_of(2);
  REQUIRE(comes_true([&] { return parked_seen(outside) == 3; }));
  const auto parked_by_workers = [&] {
    std::uint64_t sum = 0;
    for (const auto& [n, worker] : work.workers) sum += worker.status().parked;
    return sum;
  };
  REQUIRE(comes_true([&] { return parked_by_workers() == 3; }));
  auto orders = outside.orders_to_group("letters");
  REQUIRE(orders.has_value());
  const aggregate_key bad{counter::api::type, "", "bad"};
  CHECK(orders->skip(bad)->sequence == sequence{1});
  REQUIRE(comes_true([&] { return parked_seen(outside) == 2 && parked_by_workers() == 2; }));
  work.bad.with([](std::string& which) { which = "dab"; });
  work.nodes.counter_at(1, "dab").ask(add{1}).get();
  REQUIRE(comes_true([&] { return parked_seen(outside) == 3; }));
  CHECK(orders->skip_all().value() == 3);
  REQUIRE(comes_true([&] { return parked_seen(outside) == 0 && parked_by_workers() == 0; }));
  CHECK(orders->skip(bad).error().code == errc::not_found);
  CHECK(orders->skip_all().value() == 0);
  CHECK(orders->retry({})->empty());
}

TEST_CASE("what is ordered of a group while nobody works waits for workers", "[cluster]") {
  shared_work work(1);
  work.bad.with([](std::string& which) { which = "bad"; });
  work.nodes.counter_at(1, "bad").ask(add{1}).get();
  const client outside = work.nodes.client_of(3);
  REQUIRE(comes_true([&] { return parked_seen(outside) == 1; }));
  work.workers.clear();
  // All nodes are new, and none has had a worker since.
  for (std::uint64_t n = 1; n <= 3; ++n) {
    work.nodes.stop(n);
    work.nodes.start(n);
  }
  work.bad.with([](std::string& which) { which.clear(); });
  const client later = work.nodes.client_of(3);
  auto orders = later.orders_to_group("letters");
  REQUIRE(orders.has_value());
  REQUIRE(comes_true([&] { return orders->retry({}).has_value(); }));
  REQUIRE(comes_true([&] { return later.groups()->list()->front().ordered == 1; }));
  const int times = work.times()["bad@1"];
  for (std::uint64_t n = 1; n <= 3; ++n) work.join(n);
  REQUIRE(comes_true([&] { return work.times()["bad@1"] == times + 1; }));
  REQUIRE(comes_true([&] { return parked_seen(later) == 0; }));
}

TEST_CASE("a group of a cluster that is dropped begins anew", "[cluster]") {
  shared_work work(2);
  work.nodes.counter_at(1, "ann").ask(add{1}).get();
  REQUIRE(comes_true([&] { return work.times()["ann@1"] == 1; }));
  CHECK(work.nodes.at(1).drop_group("letters").error().code == errc::locked);
  work.workers.clear();
  REQUIRE(work.nodes.at(1).drop_group("letters"));
  for (std::uint64_t n = 1; n <= 3; ++n) work.join(n);
  CHECK(comes_true([&] { return work.times()["ann@1"] >= 2; }));
}

}  // namespace reprise::testing
