// SPDX-License-Identifier: Apache-2.0
//
// What nodes without a copy are told of who leads.
#include "cluster/lead_notice.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

namespace reprise::cluster {
namespace {

lead_notice notice(std::uint64_t in_term, std::uint64_t committed = 10) {
  return {.partition = {3},
          .in_term = {in_term},
          .committed = {committed},
          .members = {{{1}, member_role::voter}, {{2}, member_role::learner}}};
}

TEST_CASE("notices arrive as they were told, and damage is refused or seen") {
  const std::vector<lead_notice> all{notice(4), notice(9, 77)};
  const bytes told = encode(all);
  const auto heard = decode_lead_notices(told);
  REQUIRE(heard.has_value());
  CHECK(*heard == all);
  for (std::size_t i = 0; i < told.size(); ++i) {
    bytes damaged = told;
    damaged[i] ^= std::byte{0x11};
    const auto read = decode_lead_notices(damaged);
    if (!read) CHECK(read.error().code == errc::malformed);
  }
  for (std::size_t size = 0; size < told.size(); ++size) {
    CHECK_FALSE(decode_lead_notices(bytes_view(told).first(size)).has_value());
  }
}

TEST_CASE("a notice that cannot be is refused") {
  for (lead_notice wrong : {notice(0), notice(1), notice(1), notice(1)}) {
    static int which = 0;
    if (which == 1) wrong.members.clear();
    if (which == 2) wrong.members.push_back(wrong.members.front());
    if (which == 3) wrong.members.push_back({{0}, member_role::voter});
    ++which;
    CHECK(decode_lead_notices(encode({wrong})).error().code == errc::malformed);
  }
}

TEST_CASE("C-139 who led once, and has not heard of its successor, cannot take the lead back") {
  heard_lead known;
  CHECK(known.leader() == replica_id{});
  REQUIRE(known.hear({1}, notice(4)));
  REQUIRE(known.hear({2}, notice(5)));
  CHECK_FALSE(known.hear({1}, notice(4, 99)));
  CHECK(known.leader() == replica_id{2});
  CHECK(known.last().in_term == term{5});
  // Nor anybody else in the same term.
  CHECK_FALSE(known.hear({1}, notice(5, 99)));
  CHECK(known.leader() == replica_id{2});
  CHECK(known.hear({2}, notice(5, 99)));
  CHECK(known.last().committed == position{99});
}

TEST_CASE("what was heard already says nothing new") {
  heard_lead known;
  REQUIRE(known.hear({1}, notice(4)));
  CHECK_FALSE(known.hear({1}, notice(4)));
}

}  // namespace
}  // namespace reprise::cluster
