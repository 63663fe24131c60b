// SPDX-License-Identifier: Apache-2.0
//
// Who a cluster has, as each node knows it, and the steps by which partitions follow.
#include "cluster/roster.hpp"

#include "base/random.hpp"
#include "cluster/chosen_voters.hpp"
#include "cluster/member_changes.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace reprise::cluster {
namespace {

using kind = membership_change::kind;

cluster_node node(const std::string& name) {
  return {.name = name, .host = "10.0.0.1", .port = 7001};
}

roster three() {
  return roster::of_founders(std::vector{node("n2"), node("n1"), node("n3")});
}

// What one of several nodes might do to its own roster.
void change_somehow(roster& all, base::random& random) {
  if (random.below(4) == 0) {
    all.change_voters(static_cast<std::uint8_t>(1 + random.below(nodes_max)));
    return;
  }
  const replica_id id{1 + random.below(6)};
  if (random.below(4) == 0 && all.find(id) != nullptr) {
    all.change_copies(id, static_cast<node_copies>(random.below(2)));
    return;
  }
  const auto wish = static_cast<node_wish>(random.below(3));
  all.change(id, node("n" + std::to_string(random.below(6))), wish);
}

void apply(membership& members, const membership_change& step) {
  const auto found = std::ranges::find(members, step.replica, &member::id);
  switch (step.what) {
    case kind::add:
      members.push_back({step.replica, member_role::learner});
      return;
    case kind::promote:
      found->role = member_role::voter;
      return;
    case kind::demote:
      found->role = member_role::learner;
      return;
    case kind::remove:
      members.erase(found);
      return;
  }
}

bool all_here(replica_id /*id*/) {
  return true;
}

TEST_CASE("founders have the numbers of their names in order") {
  const roster all = three();
  CHECK(all.present("n1") == replica_id{1});
  CHECK(all.present("n2") == replica_id{2});
  CHECK(all.present("n3") == replica_id{3});
  CHECK(all.present("n4") == replica_id{});
  CHECK(all.count(node_wish::voter) == 3);
}

TEST_CASE("C-137 rosters that are merged in any order are alike") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    base::random random(seed);
    std::array<roster, 3> nodes{three(), three(), three()};
    for (int step = 0; step < 40; ++step) {
      roster& one = nodes[random.below(3)];
      if (random.below(3) == 0) {
        one.merge(nodes[random.below(3)]);
      } else {
        change_somehow(one, random);
      }
    }
    roster forwards;
    roster backwards;
    for (std::size_t i = 0; i < 3; ++i) {
      forwards.merge(nodes[i]);
      backwards.merge(nodes[2 - i]);
    }
    CHECK(forwards == backwards);
    CHECK_FALSE(forwards.merge(nodes[0]));
    for (roster& each : nodes) {
      each.merge(forwards);
      CHECK(each == forwards);
    }
  }
}

TEST_CASE("who is gone stays gone, and the name may come back") {
  roster all = three();
  all.change({3}, node("n3"), node_wish::gone);
  roster late = three();
  for (int i = 0; i < 5; ++i) late.change({3}, node("n3"), node_wish::voter);
  all.merge(late);
  CHECK(all.find({3})->wish == node_wish::gone);
  CHECK(all.present("n3") == replica_id{});
  all.change({77}, node("n3"), node_wish::voter);
  CHECK(all.present("n3") == replica_id{77});
}

TEST_CASE("a roster arrives as it was told, and damage is refused") {
  roster all = three();
  all.change({1U << 20U}, node("new"), node_wish::learner);
  all.change({2}, node("n2"), node_wish::gone);
  all.change_voters(5);
  all.change_copies({1}, node_copies::chosen);
  const bytes told = encode(all);
  const auto heard = decode_roster(told);
  REQUIRE(heard.has_value());
  CHECK(*heard == all);
  for (std::size_t i = 0; i < told.size(); ++i) {
    bytes damaged = told;
    damaged[i] ^= std::byte{0x11};
    static_cast<void>(decode_roster(damaged));
  }
  CHECK(decode_roster({}).error().code == errc::malformed);
}

TEST_CASE("C-066 a partition gains before it loses, until all members are others") {
  membership members{
      {{1}, member_role::voter}, {{2}, member_role::voter}, {{3}, member_role::voter}};
  roster wished = three();
  for (std::uint64_t id = 1; id <= 3; ++id) {
    wished.change({id}, wished.find({id})->node, node_wish::gone);
    wished.change({id + 100}, node("m" + std::to_string(id)), node_wish::voter);
  }
  std::size_t steps = 0;
  while (const auto step = next_change({0}, members, wished, all_here)) {
    apply(members, *step);
    CHECK(voters_of(members) >= 3);
    REQUIRE(++steps < 20);
  }
  CHECK(steps == 9);
  std::set<replica_id> left;
  for (const member& each : members) left.insert(each.id);
  CHECK(left == std::set<replica_id>{{101}, {102}, {103}});
}

TEST_CASE("nobody is taken out while nobody would stay") {
  const membership members{{{1}, member_role::voter}, {{2}, member_role::voter}};
  roster wished = roster::of_founders(std::vector{node("n1"), node("n2")});
  wished.change({1}, node("n1"), node_wish::gone);
  wished.change({2}, node("n2"), node_wish::learner);
  CHECK_FALSE(next_change({0}, members, wished, all_here).has_value());
}

TEST_CASE("who is not there is not waited for") {
  const membership members{
      {{1}, member_role::voter}, {{2}, member_role::voter}, {{3}, member_role::voter}};
  roster wished = three();
  wished.change({101}, node("m1"), node_wish::voter);
  wished.change({3}, node("n3"), node_wish::gone);
  const auto without =
      next_change({0}, members, wished, [](replica_id id) { return id.value < 100; });
  REQUIRE(without.has_value());
  CHECK(without->what == kind::remove);
  CHECK(without->replica == replica_id{3});
  const auto with = next_change({0}, members, wished, all_here);
  REQUIRE(with.has_value());
  CHECK(with->what == kind::add);
  CHECK(with->replica == replica_id{101});
}

TEST_CASE("nobody loses its vote where those that remain and are there could decide nothing") {
  roster wished = three();
  const membership members{
      {{1}, member_role::voter}, {{2}, member_role::voter}, {{3}, member_role::voter}};
  const auto without_3 = [](replica_id id) { return id != replica_id{3}; };
  SECTION("when it is drained") {
    wished.change({2}, node("n2"), node_wish::learner);
    CHECK_FALSE(next_change({0}, members, wished, without_3).has_value());
    CHECK(next_change({0}, members, wished, all_here)->what == kind::demote);
  }
  SECTION("when fewer are to vote") {
    wished.change_voters(1);
    const auto step = next_change({0}, members, wished, without_3);
    // The one that is away may go, if it was not chosen.
    CHECK((!step || step->replica == replica_id{3}));
  }
  SECTION("when it is removed: the one that is away goes first") {
    wished.change({2}, node("n2"), node_wish::gone);
    wished.change({3}, node("n3"), node_wish::gone);
    membership now = members;
    const auto first = next_change({0}, now, wished, without_3);
    REQUIRE(first.has_value());
    CHECK(first->replica == replica_id{3});
    apply(now, *first);
    CHECK(next_change({0}, now, wished, without_3)->replica == replica_id{2});
  }
}

TEST_CASE("who was drained keeps its copy, and votes again when it is wished") {
  membership members{
      {{1}, member_role::voter}, {{2}, member_role::voter}, {{3}, member_role::voter}};
  roster wished = three();
  wished.change({2}, node("n2"), node_wish::learner);
  const auto away = next_change({0}, members, wished, all_here);
  REQUIRE(away.has_value());
  CHECK(away->what == kind::demote);
  apply(members, *away);
  CHECK_FALSE(next_change({0}, members, wished, all_here).has_value());
  wished.change({2}, node("n2"), node_wish::voter);
  const auto back = next_change({0}, members, wished, all_here);
  REQUIRE(back.has_value());
  CHECK(back->what == kind::promote);
}

roster of(std::uint64_t count) {
  std::vector<cluster_node> nodes;
  for (std::uint64_t i = 1; i <= count; ++i) nodes.push_back(node("n" + std::to_string(i)));
  return roster::of_founders(nodes);
}

TEST_CASE("three vote in each partition, and all have about as many votes") {
  for (const std::uint64_t count : {1U, 2U, 3U, 4U, 5U, 7U}) {
    INFO(count << " nodes");
    const roster nodes = of(count);
    constexpr std::uint32_t partitions = 256;
    std::map<replica_id, std::size_t> votes;
    for (std::uint32_t p = 0; p < partitions; ++p) {
      const std::set<replica_id> chosen = chosen_voters({p}, nodes);
      CHECK(chosen.size() == std::min<std::uint64_t>(3, count));
      for (const replica_id id : chosen) ++votes[id];
    }
    const std::size_t fair = partitions * std::min<std::uint64_t>(3, count) / count;
    CHECK(votes.size() == count);
    for (const auto& [id, of_it] : votes) {
      CHECK(of_it > fair * 3 / 4);
      CHECK(of_it < fair * 5 / 4 + 1);
    }
  }
}

TEST_CASE(
    "who comes takes votes for itself only, and those of who goes are spread over all others") {
  const roster five = of(5);
  roster six = five;
  six.change({77}, node("new"), node_wish::voter);
  roster four = five;
  four.change({2}, node("n2"), node_wish::learner);
  std::set<replica_id> took_over;
  for (std::uint32_t p = 0; p < 64; ++p) {
    const std::set<replica_id> before = chosen_voters({p}, five);
    for (const replica_id id : chosen_voters({p}, six)) {
      CHECK((id == replica_id{77} || before.contains(id)));
    }
    const std::set<replica_id> after = chosen_voters({p}, four);
    CHECK_FALSE(after.contains({2}));
    for (const replica_id id : before) CHECK((id == replica_id{2} || after.contains(id)));
    for (const replica_id id : after) {
      if (!before.contains(id)) took_over.insert(id);
    }
  }
  CHECK(took_over == std::set<replica_id>{{1}, {3}, {4}, {5}});
}

TEST_CASE("a fourth node gets a copy, and votes where it is chosen") {
  roster wished = three();
  wished.change({101}, node("n4"), node_wish::voter);
  std::set<std::size_t> steps_taken;
  for (std::uint32_t p = 0; p < 32; ++p) {
    membership members{
        {{1}, member_role::voter}, {{2}, member_role::voter}, {{3}, member_role::voter}};
    std::size_t steps = 0;
    while (const auto step = next_change({p}, members, wished, all_here)) {
      apply(members, *step);
      CHECK(voters_of(members) >= 3);
      REQUIRE(++steps < 20);
    }
    CHECK(voters_of(members) == 3);
    CHECK(members.size() == 4);
    steps_taken.insert(steps);
  }
  // It is added as one that learns; where it votes, another one stops.
  CHECK(steps_taken == std::set<std::size_t>{1, 3});
}

TEST_CASE("who has chosen copies only loses those where it does not vote, once others vote there") {
  roster wished = of(6);
  for (const std::uint64_t id : {4U, 5U, 6U}) wished.change_copies({id}, node_copies::chosen);
  for (std::uint32_t p = 0; p < 64; ++p) {
    INFO("partition " << p);
    // What those who vote were not chosen for.
    membership members;
    for (std::uint64_t id = 1; id <= 6; ++id) {
      members.push_back({{id}, id > 3 ? member_role::voter : member_role::learner});
    }
    std::size_t steps = 0;
    while (const auto step = next_change({p}, members, wished, all_here)) {
      apply(members, *step);
      CHECK(voters_of(members) >= 3);
      REQUIRE(++steps < 20);
    }
    const std::set<replica_id> chosen = chosen_voters({p}, wished);
    for (std::uint64_t id = 1; id <= 6; ++id) {
      const bool is_member =
          std::ranges::find(members, replica_id{id}, &member::id) != members.end();
      CHECK(is_member == (id <= 3 || chosen.contains({id})));
    }
    CHECK(voters_of(members) == 3);
  }
}

TEST_CASE("a copy goes only where all that are to vote do") {
  roster wished = of(4);
  wished.change_copies({4}, node_copies::chosen);
  std::uint32_t p = 0;
  while (chosen_voters({p}, wished).contains({4})) ++p;
  const membership members{{{1}, member_role::voter},
                           {{2}, member_role::voter},
                           {{3}, member_role::learner},
                           {{4}, member_role::voter}};
  const auto without_three = [](replica_id id) { return id.value != 3; };
  CHECK_FALSE(next_change({p}, members, wished, without_three).has_value());
  CHECK(next_change({p}, members, wished, all_here)->replica == replica_id{3});
}

TEST_CASE("who was drained, and has chosen copies only, has none") {
  roster wished = of(4);
  wished.change_copies({4}, node_copies::chosen);
  wished.change({4}, node("n4"), node_wish::learner);
  membership members{{{1}, member_role::voter},
                     {{2}, member_role::voter},
                     {{3}, member_role::voter},
                     {{4}, member_role::voter}};
  while (const auto step = next_change({0}, members, wished, all_here)) apply(members, *step);
  CHECK(members.size() == 3);
  CHECK(voters_of(members) == 3);
}

TEST_CASE("nobody gives its vote to a node that is not there") {
  roster wished = three();
  wished.change({101}, node("n4"), node_wish::voter);
  std::uint32_t p = 0;
  while (!chosen_voters({p}, wished).contains({101})) ++p;
  const membership members{{{1}, member_role::voter},
                           {{2}, member_role::voter},
                           {{3}, member_role::voter},
                           {{101}, member_role::learner}};
  const auto away = [](replica_id id) { return id.value < 100; };
  CHECK_FALSE(next_change({p}, members, wished, away).has_value());
  // Once all are to vote, nobody has one to give.
  wished.change_voters(4);
  CHECK_FALSE(next_change({p}, members, wished, away).has_value());
  CHECK(next_change({p}, members, wished, all_here)->what == kind::promote);
}

}  // namespace
}  // namespace reprise::cluster
