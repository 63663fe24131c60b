// SPDX-License-Identifier: Apache-2.0
//
// A partition of a group whose ledger people change, too.
#include "consumers/held_share.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace reprise::consumers {
namespace {

group_parked_event parked_at(std::uint64_t at) {
  return {.at = {at}, .cause = "it failed", .assignments = 1};
}

// The ledger as it is after so many changes.
group_share share_after(std::uint64_t changes, std::initializer_list<std::uint64_t> parked,
                        std::initializer_list<std::uint64_t> ordered = {}) {
  group_share out{.holding = 1, .known = {changes}, .through = {9}};
  for (const std::uint64_t at : parked) out.parked.push_back(parked_at(at));
  for (const std::uint64_t at : ordered) out.ordered.push_back({at});
  return out;
}

std::vector<std::uint64_t> parked_in(const held_share& share) {
  std::vector<std::uint64_t> out;
  for (const auto& [at, what] : share.parked()) out.push_back(at.value);
  return out;
}

std::vector<std::uint64_t> taken_from(held_share& share) {
  std::vector<std::uint64_t> out;
  while (const auto at = share.take_ordered()) {
    share.try_again(*at);
    out.push_back(at->value);
  }
  return out;
}

using places = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a change of the ledger by somebody else is noticed, and its own is not taken for one") {
  held_share share(share_after(4, {3}));
  CHECK_FALSE(share.is_outdated({4}));
  CHECK(share.is_outdated({5}));
  share.settle({3});
  static_cast<void>(share.take_change());
  // Its own is on its way.
  CHECK_FALSE(share.is_outdated({5}));
  share.kept(sequence{5}, {});
  CHECK_FALSE(share.is_outdated({5}));
  share.done({7}, {});
  static_cast<void>(share.take_change());
  // There was one before it.
  share.kept(sequence{7}, {});
  CHECK(share.is_outdated({7}));
  CHECK(share.take_orders(share_after(7, {})));
  CHECK_FALSE(share.is_outdated({7}));
}

TEST_CASE("what people order is taken over once, and what they skip is parked no more") {
  held_share share(share_after(4, {2, 3, 5}));
  REQUIRE(share.take_orders(share_after(5, {2, 3, 5}, {2, 5})));
  REQUIRE(share.take_orders(share_after(6, {2, 3, 5}, {2, 5})));
  CHECK(taken_from(share) == places{2, 5});
  // They are being tried now; one of them is skipped meanwhile, and tried to its end.
  REQUIRE(share.take_orders(share_after(7, {3, 5}, {5})));
  CHECK(taken_from(share).empty());
  CHECK(parked_in(share) == places{2, 3, 5});
  share.settle({2});
  share.settle({5});
  REQUIRE(share.take_orders(share_after(8, {5}, {5})));
  CHECK(taken_from(share).empty());
  CHECK(parked_in(share).empty());
}

TEST_CASE("an order is not carried out again by what is not kept yet") {
  held_share share(share_after(4, {2}, {2}));
  CHECK(taken_from(share) == places{2});
  // It failed again, and was parked beside another one.
  share.park(parked_at(2));
  share.park(parked_at(6));
  REQUIRE(share.take_orders(share_after(5, {2}, {2})));
  CHECK(taken_from(share).empty());
  CHECK(parked_in(share) == places{2, 6});
  static_cast<void>(share.take_change());
  REQUIRE(share.take_orders(share_after(6, {}, {})));
  CHECK(parked_in(share) == places{2, 6});
  share.kept(sequence{7}, {});
  // What was read before is older than what was kept.
  REQUIRE(share.take_orders(share_after(6, {2}, {2})));
  CHECK(taken_from(share).empty());
  CHECK(parked_in(share) == places{2, 6});
}

TEST_CASE("a ledger that another one has taken up is not followed any more") {
  held_share share(share_after(4, {2}));
  group_share other = share_after(9, {2}, {2});
  other.holding = 2;
  CHECK_FALSE(share.take_orders(other));
}

}  // namespace reprise::consumers
