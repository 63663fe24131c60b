// SPDX-License-Identifier: Apache-2.0
//
// How one node finds out that it led, answer by answer.
#include "cluster/lead_confirmation.hpp"

#include "cluster/peer_transport.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace reprise::cluster {
namespace {

constexpr partition_id here{7};

// Replica 1, which leads with the voters 1, 2 and 3 in term 5 as long as it is not told otherwise.
class leading_node final : public standing_replicas, public peer_transport {
 public:
  [[nodiscard]] std::uint32_t partitions() const override { return 8; }
  [[nodiscard]] replica_id self() const override { return {1}; }
  [[nodiscard]] std::vector<replica_id> peers() const override { return {{2}, {3}, {4}}; }
  [[nodiscard]] std::vector<partition_standing> standings(
      const std::vector<partition_id>& of) const override {
    CHECK(of == std::vector<partition_id>{here});
    return {own};
  }
  bool send(replica_id to, frame_kind /*kind*/, bytes body) override {
    const auto question = decode_standing_question(body);
    CHECK(question->of == std::vector<partition_id>{here});
    round = question->round;
    asked.push_back(to.value);
    return true;
  }
  bool send_bulk(replica_id to, frame_kind kind, bytes body) override {
    return send(to, kind, std::move(body));
  }
  [[nodiscard]] bool is_connected(replica_id /*to*/) const override { return true; }
  void wake() override {}

  void ask(const std::string& caller) {
    confirmation_.confirm(here, [this, caller](const result<void>& how) {
      told.push_back(caller + (how ? ": led" : ": did not"));
    });
  }
  void answer(std::uint64_t from, std::uint64_t in_term) { answer(from, in_term, round); }
  void answer(std::uint64_t from, std::uint64_t in_term, std::uint64_t to_round) {
    const standing_answer said{.round = to_round,
                               .standings = {{.partition = here, .in_term = {in_term}}}};
    confirmation_.received_answer({from}, encode(said));
  }
  void is_deposed() {
    own = {.partition = here, .in_term = {6}};
    confirmation_.look();
  }
  void tick(int times) {
    for (int i = 0; i < times; ++i) confirmation_.tick();
  }

  partition_standing own{
      .partition = here, .in_term = {5}, .committed = {70}, .voters = {{1}, {2}, {3}}};
  std::vector<std::uint64_t> asked;
  std::vector<std::string> told;
  std::uint64_t round = 0;

 private:
  lead_confirmation confirmation_{*this, *this, 100};
};

using names = std::vector<std::string>;
using numbers = std::vector<std::uint64_t>;

TEST_CASE("C-036 a leader led when a majority of its voters knows of no later term") {
  leading_node node;
  node.ask("a");
  CHECK(node.asked == numbers{2, 3});
  CHECK(node.told.empty());
  node.answer(4, 5);  // No voter.
  CHECK(node.told.empty());
  node.answer(3, 4);  // One that was away has not heard of this term yet.
  CHECK(node.told == names{"a: led"});
}

TEST_CASE("C-036 a voter in a later term confirms no lead") {
  leading_node node;
  node.ask("a");
  node.answer(2, 6);
  CHECK(node.told.empty());
  node.is_deposed();
  CHECK(node.told == names{"a: did not"});
}

TEST_CASE("a node that leads nothing is told so at once") {
  leading_node node;
  node.own.voters.clear();
  node.ask("a");
  CHECK(node.told == names{"a: did not"});
  CHECK(node.asked.empty());
}

TEST_CASE("who is the only voter led") {
  leading_node node;
  node.own.voters = {{1}};
  node.ask("a");
  CHECK(node.told == names{"a: led"});
}

TEST_CASE("a later lead of the same node does not stand for the one that was asked about") {
  leading_node node;
  node.ask("a");
  node.own.in_term = {7};
  node.answer(2, 7);
  CHECK(node.told.empty());
  node.answer(3, 5);
  CHECK(node.told == names{"a: did not"});
}

TEST_CASE("calls that come in a round of a lead's confirmation share the next one") {
  leading_node node;
  node.ask("a");
  const std::uint64_t first = node.round;
  node.ask("b");
  node.ask("c");
  CHECK(node.round == first);
  node.answer(2, 5);
  CHECK(node.told == names{"a: led"});
  CHECK(node.round == first + 1);
  node.answer(3, 5, first);  // What was said before the call says nothing.
  CHECK(node.told == names{"a: led"});
  node.answer(3, 5);
  CHECK(node.told == names{"a: led", "b: led", "c: led"});
}

TEST_CASE("a question about a lead that gets lost is put again") {
  leading_node node;
  node.ask("a");
  node.asked.clear();
  node.tick(3);
  CHECK(node.asked.empty());
  node.tick(1);
  CHECK(node.asked == numbers{2, 3});
  node.answer(2, 5);
  node.asked.clear();
  node.tick(8);
  CHECK(node.asked.empty());
}

}  // namespace
}  // namespace reprise::cluster
