// SPDX-License-Identifier: Apache-2.0
//
// Up to where partitions are committed, asked of any node.
#include "tests/cluster/replication/replicated_nodes.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::cluster {
namespace {

using namespace std::chrono_literals;

// A node's answer, once it is there.
class asked_ends {
 public:
  asked_ends(replicated_nodes& nodes, std::uint64_t at, std::chrono::milliseconds within) {
    nodes.replicas(at).ask_ends(base::system_clock().steady() + within,
                                [told = told_](const result<committed_ends>& how) { *told = how; });
  }
  [[nodiscard]] bool is_told() const { return told_->has_value(); }
  [[nodiscard]] const result<committed_ends>& how() const { return **told_; }

 private:
  std::shared_ptr<std::optional<result<committed_ends>>> told_ =
      std::make_shared<std::optional<result<committed_ends>>>();
};

TEST_CASE("what was acknowledged is within the ends, whichever node is asked", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t leader = nodes.elect();
    REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));
    const position acknowledged = nodes.journal(leader).committed({0});
    for (std::uint64_t id = 1; id <= 3; ++id) {
      const asked_ends ends(nodes, id, 10s);
      REQUIRE(nodes.until([&] { return ends.is_told(); }));
      REQUIRE(ends.how());
      REQUIRE(ends.how()->size() == 2);
      CHECK(ends.how()->front() >= acknowledged);
    }
  }
}

TEST_CASE("a node that is cut off knows the ends once it is back", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  REQUIRE(nodes.append_and_wait(nodes.elect(), nodes.key("trip")));
  const std::uint64_t away = nodes.leader() == 1 ? 2 : 1;
  nodes.cut_off(away);
  const std::uint64_t leader = nodes.elect();
  for (int i = 0; i < 30; ++i) REQUIRE(nodes.append_and_wait(leader, nodes.key("trip")));
  const position acknowledged = nodes.journal(leader).committed({0});

  const asked_ends ends(nodes, away, 20s);
  CHECK_FALSE(nodes.until([&] { return ends.is_told(); }, 1s));
  nodes.heal(away);
  REQUIRE(nodes.until([&] { return ends.is_told(); }));
  REQUIRE(ends.how());
  CHECK(ends.how()->front() >= acknowledged);
}

TEST_CASE("a leader that was deposed and does not know it knows no end", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  const std::uint64_t old = nodes.elect();
  REQUIRE(nodes.append_and_wait(old, nodes.key("trip")));
  nodes.cut_off(old);
  REQUIRE(nodes.replicas(old).leads({0}));

  const asked_ends ends(nodes, old, 800ms);
  REQUIRE(nodes.until([&] { return ends.is_told(); }));
  REQUIRE_FALSE(ends.how());
  CHECK(ends.how().error().code == errc::unavailable);
  CHECK(ends.how().error().message.find("partition 0") != std::string::npos);
}

TEST_CASE("the ends are known while all disks are full", "[replication]") {
  replicated_nodes nodes;
  nodes.start_all();
  for (const std::uint32_t partition : {0U, 1U}) nodes.elect(partition);
  for (std::uint64_t id = 1; id <= 3; ++id) nodes.replicas(id).storage_full(true);
  REQUIRE(nodes.until([&] { return nodes.leader(0) == 0 && nodes.leader(1) == 0; }));

  const asked_ends ends(nodes, 1, 10s);
  REQUIRE(nodes.until([&] { return ends.is_told(); }));
  CHECK(ends.how());
}

}  // namespace
}  // namespace reprise::cluster
