// SPDX-License-Identifier: Apache-2.0
//
// Messages of many partitions on their way to one peer.

#include "cluster/peer_batch.hpp"

#include "cluster/raft_core.hpp"
#include "tests/cluster/core_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>

namespace reprise::cluster {
namespace {

bytes body_of(std::size_t size, std::uint8_t value) {
  return bytes(size, std::byte{value});
}

// Partitions of one node, each with a core.
struct hosted_partition {
  stored_log log;
  std::unique_ptr<raft_core> core;
};

// Three nodes with a replica of every partition; replica ids are node numbers.
class three_nodes {
 public:
  explicit three_nodes(std::uint32_t partitions) {
    for (std::uint64_t node = 1; node <= 3; ++node) {
      for (std::uint32_t p = 0; p < partitions; ++p) {
        hosted_partition made;
        made.log.entries.push_back(first_entry({p}, voters(3)));
        made.log.saved = {.term = {1}};
        const auto log = recover_log(made.log, {.partition = {p}});
        REQUIRE(log.has_value());
        raft_options options{.partition = {p}, .self = {node}, .seed = 1000 * node + p};
        options.heartbeat = heartbeat;
        auto core = raft_core::start(options, *log, clock_, budget_);
        REQUIRE(core.has_value());
        made.core = *std::move(core);
        nodes_[node - 1].push_back(std::move(made));
      }
    }
  }

  // One heartbeat of all partitions, and what follows from it until nobody says any more.
  void heartbeat_of_all() {
    clock_.add(heartbeat);
    for (auto& node : nodes_) {
      for (hosted_partition& each : node) each.core->tick();
    }
    while (carry()) {
    }
  }
  [[nodiscard]] std::size_t partitions_led() const {
    std::size_t led = 0;
    for (const auto& node : nodes_) {
      for (const hosted_partition& each : node) led += each.core->leadership().ready ? 1U : 0U;
    }
    return led;
  }

  std::uint64_t messages = 0;
  std::uint64_t pieces = 0;

 private:
  static constexpr std::chrono::milliseconds heartbeat{80};

  // One turn of every node: what all its partitions say is one batch for each peer.
  bool carry() {
    std::array<std::array<peer_batch, 3>, 3> batches{
        {{batch(), batch(), batch()}, {batch(), batch(), batch()}, {batch(), batch(), batch()}}};
    for (std::size_t node = 0; node < 3; ++node) {
      for (hosted_partition& each : nodes_[node]) collect(each, node, batches[node]);
    }
    bool any = false;
    for (auto& from : batches) {
      for (std::size_t to = 0; to < 3; ++to) {
        while (!from[to].empty()) {
          any = true;
          ++pieces;
          deliver(from[to].take(), nodes_[to]);
        }
      }
    }
    return any;
  }
  static peer_batch batch() { return {std::size_t{4} << 20U, std::size_t{256} << 10U}; }

  void collect(hosted_partition& each, std::size_t node, std::array<peer_batch, 3>& to) {
    const consensus_output output = each.core->take_output();
    for (const log_write& write : output.writes) each.log.apply(write);
    if (!output.writes.empty()) each.core->written(output.writes.back().number);
    const consensus_output more = each.core->take_output();
    REQUIRE(more.writes.empty());
    send(output.messages, each, node, to);
    send(more.messages, each, node, to);
  }
  void send(const std::vector<outbound_message>& said, const hosted_partition& each,
            std::size_t node, std::array<peer_batch, 3>& to) {
    for (const outbound_message& message : said) {
      ++messages;
      REQUIRE(to[message.to.value - 1].add({.partition = partition_of(each),
                                            .from = {node + 1},
                                            .to = message.to,
                                            .body = message.body}));
    }
  }
  static partition_id partition_of(const hosted_partition& each) {
    return messages::entry::claimed_header(each.log.entries.front()).partition;
  }
  static void deliver(const bytes& piece, std::vector<hosted_partition>& node) {
    const auto read = read_peer_batch(piece);
    REQUIRE(read.has_value());
    for (const peer_message& message : *read) {
      hosted_partition& to = node[message.partition.value];
      REQUIRE(to.core->receive(message.from, message.body).has_value());
    }
  }

  hand_clock clock_;
  memory_budget budget_{std::uint64_t{64} << 20U};
  std::array<std::vector<hosted_partition>, 3> nodes_;
};

}  // namespace

TEST_CASE("messages of many partitions come out in order, as they went in") {
  peer_batch batch(10'000, 1000);
  for (std::uint32_t p = 0; p < 20; ++p) {
    const bytes body = body_of(8 * std::size_t{p}, static_cast<std::uint8_t>(p));
    REQUIRE(batch.add({.partition = {p}, .from = {p + 1}, .to = {p + 2}, .body = body}));
  }
  std::uint32_t next = 0;
  while (!batch.empty()) {
    const bytes piece = batch.take();
    CHECK(piece.size() <= 1000);
    const auto read = read_peer_batch(piece);
    REQUIRE(read.has_value());
    for (const peer_message& message : *read) {
      CHECK(message.partition == partition_id{next});
      CHECK(message.from == replica_id{next + 1});
      CHECK(message.to == replica_id{next + 2});
      CHECK(std::ranges::equal(message.body,
                               body_of(8 * std::size_t{next}, static_cast<std::uint8_t>(next))));
      ++next;
    }
  }
  CHECK(next == 20);
  CHECK(batch.bytes_waiting() == 0);
}

TEST_CASE("what waits for a peer that hangs is bounded, and what is lost is counted") {
  peer_batch batch(1000, 200);
  const bytes body = body_of(96, 1);
  std::size_t taken = 0;
  for (int i = 0; i < 100; ++i) taken += batch.add({.body = body}) ? 1U : 0U;
  CHECK(taken == 7);
  CHECK(batch.bytes_waiting() <= 1000);
  CHECK(batch.messages_lost() == 93);
  batch.clear();
  CHECK(batch.empty());
  CHECK(batch.add({.body = body}));
}

TEST_CASE("a batch that was cut or changed is refused or read within its bounds") {
  peer_batch batch(10'000, 10'000);
  for (int i = 0; i < 5; ++i) REQUIRE(batch.add({.body = body_of(40, 7)}));
  const bytes whole = batch.take();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = read_peer_batch(part);
    CHECK((size % 72 == 0) == read.has_value());
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    bytes changed = whole;
    changed[at] ^= std::byte{0xff};
    static_cast<void>(read_peer_batch(changed));
  }
}

TEST_CASE("64 idle partitions on three nodes cost a few writes for each heartbeat") {
  three_nodes nodes(64);
  for (int i = 0; i < 60 && nodes.partitions_led() < 64; ++i) nodes.heartbeat_of_all();
  REQUIRE(nodes.partitions_led() == 64);
  nodes.heartbeat_of_all();

  nodes.messages = 0;
  nodes.pieces = 0;
  constexpr std::uint64_t heartbeats = 50;
  for (std::uint64_t i = 0; i < heartbeats; ++i) nodes.heartbeat_of_all();

  // Each leader asks two followers, and each of them answers.
  CHECK(nodes.messages >= heartbeats * 64 * 3);
  // Questions and answers, from each node to both others.
  CHECK(nodes.pieces <= heartbeats * 2 * 6);
  CHECK(nodes.partitions_led() == 64);
}

}  // namespace reprise::cluster
