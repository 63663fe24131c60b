// SPDX-License-Identifier: Apache-2.0
//
// Replicas of several nodes on real stores: appends, failover, restarts, and stores that are not
// what they were.
#include "tests/cluster/replication/replicated_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::cluster {
namespace {

using namespace std::chrono_literals;

errc code_of(const std::optional<result<persistence::append_receipt>>& outcome) {
  REQUIRE(outcome.has_value());
  REQUIRE_FALSE(outcome->has_value());
  return outcome->error().code;
}

TEST_CASE("C-002 an append is answered once a majority has stored it", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t leader = nodes.elect();
  const aggregate_key trip = nodes.key("trip");

  for (int i = 0; i < 20; ++i) REQUIRE(nodes.append_and_wait(leader, trip));

  CHECK(nodes.journal(leader).head(trip)->last.value == 20);
  CHECK(nodes.agree());
  CHECK(nodes.history(1).size() == 20);
}

TEST_CASE("only the leader of a partition takes appends", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t leader = nodes.elect();
  const std::uint64_t follower = leader == 1 ? 2 : 1;
  const std::uint64_t tag = nodes.append(follower, nodes.key("trip"));
  CHECK(code_of(nodes.answered().of(tag)) == errc::unavailable);
}

TEST_CASE("C-001 without a majority nothing is acknowledged", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t leader = nodes.elect();
  const aggregate_key trip = nodes.key("trip");
  REQUIRE(nodes.append_and_wait(leader, trip));
  const position before = nodes.journal(leader).committed({0});
  for (std::uint64_t id = 1; id <= 3; ++id) {
    if (id != leader) nodes.stop(id);
  }

  const std::uint64_t tag = nodes.append(leader, trip);
  // It gives up leading, for it hears of nobody; then nobody knows what became of the append.
  REQUIRE(nodes.until([&] { return nodes.answered().of(tag).has_value(); }));
  CHECK(code_of(nodes.answered().of(tag)) == errc::commit_unknown);
  CHECK(nodes.journal(leader).committed({0}) == before);

  nodes.start_all();
  REQUIRE(nodes.append_and_wait(nodes.elect(), trip));
  CHECK(nodes.agree());
}

TEST_CASE("C-035 C-016 a leader that is cut off acknowledges nothing, and its tail goes",
          "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t old = nodes.elect();
  const aggregate_key trip = nodes.key("trip");
  for (int i = 0; i < 5; ++i) REQUIRE(nodes.append_and_wait(old, trip));

  nodes.cut_off(old);
  std::vector<std::uint64_t> tags;
  for (int i = 0; i < 5; ++i) tags.push_back(nodes.append(old, nodes.key("ghost")));
  const std::uint64_t next = nodes.elect(0, {old});
  for (int i = 0; i < 5; ++i) REQUIRE(nodes.append_and_wait(next, trip));
  nodes.heal(old);
  for (const std::uint64_t tag : tags) {
    REQUIRE(nodes.until([&] { return nodes.answered().of(tag).has_value(); }));
    CHECK(code_of(nodes.answered().of(tag)) == errc::commit_unknown);
  }

  REQUIRE(nodes.append_and_wait(nodes.elect(), trip));
  CHECK(nodes.agree());
  CHECK(nodes.history(old).size() == 11);
  CHECK(nodes.journal(old).head(nodes.key("ghost"))->is ==
        persistence::aggregate_head::state::absent);
}

TEST_CASE("C-020 C-021 restarts of all nodes lose nothing that was acknowledged", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  std::uint64_t expected = 0;
  for (int round = 0; round < 5; ++round) {
    const std::uint64_t leader = nodes.elect();
    for (int i = 0; i < 7; ++i, ++expected) REQUIRE(nodes.append_and_wait(leader, trip));
    for (std::uint64_t id = 1; id <= 3; ++id) nodes.stop(id);
    nodes.start_all();
  }
  const std::uint64_t leader = nodes.elect();
  CHECK(nodes.journal(leader).head(trip)->last.value == expected);
  CHECK(nodes.agree());
}

TEST_CASE("C-042 a new leader has everything that was acknowledged before its term",
          "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  for (std::uint64_t acknowledged = 0; acknowledged < 30;) {
    const std::uint64_t leader = nodes.elect();
    CHECK(nodes.journal(leader).head(trip)->last.value == acknowledged);
    for (int i = 0; i < 5; ++i, ++acknowledged) REQUIRE(nodes.append_and_wait(leader, trip));
    nodes.stop(leader);
    const std::uint64_t next = nodes.elect();
    CHECK(nodes.journal(next).head(trip)->last.value == acknowledged);
    nodes.start_all();
  }
  CHECK(nodes.agree());
}

TEST_CASE("C-005 a node that was away for long is filled from the stores of others",
          "[replication]") {
  // Little stays in memory, so that what it lacks has to come from a store.
  replicated_nodes nodes({.kept_bytes = 64 << 10});
  nodes.start_all();
  const std::uint64_t leader = nodes.elect();
  const std::uint64_t away = leader == 1 ? 2 : 1;
  const aggregate_key trip = nodes.key("trip");
  REQUIRE(nodes.append_and_wait(leader, trip));
  nodes.stop(away);
  for (int i = 0; i < 400; ++i) REQUIRE(nodes.append_and_wait(nodes.elect(), trip, 20'000));

  REQUIRE(nodes.start(away).has_value());

  CHECK(nodes.agree());
  CHECK(nodes.history(away).size() == 401);
  CHECK(nodes.sent(frame_kind::fill_answer) > 0);
}

TEST_CASE("C-032 a node whose store was lost is not taken for the one that voted",
          "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t leader = nodes.elect();
  REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));
  const std::uint64_t lost = leader == 1 ? 2 : 1;
  REQUIRE(
      nodes.until([&] { return nodes.believes(leader, lost) && nodes.believes(lost, leader); }));
  nodes.stop(lost);
  std::filesystem::remove_all(nodes.folder_of(lost));

  REQUIRE(nodes.start(lost).has_value());

  REQUIRE(nodes.append_and_wait(nodes.elect(), nodes.key("trip")));
  CHECK_FALSE(nodes.believes(leader, lost));
  CHECK(nodes.history(lost).empty());
}

TEST_CASE("a copy of a store is refused under another name", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  REQUIRE(nodes.append_and_wait(nodes.elect(), nodes.key("trip")));
  nodes.stop(1);
  nodes.stop(2);
  std::filesystem::remove_all(nodes.folder_of(2));
  std::filesystem::copy(nodes.folder_of(1), nodes.folder_of(2),
                        std::filesystem::copy_options::recursive);
  const auto started = nodes.start(2);
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().code == errc::incompatible);
}

TEST_CASE("C-036 leadership is confirmed by a majority or not at all", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t leader = nodes.elect();
  REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));

  const std::uint64_t before = nodes.journal(leader).last_index({0});
  std::optional<result<void>> confirmed;
  nodes.replicas(leader).confirm_leadership({0}, [&](const result<void>& how) { confirmed = how; });
  REQUIRE(nodes.until([&] { return confirmed.has_value(); }));
  CHECK(confirmed->has_value());
  // It has written nothing.
  CHECK(nodes.journal(leader).last_index({0}) == before);
  REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));

  nodes.cut_off(leader);
  confirmed.reset();
  nodes.replicas(leader).confirm_leadership({0}, [&](const result<void>& how) { confirmed = how; });
  REQUIRE(nodes.until([&] { return confirmed.has_value(); }));
  CHECK_FALSE(confirmed->has_value());
  nodes.heal(leader);
  REQUIRE(nodes.append_and_wait(nodes.elect(), nodes.key("trip")));
  CHECK(nodes.agree());
}

TEST_CASE("a follower knows how old its copy is", "[replication]") {
  replicated_nodes nodes;
  REQUIRE(nodes.start(1).has_value());
  CHECK(nodes.replicas(1).age({0}) == std::chrono::milliseconds::max());
  REQUIRE(nodes.start(2).has_value());
  REQUIRE(nodes.start(3).has_value());
  const std::uint64_t leader = nodes.elect();
  const std::uint64_t follower = leader == 1 ? 2 : 1;
  const auto age = [&] { return nodes.replicas(follower).age({0}); };
  REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));
  REQUIRE(nodes.until([&] { return age() < 500ms && nodes.history(follower).size() == 1; }));
  CHECK(nodes.replicas(leader).age({0}) == 0ms);

  nodes.cut_off(follower);
  REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));
  REQUIRE(nodes.until([&] { return age() >= 500ms; }));

  nodes.heal(follower);
  REQUIRE(nodes.until([&] { return age() < 500ms; }));
  CHECK(nodes.history(follower).size() == 2);
}

TEST_CASE("C-112 leads are spread evenly, also when a node has come back", "[replication]") {
  replicated_nodes nodes({.partitions = 9, .balance_every_ticks = 5});
  const auto spread = [&] {
    std::map<std::uint64_t, int> leads;
    for (std::uint32_t p = 0; p < 9; ++p) ++leads[nodes.leader(p)];
    return leads[1] == 3 && leads[2] == 3 && leads[3] == 3;
  };
  nodes.start_all();
  CHECK(nodes.until(spread));
  nodes.stop(2);
  CHECK(nodes.until([&] {
    for (std::uint32_t p = 0; p < 9; ++p) {
      if (nodes.leader(p) == 0) return false;
    }
    return true;
  }));
  nodes.start_all();
  CHECK(nodes.until(spread));
}

TEST_CASE("C-075 whichever side of a cut has two of three goes on, with one history after it",
          "[replication]") {
  for (const bool leader_stays : {true, false}) {
    replicated_nodes nodes;
    nodes.start_all();
    const std::uint64_t leader = nodes.elect();
    const aggregate_key trip = nodes.key("trip");
    REQUIRE(nodes.append_and_wait(leader, trip));
    const std::uint64_t alone = leader_stays ? (leader == 1 ? 2 : 1) : leader;
    nodes.cut_off(alone);
    REQUIRE(nodes.append_and_wait(nodes.elect(0, {alone}), trip));
    nodes.heal(alone);
    REQUIRE(nodes.append_and_wait(nodes.elect(), trip));
    CHECK(nodes.agree());
    CHECK(nodes.history(alone).size() == 3);
  }
}

// Who leads partition 0 has appended something, and begins to hand over.
struct hand_over_scene {
  replicated_nodes nodes;
  std::uint64_t old = 0;
  std::uint64_t next = 0;
  aggregate_key trip{};

  hand_over_scene() {
    nodes.start_all();
    old = nodes.elect();
    next = old == 1 ? 2 : 1;
    trip = nodes.key("trip");
    REQUIRE(nodes.append_and_wait(old, trip));
    REQUIRE(nodes.replicas(old).hand_over({0}, {next}).has_value());
  }
};

TEST_CASE("leadership is handed over on request", "[replication]") {
  hand_over_scene scene;
  REQUIRE(scene.nodes.until([&] { return scene.nodes.leader() == scene.next; }));
  REQUIRE(scene.nodes.append_and_wait(scene.next, scene.trip));
  CHECK(scene.nodes.agree());
}

TEST_CASE("what is appended while a lead is handed over waits for what becomes of that",
          "[replication]") {
  hand_over_scene scene;
  // It never hears that it shall lead.
  scene.nodes.cut_off(scene.next);
  CHECK(scene.nodes.append_and_wait(scene.old, scene.trip));
  CHECK(scene.nodes.leader() == scene.old);
  scene.nodes.heal(scene.next);
  CHECK(scene.nodes.agree());
}

}  // namespace
}  // namespace reprise::cluster
