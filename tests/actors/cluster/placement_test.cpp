// SPDX-License-Identifier: Apache-2.0
//
// Whole nodes that have copies of some partitions only.
#include "tests/actors/cluster/node_group.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::testing {
namespace {

using add = counter::cmd::add;
using get = counter::cmd::get;

// Of five nodes the first one has everything.
group_options one_of_five_has_all() {
  return {.nodes = 5, .partitions = 8, .with_chosen_copies = {2, 3, 4, 5}};
}

// How many partitions that node has no copy of.
std::size_t lacks(const client& asked) {
  const auto status = asked.status(0);
  if (!status) return 0;
  std::size_t found = 0;
  const std::string no_copy = R"("held":false)";
  for (auto at = status->find(no_copy); at != std::string::npos;
       at = status->find(no_copy, at + 1)) {
    ++found;
  }
  return found;
}

// 8 partitions, of which 4 nodes have 3 copies each, beside those of the first one's votes.
bool has_few_copies(node_group& group) {
  return comes_true([&] {
    for (std::uint64_t n = 2; n <= 5; ++n) {
      if (lacks(group.client_of(n)) == 0) return false;
    }
    return lacks(group.client_of(1)) == 0;
  });
}

TEST_CASE("any node reaches any aggregate, whoever has copies of it", "[cluster]") {
  node_group group(one_of_five_has_all());
  group.start_all();
  REQUIRE(has_few_copies(group));
  std::uint64_t total = 0;
  for (std::uint64_t i = 1; i <= 60; ++i, total += i) {
    const std::string id = "c" + std::to_string(i % 12);
    REQUIRE(group.counter_at(1 + i % 5, id).ask(add{1}).result().has_value());
  }
  group.stop(2);
  for (std::uint64_t i = 0; i < 12; ++i) {
    const std::string id = "c" + std::to_string(i);
    for (const std::uint64_t asker : {1U, 3U, 4U, 5U}) {
      CHECK(group.counter_at(asker, id).ask(get{}, {.linearizable = true}).get().total == 5);
    }
  }
}

TEST_CASE("what reads all logs belongs on a node that has them", "[cluster]") {
  node_group group(one_of_five_has_all());
  group.start_all();
  REQUIRE(has_few_copies(group));
  group.at(1).project<sums>();
  std::vector<receipt> receipts;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto answer =
        group.counter_at(2 + i % 4, "c" + std::to_string(i % 10)).ask(add{i}).result();
    if (answer && i % 10 != 0) receipts.push_back(answer->at());
  }
  const auto seen = group.at(1).view<sums>(receipts);
  for (std::uint64_t c = 1; c < 10; ++c) {
    CHECK(seen->by_counter.get("c" + std::to_string(c)) == 4 * c + 60);
  }
  const auto refused = [](const auto& outcome) {
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().code == errc::invalid_argument);
    CHECK(outcome.error().message.find("copies of all") != std::string::npos);
  };
  refused(group.at(2).try_project<sums>());
  refused(group.at(2).try_subscribe({}, {.event = [](const received&) {}}));
}

TEST_CASE("what is in a partition is told by who has it", "[cluster]") {
  node_group group(one_of_five_has_all());
  group.start_all();
  REQUIRE(has_few_copies(group));
  std::size_t refused = 0;
  for (std::uint64_t i = 0; i < 16; ++i) {
    const std::string id = "c" + std::to_string(i);
    const auto answer = group.counter_at(3, id).ask(add{i + 1}).result();
    REQUIRE(answer.has_value());
    const auto here = group.counter_at(3, id).at(answer->at().sequence);
    if (here) {
      CHECK(here->state.total == i + 1);
    } else if (here.error().code == errc::unavailable) {
      ++refused;
    } else {
      // A copy may be a little behind.
      CHECK(here.error().code == errc::beyond_head);
    }
    CHECK(
        comes_true([&] { return group.counter_at(1, id).at(answer->at().sequence).has_value(); }));
  }
  CHECK(refused > 0);
}

TEST_CASE("steps of sagas happen once, wherever copies are", "[cluster]") {
  node_group group(one_of_five_has_all());
  for (std::uint64_t n = 1; n <= 5; ++n) {
    group.start(n);
    group.at(n).host<tally>();
    group.at(n).host<tallying>();
    group.at(n).host<echoing>();
  }
  REQUIRE(has_few_copies(group));
  std::uint64_t sum = 0;
  const auto add_some = [&](std::uint64_t asker) {
    for (std::uint64_t i = 1; i <= 20; ++i) {
      group.counter_at(asker, "c" + std::to_string(i % 7)).ask(add{i}).get();
      sum += i;
    }
  };
  add_some(3);
  group.stop(4);
  add_some(5);
  const auto total = [&](const std::string& which) {
    return group.at(2).of<tally>(which).ask(tally::cmd::look{}).get().total;
  };
  for (const char* const which : {"all", "echo"}) {
    INFO(which);
    CHECK(comes_true([&] { return total(which) >= sum; }));
    CHECK(total(which) == sum);
  }
}

}  // namespace
}  // namespace reprise::testing
