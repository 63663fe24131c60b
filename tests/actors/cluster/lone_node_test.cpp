// SPDX-License-Identifier: Apache-2.0
//
// A node that stood alone, with all that its program keeps, becomes a cluster.
#include "tests/actors/cluster/node_group.hpp"

#include <reprise/client.hpp>
#include <reprise/group.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
using add = counter::cmd::add;
using get = counter::cmd::get;

std::atomic<int> folded{0};

/// The sums, and how often anything was folded into them in the life of this process.
struct counted_sums : projection<counter> {
  static constexpr projection_options options{.name = "counted"};
  table<std::string, std::uint64_t> by_counter{*this, "counters"};

  void on(const counter::ev::added& e, const envelope& m) {
    ++folded;
    by_counter.change(m.aggregate.id, [&](std::uint64_t& sum) { sum += e.n; });
  }
  void on(const counter::ev::reset&, const envelope&) {}
};

// More additions than a snapshot waits for, and few.
constexpr std::uint64_t many = 250;
constexpr std::uint64_t few = 3;

node alone(const node_group& group) {
  node_options options = group.options_of(1);
  options.cluster = {};
  return node(options);
}

// All that a program would host.
void equip(node& n) {
  n.host<counter>();
  n.host<tally>();
  n.host<tallying>();
  n.project<counted_sums>();
}

command_id id_of(std::uint64_t n) {
  return derive_command_id("few-" + std::to_string(n));
}

void work_alone(const node_group& group) {
  node one = alone(group);
  equip(one);
  std::vector<receipt> receipts;
  for (std::uint64_t i = 0; i < many; ++i) {
    receipts.push_back(one.of<counter>("many").ask(add{1}).result()->at());
  }
  for (std::uint64_t i = 0; i < few; ++i) {
    receipts.push_back(one.of<counter>("few").ask(add{10}, {.id = id_of(i)}).result()->at());
  }
  REQUIRE(one.view<counted_sums>(receipts, 60s)->by_counter.get("many") == many);
  REQUIRE(comes_true(
      [&] { return one.of<tally>("all").ask(tally::cmd::look{}).get().notes == many + few; }));
}

bool votes_in_all(const client& asked, const std::string& name) {
  return comes_true([&] {
    const auto status = asked.status(0);
    if (!status) return false;
    const std::size_t at = status->find(R"({"name":")" + name + '"');
    return at != std::string::npos && status->find(R"("votes":4,)", at) < status->find('}', at);
  });
}

void hold_what_was_added(node_group& group, std::uint64_t asker) {
  CHECK(group.counter_at(asker, "many").ask(get{}).get().total == many);
  CHECK(group.counter_at(asker, "few").ask(get{}).get().total == 10 * few);
  const auto notes = group.at(asker).of<tally>("all").ask(tally::cmd::look{}).get();
  CHECK(notes.notes == many + few);
  CHECK(notes.total == many + 10 * few);
}

}  // namespace

TEST_CASE("a node alone becomes a cluster of one and then of three, with all that it kept",
          "[cluster]") {
  node_group group({.nodes = 3, .founders = 1});
  work_alone(group);
  const int folded_alone = folded.load();
  group.start(1);
  equip(group.at(1));
  hold_what_was_added(group, 1);
  // What was answered is answered again, and not done again.
  const auto again = group.counter_at(1, "few").ask(add{10}, {.id = id_of(0)}).result();
  REQUIRE(again.has_value());
  CHECK(again->at().sequence == sequence{1});
  // Its rows are those that it had: it folds what is new.
  const auto fresh = group.counter_at(1, "new").ask(add{5}).result();
  REQUIRE(fresh.has_value());
  CHECK(group.at(1).view<counted_sums>({fresh->at()}, 60s)->by_counter.get("many") == many);
  CHECK(folded.load() == folded_alone + 1);
  CHECK(comes_true([&] {
    return group.at(1).of<tally>("all").ask(tally::cmd::look{}).get().total == many + 10 * few + 5;
  }));

  const client operators = group.client_of(1);
  for (std::uint64_t number = 2; number <= 3; ++number) {
    group.start(number);
    equip(group.at(number));
    REQUIRE(operators.add_node(group.address_of(number)).has_value());
    REQUIRE(votes_in_all(operators, group.address_of(number).name));
  }
  group.stop(1);
  CHECK(group.counter_at(2, "many").ask(get{}).get().total == many);
  CHECK(group.counter_at(3, "few").ask(add{10}, {.id = id_of(0)}).result().has_value());
  CHECK(group.counter_at(3, "few").ask(get{}).get().total == 10 * few);
  const auto later = group.counter_at(2, "few").ask(add{1}).result();
  REQUIRE(later.has_value());
  // A node that joined folds everything itself.
  const auto rows = group.at(3).view<counted_sums>({later->at()}, 60s);
  CHECK(rows->by_counter.get("few") == 10 * few + 1);
}

TEST_CASE("a node alone whose groups keep in rows is refused as a cluster until they are dropped",
          "[cluster]") {
  node_group group({.nodes = 1, .founders = 1});
  {
    node one = alone(group);
    one.host<counter>();
    std::atomic<int> seen{0};
    const auto member = one.join({.name = "letters"}, [&](const assigned_event&) { ++seen; });
    one.of<counter>("c").ask(add{1}).get();
    REQUIRE(comes_true([&] { return seen.load() == 1; }));
  }
  const auto refused = node::open(group.options_of(1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::incompatible);
  CHECK(refused.error().message.find("letters") != std::string::npos);
  {
    node one = alone(group);
    one.host<counter>();
    REQUIRE(one.drop_group("letters").has_value());
  }
  group.start(1);
  CHECK(group.counter_at(1, "c").ask(get{}).get().total == 1);
}

}  // namespace reprise::testing
