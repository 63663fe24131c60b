// SPDX-License-Identifier: Apache-2.0
//
// The read index of one node, answer by answer.
#include "cluster/read_index.hpp"

#include "tests/cluster/core_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>

namespace reprise::cluster {
namespace {

using namespace std::chrono_literals;

// Replicas of node 1 of three, and what it sends.
class asking_node final : public standing_replicas, public peer_transport {
 public:
  [[nodiscard]] std::uint32_t partitions() const override { return 1; }
  [[nodiscard]] replica_id self() const override { return {1}; }
  [[nodiscard]] std::vector<replica_id> peers() const override { return {{2}, {3}, {4}}; }
  [[nodiscard]] std::vector<partition_standing> standings(
      const std::vector<partition_id>& /*of*/) const override {
    return {own_};
  }
  bool send(replica_id /*to*/, frame_kind /*kind*/, bytes body) override {
    last_round_ = decode_standing_question(body)->round;
    ++questions_;
    return true;
  }
  bool send_bulk(replica_id to, frame_kind kind, bytes body) override {
    return send(to, kind, std::move(body));
  }
  [[nodiscard]] bool is_connected(replica_id /*to*/) const override { return true; }
  void wake() override {}

  // A caller, and what it was told.
  using caller = std::shared_ptr<std::optional<result<committed_ends>>>;
  caller ask(std::chrono::milliseconds within = 10s) {
    auto told = std::make_shared<std::optional<result<committed_ends>>>();
    index_.ask(clock_.steady() + within,
               [told](const result<committed_ends>& how) { *told = how; });
    index_.flush();
    return told;
  }
  void answer(std::uint64_t from, partition_standing standing) {
    answer(from, standing, last_round_);
  }
  void answer(std::uint64_t from, partition_standing standing, std::uint64_t round) {
    index_.received_answer({from},
                           encode(standing_answer{.round = round, .standings = {standing}}));
  }
  void pass(std::chrono::milliseconds time) {
    clock_.add(time);
    index_.tick();
  }
  void stop() { index_.end(); }
  [[nodiscard]] std::uint64_t round() const { return last_round_; }
  [[nodiscard]] std::uint64_t questions() const { return questions_; }

  partition_standing own_{.in_term = {5}};

 private:
  hand_clock clock_;
  std::uint64_t last_round_ = 0;
  std::uint64_t questions_ = 0;
  read_index index_{*this, *this, clock_, 100};
};

partition_standing leads(std::uint64_t term, std::uint64_t end) {
  return {.in_term = {term}, .committed = {end}, .voters = {{1}, {2}, {3}}};
}
partition_standing follows(std::uint64_t term) {
  return {.in_term = {term}};
}

TEST_CASE("what a leader says counts once a majority of its voters knows of no later term") {
  asking_node node;
  node.own_ = follows(0);
  node.own_.partition = {9};  // It has no replica of the partition.
  const auto caller = node.ask();
  node.answer(2, leads(5, 70));
  CHECK_FALSE(caller->has_value());
  node.answer(4, follows(5));  // No voter.
  CHECK_FALSE(caller->has_value());
  node.answer(3, follows(5));
  REQUIRE(caller->has_value());
  CHECK((*caller)->value() == committed_ends{{70}});
}

TEST_CASE("a voter that knows of a later term confirms nobody of an earlier one") {
  asking_node node;
  node.own_ = leads(5, 70);
  const auto caller = node.ask();
  node.answer(2, follows(6));
  CHECK_FALSE(caller->has_value());
  node.answer(3, leads(6, 90));
  REQUIRE(caller->has_value());
  CHECK((*caller)->value() == committed_ends{{90}});
}

TEST_CASE("a call that comes in a round is answered by the next one") {
  asking_node node;
  const auto first = node.ask();
  node.answer(2, leads(5, 70));
  REQUIRE(first->has_value());
  const auto second = node.ask();
  const std::uint64_t round = node.round();
  const auto late = node.ask();
  node.answer(2, leads(5, 80));
  REQUIRE(second->has_value());
  CHECK_FALSE(late->has_value());
  CHECK(node.round() == round + 1);
  node.answer(2, leads(5, 99), round);  // What was said before the call says nothing.
  CHECK_FALSE(late->has_value());
  node.answer(2, leads(5, 81));
  REQUIRE(late->has_value());
  CHECK((*late)->value() == committed_ends{{81}});
}

TEST_CASE("whoever leads alone knows the end at once") {
  asking_node node;
  node.own_ = {.in_term = {1}, .committed = {12}, .voters = {{1}}};
  const auto caller = node.ask();
  REQUIRE(caller->has_value());
  CHECK((*caller)->value() == committed_ends{{12}});
}

TEST_CASE("a question that is lost is asked again, until the deadline") {
  asking_node node;
  const auto caller = node.ask(1s);
  const std::uint64_t asked = node.questions();
  for (int i = 0; i < 4; ++i) node.pass(50ms);
  CHECK(node.questions() == 2 * asked);
  CHECK_FALSE(caller->has_value());
  node.pass(1s);
  REQUIRE(caller->has_value());
  CHECK((*caller)->error().code == errc::unavailable);
  CHECK((*caller)->error().message.find("partition 0") == 0);
}

TEST_CASE("whoever waits for the ends is told that the node stops") {
  asking_node node;
  const auto asked = node.ask();
  const auto waits = node.ask();
  node.stop();
  const auto behind = node.ask();
  for (const auto& each : {asked, waits, behind}) {
    REQUIRE(each->has_value());
    CHECK((*each)->error().code == errc::stopped);
  }
}

}  // namespace
}  // namespace reprise::cluster
