// SPDX-License-Identifier: Apache-2.0
#include "persistence/head_map.hpp"

#include "base/random.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>

namespace reprise::persistence {
namespace {

using state = aggregate_head::state;

aggregate_head random_head(base::random& random) {
  aggregate_head head{.last = {random.below(1000)}, .at = {random.below(1'000'000) + 1}};
  head.is = random.below(3) == 0 ? state::deleted : state::live;
  if (random.below(4) == 0) head.begins = {random.below(9) + 1};
  if (random.below(4) == 0) head.first_readable = {random.below(9) + 1};
  return head;
}

}  // namespace

TEST_CASE("an aggregate that was never put is absent") {
  const head_map empty;
  CHECK(empty.find({1, 2}) == aggregate_head{});
  CHECK(empty.size() == 0);
}

TEST_CASE("a head map does what a map does") {
  base::random random(7);
  head_map heads;
  std::map<aggregate_hash, aggregate_head> model;
  for (int i = 0; i < 20'000; ++i) {
    // Few low words, so that neighbours in the table belong together.
    const aggregate_hash hash{random.below(64) << 58U, random.below(100)};
    if (random.below(3) == 0) {
      heads.erase(hash);
      model.erase(hash);
      continue;
    }
    const aggregate_head head = random_head(random);
    heads.put(hash, head);
    model[hash] = head;
  }
  CHECK(heads.size() == model.size());
  for (const auto& [hash, head] : model) REQUIRE(heads.find(hash) == head);
  CHECK(heads.find({64, 0}) == aggregate_head{});
  for (std::uint64_t low = 0; low < 64; ++low) {
    for (std::uint64_t high = 0; high < 100; ++high) {
      const aggregate_hash hash{low << 58U, high};
      if (model.count(hash) == 0) REQUIRE(heads.find(hash) == aggregate_head{});
    }
  }

  std::map<aggregate_hash, aggregate_head> visited;
  heads.for_each([&](const aggregate_hash& hash, const aggregate_head& head) {
    CHECK(visited.emplace(hash, head).second);
  });
  CHECK(visited == model);
}

TEST_CASE("what was reserved does not change what is there") {
  head_map heads;
  const aggregate_head head{.last = {3}, .at = {9}, .is = state::live};
  heads.put({5, 6}, head);
  heads.reserve(100'000);
  CHECK(heads.find({5, 6}) == head);
  CHECK(heads.size() == 1);
}

}  // namespace reprise::persistence
