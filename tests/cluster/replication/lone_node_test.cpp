// SPDX-License-Identifier: Apache-2.0
//
// A node that stood alone begins a cluster with what it has stored, and others join it.
#include "persistence/lmdb_journal.hpp"
#include "tests/cluster/replication/replicated_nodes.hpp"
#include "tests/persistence/one_answer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace reprise::cluster {
namespace {

constexpr std::uint32_t partitions = 2;
constexpr std::size_t payload = 8000;
// Of each partition; much more than one answer of a filling carries.
constexpr std::uint64_t lone_events = 60;

// The store in the first node's folder, while that stands alone.
class lone_node {
 public:
  explicit lone_node(const replicated_nodes& nodes)
      : opened_(persistence::lmdb_journal::open({.directory = nodes.folder_of(1),
                                                 .partitions = partitions,
                                                 .map_size_bytes = std::uint64_t{1} << 30U},
                                                measured_, clock_)) {
    REQUIRE(opened_.has_value());
  }
  void append(const aggregate_key& to) {
    persistence::append_request request{
        .aggregate = to, .command = derive_command_id("alone-" + std::to_string(++appended_))};
    request.events = {{.type = 1, .payload = bytes(payload)}};
    persistence::one_answer answer;
    (*opened_)->append(std::move(request), answer, 1);
    REQUIRE(answer.wait().has_value());
  }
  [[nodiscard]] std::vector<std::string> history(std::uint32_t partition) const {
    std::vector<std::string> all;
    const auto page =
        (*opened_)->scan({partition}, {}, [&](const persistence::stored_record& record) {
          all.push_back(std::to_string(record.at.value) + ":" + std::string(record.id) + "/" +
                        std::to_string(record.sequence.value));
          return true;
        });
    REQUIRE(page.has_value());
    return all;
  }

 private:
  metrics measured_;
  base::system_clock clock_;
  result<std::unique_ptr<persistence::lmdb_journal>> opened_;
  std::uint64_t appended_ = 0;
};

using histories = std::vector<std::vector<std::string>>;

// What stood there before anybody thought of a cluster.
histories lone_beginning(const replicated_nodes& nodes) {
  lone_node alone(nodes);
  histories all;
  for (std::uint32_t p = 0; p < partitions; ++p) {
    for (std::uint64_t i = 0; i < lone_events; ++i) alone.append(nodes.key("trip", p));
    all.push_back(alone.history(p));
  }
  return all;
}

bool begins_with(const std::vector<std::string>& all, const std::vector<std::string>& beginning) {
  return all.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), all.begin());
}

// Followers are served from the store, since next to nothing is kept in memory.
nodes_options one_founder() {
  return {.count = 1, .partitions = partitions, .kept_bytes = 1024};
}

void append_somewhere(replicated_nodes& nodes, const aggregate_key& to, std::uint32_t partition) {
  for (int tries = 0; tries < 50; ++tries) {
    if (nodes.append_and_wait(nodes.elect(partition), to)) return;
  }
  FAIL("nothing is taken");
}

bool votes_everywhere(replicated_nodes& nodes, std::uint64_t id) {
  return nodes.until([&] {
    for (std::uint32_t p = 0; p < partitions; ++p) {
      const membership members = nodes.replicas(1).standing_of({p}).members;
      const member voter{nodes.replica_of(id), member_role::voter};
      if (std::ranges::find(members, voter) == members.end()) return false;
    }
    return true;
  });
}

}  // namespace

TEST_CASE("what a node wrote alone is there, where it was, in the cluster that it founds",
          "[replication]") {
  replicated_nodes nodes(one_founder());
  const histories before = lone_beginning(nodes);
  for (int openings = 0; openings < 3; ++openings) {
    REQUIRE(nodes.start(1).has_value());
    for (std::uint32_t p = 0; p < partitions; ++p) {
      CHECK(begins_with(nodes.history(1, p), before[p]));
      append_somewhere(nodes, nodes.key("trip", p), p);
      // It goes on where it was, one place further behind the word of consensus.
      CHECK(nodes.history(1, p).back().ends_with(
          "/" + std::to_string(lone_events + 1 + static_cast<std::uint64_t>(openings))));
    }
    nodes.stop(1);
  }
}

TEST_CASE("the first opening may end at once, and as often as it likes", "[replication]") {
  replicated_nodes nodes(one_founder());
  const histories before = lone_beginning(nodes);
  for (int openings = 0; openings < 3; ++openings) {
    REQUIRE(nodes.start(1).has_value());
    nodes.stop(1);
  }
  REQUIRE(nodes.start(1).has_value());
  CHECK(nodes.history(1, 0) == before[0]);
  CHECK(nodes.history(1, 1) == before[1]);
}

TEST_CASE("who joins is filled with what a node wrote alone, also when it stops on the way",
          "[replication]") {
  replicated_nodes nodes(one_founder());
  const histories before = lone_beginning(nodes);
  REQUIRE(nodes.start(1).has_value());
  append_somewhere(nodes, nodes.key("trip"), 0);
  REQUIRE(nodes.start(2).has_value());
  REQUIRE(nodes.replicas(1).invite(replicated_nodes::node_named(2)).has_value());
  // It stops where it holds something, and not yet the word that says who takes part.
  std::uint64_t seen = 0;
  int stops = 0;
  while (stops < 3) {
    REQUIRE(nodes.until([&] { return nodes.journal(2).last_index({0}) > seen; }));
    seen = nodes.journal(2).last_index({0});
    if (seen >= lone_events) break;
    CHECK(nodes.journal(2).note({0}).members.empty());
    nodes.stop(2);
    REQUIRE(nodes.start(2).has_value());
    CHECK(nodes.journal(2).last_index({0}) >= seen);
    ++stops;
  }
  CHECK(stops > 0);
  REQUIRE(votes_everywhere(nodes, 2));
  CHECK(nodes.sent(frame_kind::fill_answer) > 0);

  REQUIRE(nodes.start(3).has_value());
  REQUIRE(nodes.replicas(1).invite(replicated_nodes::node_named(3)).has_value());
  REQUIRE(votes_everywhere(nodes, 3));
  for (std::uint32_t p = 0; p < partitions; ++p) {
    append_somewhere(nodes, nodes.key("trip", p), p);
    REQUIRE(nodes.agree(p));
    CHECK(begins_with(nodes.history(3, p), before[p]));
  }
  // It was no loan: what the first one wrote alone is the others' as well.
  nodes.stop(1);
  for (std::uint32_t p = 0; p < partitions; ++p) {
    append_somewhere(nodes, nodes.key("trip", p), p);
    REQUIRE(nodes.agree(p));
    CHECK(begins_with(nodes.history(2, p), before[p]));
  }
}

TEST_CASE("a store that a node wrote alone is no beginning for several founders, nor joins",
          "[replication]") {
  replicated_nodes nodes({.count = 3, .partitions = partitions});
  const histories before = lone_beginning(nodes);
  for (const bool joins : {false, true}) {
    const auto refused = joins ? nodes.start_anew(1) : nodes.start(1);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::incompatible);
    CHECK(refused.error().message.find("add the others") != std::string::npos);
  }
  // Nothing was done to it.
  CHECK(lone_node(nodes).history(0) == before[0]);
}

TEST_CASE("a store in which a node alone has written nothing founds like an empty folder",
          "[replication]") {
  replicated_nodes nodes({.count = 3, .partitions = partitions});
  { const lone_node alone(nodes); }
  nodes.start_all();
  append_somewhere(nodes, nodes.key("trip"), 0);
  CHECK(nodes.agree());
}

}  // namespace reprise::cluster
