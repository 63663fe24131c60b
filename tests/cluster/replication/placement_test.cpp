// SPDX-License-Identifier: Apache-2.0
//
// Nodes that have copies of some partitions only, on real stores.
#include "tests/cluster/replication/replicated_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace reprise::cluster {
namespace {

constexpr std::uint32_t partitions = 6;

nodes_options five_with_chosen_copies() {
  return {.count = 5, .partitions = partitions, .with_chosen_copies = {1, 2, 3, 4, 5, 6}};
}

template <class F>
bool in_each_partition(F&& holds) {
  for (std::uint32_t p = 0; p < partitions; ++p) {
    if (!holds(p)) return false;
  }
  return true;
}

bool has_three_copies_of_each(replicated_nodes& nodes) {
  return nodes.until([&] {
    return in_each_partition([&](std::uint32_t p) { return nodes.holders(p).size() == 3; });
  });
}

// Everybody, with a copy or without, takes the one for the leader who is it.
bool all_know_who_leads(replicated_nodes& nodes, std::uint64_t numbers = 5) {
  return nodes.until([&] {
    return in_each_partition([&](std::uint32_t p) {
      const std::uint64_t leads = nodes.leader(p);
      if (leads == 0) return false;
      for (std::uint64_t id = 1; id <= numbers; ++id) {
        if (nodes.is_up(id) && nodes.replicas(id).leader({p}) != nodes.replica_of(leads)) {
          return false;
        }
      }
      return true;
    });
  });
}

// One more event; changes of members, and hand-overs, may make an append unknown.
void append_in(replicated_nodes& nodes, std::uint32_t partition) {
  REQUIRE(nodes.until(
      [&] { return nodes.append_and_wait(nodes.elect(partition), nodes.key("trip", partition)); }));
}

void append_everywhere(replicated_nodes& nodes) {
  for (std::uint32_t p = 0; p < partitions; ++p) append_in(nodes, p);
}

void all_agree(replicated_nodes& nodes) {
  for (std::uint32_t p = 0; p < partitions; ++p) {
    INFO("partition " << p);
    CHECK(nodes.agree(p));
  }
}

TEST_CASE("five nodes with chosen copies have three of each partition", "[replication]") {
  replicated_nodes nodes(five_with_chosen_copies());
  nodes.start_all();
  REQUIRE(has_three_copies_of_each(nodes));
  REQUIRE(all_know_who_leads(nodes));
  append_everywhere(nodes);
  all_agree(nodes);
  for (std::uint32_t p = 0; p < partitions; ++p) {
    INFO("partition " << p);
    const std::set<std::uint64_t> have = nodes.holders(p);
    const position end = nodes.journal(*have.begin()).committed({p});
    for (std::uint64_t id = 1; id <= 5; ++id) {
      REQUIRE(nodes.until([&] { return nodes.replicas(id).holds({p}) == have.contains(id); }));
      // Who has none is sent nothing, and knows how far the log goes.
      CHECK((nodes.journal(id).committed({p}) == end) == have.contains(id));
      CHECK(nodes.until([&] { return nodes.replicas(id).known_end({p}) == end; }));
    }
  }
}

TEST_CASE("who has no copy hears who leads after another one", "[replication]") {
  replicated_nodes nodes(five_with_chosen_copies());
  nodes.start_all();
  REQUIRE(has_three_copies_of_each(nodes));
  for (int round = 0; round < 2; ++round) {
    const std::uint64_t gone = nodes.elect(0);
    nodes.stop(gone);
    REQUIRE(nodes.elect(0, {gone}) != 0);
    CHECK(all_know_who_leads(nodes));
    append_everywhere(nodes);
    nodes.start_all();
    CHECK(all_know_who_leads(nodes));
  }
  CHECK(has_three_copies_of_each(nodes));
  all_agree(nodes);
}

TEST_CASE("copies follow when nodes come and go, and nothing is lost", "[replication]") {
  replicated_nodes nodes(five_with_chosen_copies());
  nodes.start_all();
  append_everywhere(nodes);
  REQUIRE(nodes.start(6).has_value());
  REQUIRE(nodes.replicas(2).invite(replicated_nodes::node_named(6)).has_value());
  // It has some, and others have fewer.
  const auto copies_of = [&](std::uint64_t id) {
    std::size_t copies = 0;
    for (std::uint32_t p = 0; p < partitions; ++p) copies += nodes.holders(p).contains(id) ? 1 : 0;
    return copies;
  };
  REQUIRE(nodes.until([&] { return copies_of(6) > 0; }));
  REQUIRE(has_three_copies_of_each(nodes));
  append_everywhere(nodes);
  REQUIRE(nodes.replicas(6).wish("n1", node_wish::gone).has_value());
  REQUIRE(nodes.until([&] { return copies_of(1) == 0; }));
  REQUIRE(has_three_copies_of_each(nodes));
  nodes.stop(1);
  append_everywhere(nodes);
  CHECK(all_know_who_leads(nodes, 6));
  all_agree(nodes);
  for (std::uint32_t p = 0; p < partitions; ++p) {
    CHECK(nodes.history(nodes.elect(p), p).size() >= 3);
  }
}

TEST_CASE("a copy that was given up is made anew where it is wanted again", "[replication]") {
  replicated_nodes nodes(five_with_chosen_copies());
  nodes.start_all();
  REQUIRE(has_three_copies_of_each(nodes));
  append_everywhere(nodes);
  const std::uint64_t drained = nodes.elect(0);
  const std::uint64_t other = drained == 1 ? 2 : 1;
  const std::string name = replicated_nodes::node_named(drained).name;
  REQUIRE(nodes.replicas(other).wish(name, node_wish::learner).has_value());
  REQUIRE(nodes.until([&] {
    return in_each_partition([&](std::uint32_t p) { return !nodes.holders(p).contains(drained); });
  }));
  append_everywhere(nodes);
  CHECK(all_know_who_leads(nodes));
  REQUIRE(nodes.replicas(other).wish(name, node_wish::voter).has_value());
  REQUIRE(nodes.until([&] { return nodes.holders(0).contains(drained); }));
  REQUIRE(has_three_copies_of_each(nodes));
  append_everywhere(nodes);
  all_agree(nodes);
}

TEST_CASE("a node that is started with copies of all gets them, and gives them up again",
          "[replication]") {
  replicated_nodes nodes(five_with_chosen_copies());
  nodes.start_all();
  REQUIRE(has_three_copies_of_each(nodes));
  append_everywhere(nodes);
  const auto restart_with = [&](node_copies which) {
    nodes.stop(4);
    nodes.let_hold(4, which);
    REQUIRE(nodes.start(4).has_value());
  };
  restart_with(node_copies::all);
  REQUIRE(nodes.until([&] {
    return in_each_partition([&](std::uint32_t p) { return nodes.holders(p).contains(4); });
  }));
  append_everywhere(nodes);
  all_agree(nodes);
  for (std::uint32_t p = 0; p < partitions; ++p) CHECK(nodes.history(4, p).size() >= 2);
  restart_with(node_copies::chosen);
  REQUIRE(has_three_copies_of_each(nodes));
  append_everywhere(nodes);
  all_agree(nodes);
}

TEST_CASE("C-145 a hand-over that comes to nothing leaves the partition with one node",
          "[replication]") {
  replicated_nodes nodes(five_with_chosen_copies());
  nodes.start_all();
  REQUIRE(has_three_copies_of_each(nodes));
  REQUIRE(all_know_who_leads(nodes));
  const std::uint64_t leads = nodes.elect(0);
  std::set<std::uint64_t> others = nodes.holders(0);
  others.erase(leads);
  const std::uint64_t away = *others.begin();
  nodes.cut_off(away);
  static_cast<void>(nodes.replicas(leads).hand_over({0}, nodes.replica_of(away)));
  append_in(nodes, 0);
  nodes.heal(away);
  REQUIRE(all_know_who_leads(nodes));
  std::size_t leaders = 0;
  for (std::uint64_t id = 1; id <= 5; ++id) leaders += nodes.replicas(id).leads({0}) ? 1 : 0;
  CHECK(leaders == 1);
  CHECK(nodes.agree(0));
}

}  // namespace
}  // namespace reprise::cluster
