// SPDX-License-Identifier: Apache-2.0
//
// Nodes that come and go while the others work, on real stores.
#include "tests/cluster/replication/replicated_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace reprise::cluster {
namespace {

// Whom a node takes for members of a partition, by the numbers of nodes.
std::set<std::uint64_t> voters(replicated_nodes& nodes, std::uint64_t at, std::uint32_t partition) {
  std::set<std::uint64_t> out;
  const membership members = nodes.replicas(at).standing_of({partition}).members;
  for (std::uint64_t id = 1; id <= 9; ++id) {
    if (!nodes.is_up(id)) continue;
    const auto found = std::ranges::find(members, nodes.replica_of(id), &member::id);
    if (found != members.end() && found->role == member_role::voter) out.insert(id);
  }
  return out;
}

bool vote(replicated_nodes& nodes, const std::set<std::uint64_t>& wanted) {
  return nodes.until([&] {
    for (const std::uint64_t at : wanted) {
      for (std::uint32_t p = 0; p < 2; ++p) {
        if (voters(nodes, at, p) != wanted) return false;
      }
    }
    return true;
  });
}

void add(replicated_nodes& nodes, std::uint64_t at, std::uint64_t id) {
  REQUIRE(nodes.replicas(at).invite(replicated_nodes::node_named(id)).has_value());
}

void wish(replicated_nodes& nodes, std::uint64_t at, std::uint64_t id, node_wish what) {
  REQUIRE(nodes.replicas(at).wish(replicated_nodes::node_named(id).name, what).has_value());
}

// In all partitions, whatever the number that a cluster begins with.
void let_all_vote(replicated_nodes& nodes) {
  REQUIRE(nodes.replicas(1).wish_voters(nodes_max).has_value());
}

// One more event, by whoever leads; changes of members may make an append unknown.
void append_somewhere(replicated_nodes& nodes, const aggregate_key& to) {
  for (int tries = 0; tries < 50; ++tries) {
    if (nodes.append_and_wait(nodes.elect(), to)) return;
  }
  FAIL("nothing is taken");
}

TEST_CASE("C-062 a cluster of one grows to three and to five, and all have everything") {
  replicated_nodes nodes({.count = 1});
  nodes.start_all();
  let_all_vote(nodes);
  const aggregate_key trip = nodes.key("trip");
  std::size_t appended = 0;
  const auto append = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++appended) append_somewhere(nodes, trip);
  };
  append(10);
  for (std::uint64_t id = 2; id <= 5; ++id) {
    REQUIRE(nodes.start(id).has_value());
    add(nodes, 1, id);
    append(10);
  }
  REQUIRE(vote(nodes, {1, 2, 3, 4, 5}));
  append(10);
  REQUIRE(nodes.agree());
  CHECK(nodes.history(5).size() >= appended);
  // It was no loan: the first one is not needed any more.
  nodes.stop(1);
  append(5);
  CHECK(nodes.agree());
}

TEST_CASE("who was not added takes part in nothing, however long it waits", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  let_all_vote(nodes);
  REQUIRE(nodes.start(4).has_value());
  const aggregate_key trip = nodes.key("trip");
  for (int i = 0; i < 20; ++i) append_somewhere(nodes, trip);
  CHECK_FALSE(nodes.believes(1, 4));
  CHECK(nodes.journal(4).committed({0}) == position{});
  // What it waits for is that somebody says so, before or after it came.
  add(nodes, 2, 4);
  CHECK(vote(nodes, {1, 2, 3, 4}));
}

TEST_CASE("a node may be added before it is there", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  let_all_vote(nodes);
  add(nodes, 3, 4);
  REQUIRE(nodes.start(4).has_value());
  CHECK(vote(nodes, {1, 2, 3, 4}));
  CHECK(nodes.agree());
}

TEST_CASE("C-066 all members are replaced one by one, and nothing is lost", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  let_all_vote(nodes);
  const aggregate_key trip = nodes.key("trip");
  for (int i = 0; i < 10; ++i) append_somewhere(nodes, trip);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    REQUIRE(nodes.start(id + 3).has_value());
    add(nodes, 3, id + 3);
    std::set<std::uint64_t> now;
    for (std::uint64_t each = id; each <= id + 3; ++each) now.insert(each);
    REQUIRE(vote(nodes, now));
    wish(nodes, id + 3, id, node_wish::gone);
    now.erase(id);
    REQUIRE(vote(nodes, now));
    nodes.stop(id);
    for (int i = 0; i < 10; ++i) append_somewhere(nodes, trip);
  }
  REQUIRE(nodes.agree());
  CHECK(nodes.history(6).size() >= 40);
}

TEST_CASE("C-031 a node that was removed is refused, and may join anew with an empty store",
          "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  append_somewhere(nodes, nodes.key("trip"));
  wish(nodes, 1, 3, node_wish::gone);
  REQUIRE(vote(nodes, {1, 2}));
  REQUIRE(nodes.until([&] { return !nodes.believes(1, 3) && !nodes.believes(2, 3); }));
  nodes.stop(3);
  REQUIRE(nodes.start(3).has_value());
  append_somewhere(nodes, nodes.key("trip"));
  CHECK_FALSE(nodes.believes(1, 3));

  nodes.stop(3);
  std::filesystem::remove_all(nodes.folder_of(3));
  REQUIRE(nodes.start_anew(3).has_value());
  add(nodes, 1, 3);
  CHECK(vote(nodes, {1, 2, 3}));
  CHECK(nodes.agree());
}

TEST_CASE("C-072 a node that is drained leads nothing, follows, and comes back", "[replication]") {
  replicated_nodes nodes({.balance_every_ticks = 5});
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  append_somewhere(nodes, trip);
  wish(nodes, 2, 1, node_wish::learner);
  REQUIRE(vote(nodes, {2, 3}));
  for (int i = 0; i < 5; ++i) append_somewhere(nodes, trip);
  CHECK(nodes.leader(0) != 1);
  CHECK(nodes.leader(1) != 1);
  CHECK(nodes.agree());
  add(nodes, 3, 1);
  CHECK(vote(nodes, {1, 2, 3}));
}

TEST_CASE("of five founders three vote in each partition, and the others have all of it",
          "[replication]") {
  replicated_nodes nodes({.count = 5});
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  for (int i = 0; i < 5; ++i) append_somewhere(nodes, trip);
  REQUIRE(nodes.agree());
  const std::set<std::uint64_t> vote_here = voters(nodes, 1, 0);
  CHECK(vote_here.size() == 3);
  for (std::uint64_t id = 1; id <= 5; ++id) {
    INFO("node " << id);
    CHECK(voters(nodes, id, 0) == vote_here);
    CHECK(nodes.replicas(id).standing_of({0}).members.size() == 5);
    CHECK(nodes.history(id).size() >= 5);
  }
  // Nobody waits for who does not vote, and one of the three may go, too.
  for (std::uint64_t id = 1; id <= 5; ++id) {
    if (!vote_here.contains(id)) nodes.stop(id);
  }
  append_somewhere(nodes, trip);
  nodes.stop(*vote_here.begin());
  append_somewhere(nodes, trip);
  nodes.start_all();
  CHECK(nodes.agree());
}

TEST_CASE("how many vote is changed while they work", "[replication]") {
  replicated_nodes nodes({.count = 5});
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  append_somewhere(nodes, trip);
  CHECK(nodes.replicas(2).wish_voters(0).error().code == errc::invalid_argument);
  CHECK(nodes.replicas(2).wish_voters(8).error().code == errc::invalid_argument);
  REQUIRE(nodes.replicas(2).wish_voters(5).has_value());
  REQUIRE(vote(nodes, {1, 2, 3, 4, 5}));
  append_somewhere(nodes, trip);
  REQUIRE(nodes.replicas(4).wish_voters(1).has_value());
  REQUIRE(nodes.until(
      [&] { return voters(nodes, 1, 0).size() == 1 && voters(nodes, 1, 1).size() == 1; }));
  append_somewhere(nodes, trip);
  CHECK(nodes.agree());
}

TEST_CASE("C-115 what a node led that died is led by several others", "[replication]") {
  replicated_nodes nodes({.count = 5, .partitions = 20, .balance_every_ticks = 5});
  nodes.start_all();
  const auto led = [&](std::uint64_t by) {
    std::set<std::uint32_t> partitions;
    for (std::uint32_t p = 0; p < 20; ++p) {
      if (nodes.leader(p) == by) partitions.insert(p);
    }
    return partitions;
  };
  const auto all_led = [&] { return led(0).empty(); };
  REQUIRE(nodes.until([&] { return all_led() && led(2).size() >= 3; }));
  const std::set<std::uint32_t> orphans = led(2);
  nodes.stop(2);
  REQUIRE(nodes.until(all_led));
  std::set<std::uint64_t> heirs;
  for (const std::uint32_t p : orphans) heirs.insert(nodes.leader(p));
  CHECK(heirs.size() > 1);
  CHECK_FALSE(heirs.contains(2));
}

TEST_CASE("the last one that votes is not taken out", "[replication]") {
  replicated_nodes nodes({.count = 1});
  nodes.start_all();
  CHECK(nodes.replicas(1).wish("n1", node_wish::gone).error().code == errc::invalid_argument);
  CHECK(nodes.replicas(1).wish("n1", node_wish::learner).error().code == errc::invalid_argument);
  CHECK(nodes.replicas(1).wish("n9", node_wish::gone).error().code == errc::invalid_argument);
}

TEST_CASE("a node that was down meanwhile learns who is in the cluster now", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  let_all_vote(nodes);
  nodes.stop(2);
  REQUIRE(nodes.start(4).has_value());
  add(nodes, 1, 4);
  REQUIRE(vote(nodes, {1, 3, 4}));
  REQUIRE(nodes.start(2).has_value());
  CHECK(vote(nodes, {1, 2, 3, 4}));
  CHECK(nodes.replicas(2).registry().nodes() == nodes.replicas(1).registry().nodes());
}

TEST_CASE("C-067 a node that dies while it gets its first copy goes on, or is taken out again",
          "[replication]") {
  replicated_nodes nodes({.count = 1, .kept_bytes = 4096});
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  for (int i = 0; i < 300; ++i) REQUIRE(nodes.append_and_wait(nodes.elect(), trip, 20'000));
  REQUIRE(nodes.start(2).has_value());
  add(nodes, 1, 2);
  const std::uint64_t all = nodes.journal(1).last_index({0});
  REQUIRE(nodes.until([&] {
    const std::uint64_t there = nodes.journal(2).last_index({0});
    return there > 0 && there < all;
  }));
  nodes.stop(2);
  append_somewhere(nodes, trip);
  SECTION("it goes on") {
    REQUIRE(nodes.start(2).has_value());
    REQUIRE(vote(nodes, {1, 2}));
    CHECK(nodes.agree());
  }
  SECTION("it is taken out") {
    wish(nodes, 1, 2, node_wish::gone);
    REQUIRE(nodes.until([&] { return nodes.replicas(1).standing_of({0}).members.size() == 1; }));
    append_somewhere(nodes, trip);
  }
}

TEST_CASE("two that wait to join and have refused each other find together", "[replication]") {
  replicated_nodes nodes({.count = 1});
  nodes.start_all();
  REQUIRE(nodes.start(2).has_value());
  REQUIRE(nodes.start(3).has_value());
  const aggregate_key trip = nodes.key("trip");
  append_somewhere(nodes, trip);
  CHECK_FALSE(nodes.believes(2, 3));
  add(nodes, 1, 2);
  add(nodes, 1, 3);
  REQUIRE(vote(nodes, {1, 2, 3}));
  CHECK(nodes.until([&] { return nodes.believes(2, 3) && nodes.believes(3, 2); }));
  nodes.stop(1);
  append_somewhere(nodes, trip);
}

TEST_CASE("who holds everything alone is not removed before another one has it", "[replication]") {
  replicated_nodes nodes({.count = 1});
  nodes.start_all();
  append_somewhere(nodes, nodes.key("trip"));
  REQUIRE(nodes.start(2).has_value());
  add(nodes, 1, 2);
  REQUIRE(nodes.until([&] { return nodes.believes(1, 2); }));
  const auto early = nodes.replicas(1).wish("n1", node_wish::gone);
  if (!early) CHECK(early.error().code == errc::invalid_argument);
  REQUIRE(vote(nodes, {1, 2}));
  wish(nodes, 2, 1, node_wish::gone);
  REQUIRE(vote(nodes, {2}));
  nodes.stop(1);
  CHECK(nodes.history(2).size() >= 1);
  append_somewhere(nodes, nodes.key("trip"));
}

TEST_CASE("two that were told to remove each other go on until another one is there",
          "[replication]") {
  replicated_nodes nodes({.count = 2});
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  append_somewhere(nodes, trip);
  nodes.cut_off(1);
  wish(nodes, 1, 2, node_wish::gone);
  wish(nodes, 2, 1, node_wish::gone);
  nodes.heal(1);
  REQUIRE(nodes.until([&] {
    return nodes.replicas(1).registry().nodes().count(node_wish::gone) == 2 &&
           nodes.replicas(2).registry().nodes().count(node_wish::gone) == 2;
  }));
  for (int i = 0; i < 5; ++i) append_somewhere(nodes, trip);
  REQUIRE(nodes.start(3).has_value());
  add(nodes, 1, 3);
  REQUIRE(vote(nodes, {3}));
  nodes.stop(1);
  nodes.stop(2);
  append_somewhere(nodes, trip);
  CHECK(nodes.history(3).size() >= 7);
}

TEST_CASE("who was away while all that it knew were replaced is let in by the others",
          "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  let_all_vote(nodes);
  const aggregate_key trip = nodes.key("trip");
  append_somewhere(nodes, trip);
  nodes.stop(3);
  for (const std::uint64_t old : {std::uint64_t{1}, std::uint64_t{2}}) {
    REQUIRE(nodes.start(old + 3).has_value());
    add(nodes, 2, old + 3);
    REQUIRE(nodes.until([&] { return voters(nodes, 2, 0).contains(old + 3); }));
    REQUIRE(nodes.until([&] { return voters(nodes, 2, 1).contains(old + 3); }));
  }
  wish(nodes, 4, 1, node_wish::gone);
  wish(nodes, 4, 2, node_wish::gone);
  REQUIRE(vote(nodes, {4, 5}));
  nodes.stop(1);
  nodes.stop(2);
  REQUIRE(nodes.start(3).has_value());
  REQUIRE(nodes.until([&] { return nodes.believes(3, 4) && nodes.believes(3, 5); }));
  // Its vote counts: two of the three are enough.
  nodes.stop(4);
  append_somewhere(nodes, trip);
  CHECK(nodes.agree());
}

TEST_CASE("C-070 a node of another cluster with the same name is refused", "[replication]") {
  replicated_nodes one;
  replicated_nodes other({.count = 2});
  REQUIRE(one.start(1).has_value());
  REQUIRE(other.start(2).has_value());
  const bytes introduction = other.replicas(2).introduction();
  one.replicas(1).introduced("n2", introduction);
  CHECK(one.replicas(1).believed_as("n2").value == 0);
  // Not even if somebody wishes it under another name.
  add(one, 1, 9);
  one.replicas(1).introduced(replicated_nodes::node_named(9).name, introduction);
  CHECK(one.replicas(1).believed_as(replicated_nodes::node_named(9).name).value == 0);
}

}  // namespace
}  // namespace reprise::cluster
