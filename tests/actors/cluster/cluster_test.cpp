// SPDX-License-Identifier: Apache-2.0
//
// Whole nodes of a cluster: commands from everywhere to everywhere, and what becomes of them when
// nodes come and go.
#include "tests/actors/cluster/node_group.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
using add = counter::cmd::add;
using get = counter::cmd::get;

TEST_CASE("C-047 any node reaches any aggregate", "[cluster]") {
  node_group group;
  group.start_all();
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::string id = "c" + std::to_string(i);
    for (std::uint64_t asker = 1; asker <= 3; ++asker) {
      CHECK(group.counter_at(asker, id).ask(add{asker}).get().total == asker * (asker + 1) / 2);
    }
    CHECK(group.counter_at(1 + i % 3, id).ask(get{}).get().total == 6);
  }
}

TEST_CASE("a rejection travels as one", "[cluster]") {
  node_group group;
  group.start_all();
  for (std::uint64_t asker = 1; asker <= 3; ++asker) {
    const auto answer = group.counter_at(asker, "c").ask(add{0}).result();
    REQUIRE(answer.has_value());
    REQUIRE(answer->is_rejection());
    CHECK(answer->why().code == "zero");
  }
}

TEST_CASE("C-074 a majority of the nodes is enough, a minority serves nothing", "[cluster]") {
  node_group group;
  group.start(1);
  const auto alone = group.counter_at(1, "c").ask(add{1}, {.timeout = 500ms}).result();
  REQUIRE_FALSE(alone.has_value());
  // C-054: it was never handled, and that is known.
  CHECK(alone.error().code == errc::unavailable);

  group.start(2);
  CHECK(group.counter_at(1, "c").ask(add{1}).get().total == 1);
  CHECK(group.counter_at(2, "c").ask(get{}).get().total == 1);
}

TEST_CASE("C-050 C-042 commands go on when nodes stop and come back", "[cluster]") {
  node_group group;
  group.start_all();
  std::uint64_t sum = 0;
  for (std::uint64_t round = 0; round < 6; ++round) {
    const std::uint64_t away = 1 + round % 3;
    const std::uint64_t asker = 1 + (round + 1) % 3;
    group.stop(away);
    for (std::uint64_t i = 0; i < 20; ++i) {
      ++sum;
      CHECK(group.counter_at(asker, "c").ask(add{1}).get().total == sum);
      group.counter_at(asker, "d" + std::to_string(i)).ask(add{1}).get();
    }
    group.start(away);
    CHECK(group.counter_at(away, "c").ask(get{}).get().total == sum);
  }
}

TEST_CASE("C-052 a command that is repeated at another node is handled once", "[cluster]") {
  node_group group;
  group.start_all();
  const command_id id = derive_command_id("the one");
  const auto first = group.counter_at(1, "c").ask(add{5}, {.id = id}).result();
  REQUIRE(first.has_value());
  for (std::uint64_t asker = 1; asker <= 3; ++asker) {
    const auto again = group.counter_at(asker, "c").ask(add{5}, {.id = id}).result();
    REQUIRE(again.has_value());
    CHECK(again->at() == first->at());
    CHECK(again->value().total == 5);
  }
  group.stop(1);
  const auto later = group.counter_at(2, "c").ask(add{5}, {.id = id}).result();
  REQUIRE(later.has_value());
  CHECK(later->at() == first->at());
}

TEST_CASE("C-056 what waits for a leader is bounded", "[cluster]") {
  node_group group({.waiting_bytes_max = 1 << 20});
  group.start(1);
  // Nobody leads, so all of it waits.
  std::vector<reply<counting::counter_state>> waiting;
  bool refused = false;
  while (!refused && waiting.size() < 100'000) {
    const std::string id = "c" + std::to_string(waiting.size());
    waiting.push_back(group.counter_at(1, id).ask(add{1}, {.timeout = 60s}));
    if (waiting.size() % 500 != 0) continue;
    const auto probe = group.counter_at(1, "p").ask(add{1}, {.timeout = 1ms}).result();
    refused = !probe.has_value() && probe.error().code == errc::overloaded;
  }
  CHECK(refused);
}

}  // namespace
}  // namespace reprise::testing
