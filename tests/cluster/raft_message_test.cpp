// SPDX-License-Identifier: Apache-2.0
//
// The bytes of messages: what is written is read, and what no sound replica sends is refused.

#include "cluster/raft_message.hpp"

#include "base/random.hpp"
#include "tests/cluster/core_scene.hpp"
#include "tests/environment.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>

namespace reprise::cluster {
namespace {

bytes encoded(const raft_message& message) {
  bytes out;
  encode_raft_message(message, out);
  return out;
}

raft_message some_append() {
  static const std::vector<bytes> entries{records_entry({4}, {2}, {9}, 3),
                                          barrier_entry({5}, {3}, {12}),
                                          members_entry({6}, {3}, {13}, voters(3))};
  raft_message message = append_of({3}, {3}, {2}, entries, {3});
  message.version = 1;
  return message;
}

std::vector<raft_message> one_of_each() {
  return {some_append(),
          {.type = raft_message_type::append_result,
           .version = 1,
           .term = {5},
           .rejected = {9},
           .last = {7},
           .features = 1,
           .capacity = 65535},
          {.type = raft_message_type::vote_request,
           .version = 2,
           .term = {5},
           .last = {9},
           .last_term = {4},
           .disrupts_leader = true,
           .pre_vote = true},
          {.type = raft_message_type::vote_result, .version = 2, .term = {5}, .granted = true},
          {.type = raft_message_type::install,
           .version = 1,
           .term = {5},
           .last = {9},
           .last_term = {4},
           .membership_at = {8},
           .members = {{{1}, member_role::voter}, {{2}, member_role::learner}}},
          {.type = raft_message_type::timeout_now,
           .version = 1,
           .term = {5},
           .last = {9},
           .last_term = {5}}};
}

void check_same(const raft_message& read, const raft_message& written) {
  CHECK(read.type == written.type);
  CHECK(read.term == written.term);
  CHECK(read.previous == written.previous);
  CHECK(read.previous_term == written.previous_term);
  CHECK(read.leader_commit == written.leader_commit);
  CHECK(read.rejected == written.rejected);
  CHECK(read.last == written.last);
  CHECK(read.last_term == written.last_term);
  CHECK(read.disrupts_leader == written.disrupts_leader);
  CHECK(read.pre_vote == written.pre_vote);
  CHECK(read.granted == written.granted);
  CHECK(read.features == written.features);
  CHECK(read.capacity == written.capacity);
  CHECK(read.membership_at == written.membership_at);
  CHECK(read.members == written.members);
  CHECK(read.version == written.version);
  CHECK(read.entries.size() == written.entries.size());
}

errc refusal_of(const std::function<void(raft_message&)>& change) {
  raft_message message = some_append();
  change(message);
  const auto read = decode_raft_message(scene_partition, encoded(message));
  return read ? errc::stopped : read.error().code;
}

}  // namespace

TEST_CASE("a message of each type is read as it was written") {
  for (const raft_message& written : one_of_each()) {
    const bytes body = encoded(written);
    CHECK(body.size() % 8 == 0);
    const auto read = decode_raft_message(scene_partition, body);
    REQUIRE(read.has_value());
    check_same(*read, written);
  }
}

TEST_CASE("entries travel as they are stored, with what consensus needs to know of them") {
  const bytes body = encoded(some_append());
  const auto read = decode_raft_message(scene_partition, body);
  REQUIRE(read.has_value());
  REQUIRE(read->entries.size() == 3);
  CHECK(read->entries[0].kind == entry_kind::records);
  CHECK(read->entries[0].header.last() == position{11});
  CHECK(read->entries[1].kind == entry_kind::barrier);
  CHECK(read->entries[2].kind == entry_kind::members);
  CHECK(read->entries[2].members == voters(3));
  CHECK(std::ranges::equal(read->entries[2].stored, members_entry({6}, {3}, {13}, voters(3))));
}

TEST_CASE("entries that do not fit behind one another are refused") {
  static const bytes damaged = [] {
    bytes entry = records_entry({4}, {2}, {9}, 3);
    entry.back() ^= std::byte{1};
    return entry;
  }();
  static const bytes gap = barrier_entry({5}, {3}, {13});
  static const bytes leap = barrier_entry({7}, {3}, {12});
  static const bytes old_term = barrier_entry({5}, {1}, {12});
  static const bytes new_term = barrier_entry({5}, {4}, {12});
  CHECK(refusal_of([](raft_message& m) { m.entries[0].stored = damaged; }) == errc::corrupt);
  CHECK(refusal_of([](raft_message& m) { m.entries[1].stored = gap; }) == errc::malformed);
  CHECK(refusal_of([](raft_message& m) { m.entries[1].stored = leap; }) == errc::malformed);
  CHECK(refusal_of([](raft_message& m) { m.entries[1].stored = old_term; }) == errc::malformed);
  CHECK(refusal_of([](raft_message& m) { m.entries[1].stored = new_term; }) == errc::malformed);
  CHECK(refusal_of([](raft_message& m) { m.previous = {2}; }) == errc::malformed);
  CHECK(refusal_of([](raft_message& m) { m.previous_term = {0}; }) == errc::malformed);
  CHECK(refusal_of([](raft_message& m) { m.term = {0}; }) == errc::malformed);
  CHECK(refusal_of([](raft_message&) {}) == errc::stopped);
}

TEST_CASE("an entry of another partition is refused") {
  const auto read = decode_raft_message({8}, encoded(some_append()));
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == errc::malformed);
}

TEST_CASE("a membership without members, or with one twice, is refused") {
  raft_message message = one_of_each()[4];
  message.members.clear();
  CHECK_FALSE(decode_raft_message(scene_partition, encoded(message)).has_value());
  message.members = {{{3}}, {{3}}};
  CHECK_FALSE(decode_raft_message(scene_partition, encoded(message)).has_value());
  message.members = {{{0}}};
  CHECK_FALSE(decode_raft_message(scene_partition, encoded(message)).has_value());
}

TEST_CASE("a message that is cut short anywhere is refused") {
  for (const raft_message& written : one_of_each()) {
    const bytes whole = encoded(written);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(decode_raft_message(scene_partition, part).has_value());
    }
  }
}

TEST_CASE("a core survives messages in which anything was changed") {
  const std::uint64_t first = test::number_from("REPRISE_SEED", 2026);
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    INFO("REPRISE_SEED=" << seed);
    base::random choose(seed);
    core_scene scene(voters(3));
    scene.start();
    for (int i = 0; i < 40 && !scene.failure; ++i) {
      const std::vector<raft_message> all = one_of_each();
      bytes body = encoded(all[choose.below(all.size())]);
      for (std::uint64_t changes = choose.below(4); changes > 0; --changes) {
        // Among the numbers: what is behind them has checksums.
        body[choose.below(48)] = std::byte(choose.below(4));
      }
      static_cast<void>(scene.core().receive({2 + choose.below(2)}, body));
      scene.take();
      if (choose.below(2) == 0) scene.sync();
      if (choose.below(4) == 0) scene.elapse(scene.options.heartbeat * 4);
    }
  }
}

}  // namespace reprise::cluster
