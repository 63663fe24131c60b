// SPDX-License-Identifier: Apache-2.0
//
// The fences round the defects of libraft, each by the shortest story in which it counts. Without
// its fence each of these cases fails.

#include "tests/cluster/core_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::cluster {
namespace {

using namespace std::chrono_literals;

// A follower in term 2 whose log is the founders' entry and records up to `last`, durable;
// committed is what `commit` says.
void follow(core_scene& scene, std::uint64_t last, std::uint64_t commit) {
  scene.start();
  std::vector<bytes> entries;
  for (std::uint64_t i = 2; i <= last; ++i) entries.push_back(records_entry({i}, {2}, {i}));
  scene.receive(2, append_of({2}, {1}, {1}, entries, {commit}));
  scene.sync();
  static_cast<void>(scene.said(raft_message_type::append_result));
}

raft_options small_memory() {
  return {.inflight_entries_max = 2,
          .kept_bytes = 1,
          .kept_entries_max = 4,
          .slack_bytes = 1,
          .slack_entries = 1};
}

}  // namespace

TEST_CASE("a refused pre-vote tells a candidate with an old term of the newer one") {
  core_scene scene(voters(3));
  follow(scene, 4, 4);
  scene.elapse(1200ms);  // its leader is gone
  scene.sync();
  // A newer term, from one whose log is shorter.
  scene.receive(3, {.type = raft_message_type::vote_request,
                    .term = {9},
                    .last = {3},
                    .last_term = {2},
                    .disrupts_leader = true});
  scene.sync();
  static_cast<void>(scene.said(raft_message_type::vote_result));

  scene.receive(2, {.type = raft_message_type::vote_request,
                    .term = {3},
                    .last = {5},
                    .last_term = {2},
                    .pre_vote = true});

  const sent_message answer = scene.last_said(raft_message_type::vote_result);
  CHECK_FALSE(answer.said.granted);
  CHECK(answer.said.term == term{9});
}

TEST_CASE(
    "a learner that does not know that it was made a voter gives its vote, and leads nobody") {
  core_scene scene({{{1}, member_role::learner}, {{2}}, {{3}}});
  follow(scene, 4, 4);
  const auto is_granted = [&](std::uint64_t candidate, bool pre_vote) {
    scene.receive(candidate, {.type = raft_message_type::vote_request,
                              .term = {3},
                              .last = {5},
                              .last_term = {2},
                              .pre_vote = pre_vote});
    scene.sync();
    return scene.last_said(raft_message_type::vote_result).said.granted;
  };
  // Its leader was there a moment ago.
  CHECK_FALSE(is_granted(3, true));
  scene.elapse(1200ms);
  CHECK(is_granted(3, true));
  CHECK(is_granted(3, false));
  CHECK(scene.log.saved.vote == replica_id{3});
  CHECK_FALSE(is_granted(2, false));
  scene.crash();
  scene.start();
  CHECK_FALSE(is_granted(2, false));
  scene.elapse(5000ms);
  CHECK(scene.said(raft_message_type::vote_request).empty());
}

TEST_CASE("a late append does not take back what a follower knows to be committed") {
  core_scene scene(voters(3));
  follow(scene, 6, 6);
  scene.receive(2, append_of({2}, {6}, {2}, {}, {6}));
  REQUIRE(scene.core().committed().index == log_index{6});

  // The leader has committed 7; this message was sent before, was held up, and ends at 2.
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}, {7}));

  CHECK_FALSE(scene.failure.has_value());
  CHECK(scene.core().committed().index == log_index{6});
}

TEST_CASE("a follower accepts an append that begins before what it has in memory") {
  core_scene scene(voters(3), small_memory());
  follow(scene, 20, 20);
  scene.receive(2, append_of({2}, {20}, {2}, {records_entry({21}, {2}, {21})}, {21}));
  scene.sync();
  scene.receive(2, append_of({2}, {21}, {2}, {}, {21}));
  REQUIRE(scene.core().memory_bytes() < 21 * 150);  // something was forgotten
  static_cast<void>(scene.said(raft_message_type::append_result));

  std::vector<bytes> again;
  for (std::uint64_t i = 3; i <= 22; ++i) again.push_back(records_entry({i}, {2}, {i}));
  scene.receive(2, append_of({2}, {2}, {2}, again, {21}));
  scene.sync();

  const sent_message answer = scene.last_said(raft_message_type::append_result);
  CHECK(answer.said.rejected == log_index{});
  CHECK(answer.said.last == log_index{22});
}

TEST_CASE("a late rejection does not starve a follower") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(scene.propose());
    scene.sync();
    scene.confirm(2);
    scene.confirm(3);
  }
  const log_index confirmed = scene.core().last_index();
  // Replica 2 is silent for a while, so the leader asks it one message at a time.
  for (int i = 0; i < 10; ++i) {
    scene.elapse(50ms);
    scene.confirm(3);
  }

  scene.receive(2, {.type = raft_message_type::append_result,
                    .term = scene.core().leadership().term,
                    .rejected = confirmed,
                    .last = {1}});
  REQUIRE(scene.propose());
  static_cast<void>(scene.said(raft_message_type::append));
  scene.elapse(100ms);

  bool sent = false;
  for (const sent_message& message : scene.said(raft_message_type::append)) {
    sent = sent || (message.to == replica_id{2} && !message.said.entries.empty());
  }
  CHECK(sent);
}

TEST_CASE("what is not durable here stays in memory, committed or not") {
  core_scene scene(voters(3), small_memory());
  follow(scene, 2, 2);
  std::vector<bytes> entries;
  for (std::uint64_t i = 3; i <= 20; ++i) entries.push_back(records_entry({i}, {2}, {i}));
  scene.receive(2, append_of({2}, {2}, {2}, entries, {20}));
  REQUIRE(scene.core().committed().index == log_index{20});
  const std::size_t before = scene.core().memory_bytes();
  scene.receive(2, append_of({2}, {20}, {2}, {}, {20}));

  CHECK(scene.core().memory_bytes() == before);
  scene.sync();
  scene.receive(2, append_of({2}, {20}, {2}, {records_entry({21}, {2}, {21})}, {21}));
  scene.sync();
  CHECK(scene.core().memory_bytes() < before);
}

TEST_CASE("while a log is filled, another request to fill it is ignored") {
  core_scene scene(voters(3));
  follow(scene, 2, 2);
  const raft_message install{.type = raft_message_type::install,
                             .term = {2},
                             .last = {30},
                             .last_term = {2},
                             .membership_at = {1},
                             .members = voters(3)};
  scene.receive(2, install);
  REQUIRE(scene.fill.has_value());
  scene.fill.reset();

  raft_message later = install;
  later.last = {40};
  scene.receive(2, later);
  CHECK_FALSE(scene.fill.has_value());

  scene.core().filled({30});
  scene.take();
  CHECK(scene.core().committed() == committed_place{.index = {30}, .at = {30}});
  CHECK(scene.last_said(raft_message_type::append_result).said.last == log_index{30});
}

TEST_CASE("what is cut while it is being written is not appended again before the write ends") {
  core_scene scene(voters(3));
  follow(scene, 2, 2);
  // Entry 3 of term 2 is being written when a leader of term 3 replaces it, and its own is cut by
  // that of term 4, who has the entry of term 2 again.
  scene.receive(2, append_of({2}, {2}, {2}, {records_entry({3}, {2}, {3})}, {2}));
  scene.receive(3, append_of({3}, {2}, {2}, {records_entry({3}, {3}, {3})}, {2}));
  scene.receive(2, append_of({4}, {2}, {2}, {records_entry({3}, {2}, {3})}, {2}));
  scene.sync();
  // The leader repeats it.
  scene.receive(2, append_of({4}, {2}, {2}, {records_entry({3}, {2}, {3})}, {2}));
  scene.sync();
  scene.receive(2, append_of({4}, {3}, {2}, {records_entry({4}, {4}, {4})}, {4}));
  scene.sync();

  CHECK(scene.last_said(raft_message_type::append_result).said.last == log_index{4});
  CHECK(scene.core().committed().index == log_index{4});
  REQUIRE(scene.log.entries.size() == 4);
  CHECK(scene.log.entries[2] == records_entry({3}, {2}, {3}));
}

TEST_CASE("a hand-over in progress is not replaced by another") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  REQUIRE(scene.propose());
  scene.sync();
  CHECK_FALSE(scene.core().leadership().hands_over);
  const auto first = scene.core().transfer_leadership({2});
  REQUIRE(first.has_value());
  CHECK(scene.core().leadership().hands_over);
  CHECK(scene.core().transfer_leadership({3}).error().code == errc::unavailable);
  scene.elapse(500ms);
  CHECK(scene.outcome(*first).has_value());
  CHECK_FALSE(scene.core().leadership().hands_over);
}

TEST_CASE("a change of the membership that is refused leaves nothing behind") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  using kind = membership_change::kind;
  REQUIRE(scene.core().transfer_leadership({2}).has_value());
  CHECK(scene.core().change_membership({kind::demote, {3}}).error().code == errc::unavailable);
  CHECK(scene.core().change_membership({kind::remove, {3}}).error().code == errc::unavailable);
  CHECK(scene.core().change_membership({kind::add, {4}}).error().code == errc::unavailable);
  // Losing the leadership settles what is registered; nothing is.
  scene.receive(2, {.type = raft_message_type::append_result, .term = {99}});
  CHECK(scene.core().leadership().state == replica_state::follower);
}

TEST_CASE("a membership in the middle of an append is committed where it stands") {
  core_scene scene(voters(3));
  follow(scene, 2, 2);
  membership four = voters(3);
  four.push_back({{4}, member_role::spare});
  scene.receive(2, append_of({2}, {2}, {2},
                             {records_entry({3}, {2}, {3}), records_entry({4}, {2}, {4}),
                              members_entry({5}, {2}, {5}, four)},
                             {2}));
  scene.sync();
  scene.members.reset();
  scene.receive(2, append_of({2}, {5}, {2}, {}, {5}));
  REQUIRE(scene.core().committed().index == log_index{5});
  CHECK(scene.members == four);

  // As a leader it can change the membership further.
  scene.lead();
  CHECK(scene.core().change_membership({membership_change::kind::remove, {4}}).has_value());
}

TEST_CASE("a tail that is cut brings back the last membership that was committed") {
  core_scene scene(voters(3));
  follow(scene, 2, 2);
  membership with_four = voters(3);
  with_four.push_back({{4}, member_role::spare});
  membership with_five = with_four;
  with_five.push_back({{5}, member_role::spare});
  // From a new leader, which does not know yet that the first of the two is committed.
  scene.receive(2, append_of({3}, {2}, {2},
                             {members_entry({3}, {2}, {3}, with_four),
                              members_entry({4}, {2}, {4}, with_five)},
                             {2}));
  scene.sync();
  scene.members.reset();
  scene.receive(3, append_of({4}, {3}, {2}, {barrier_entry({4}, {4}, {4})}, {4}));
  scene.sync();

  CHECK(scene.core().committed().index == log_index{4});
  scene.lead();
  CHECK(scene.core().change_membership({membership_change::kind::remove, {5}}).error().code ==
        errc::invalid_argument);
  CHECK(scene.core().change_membership({membership_change::kind::remove, {4}}).has_value());
}

TEST_CASE("a leader changes no membership before an entry of its own term is committed") {
  core_scene scene(voters(3));
  scene.start();
  scene.win_election();
  const membership_change change{membership_change::kind::add, {4}};
  CHECK(scene.core().change_membership(change).error().code == errc::unavailable);
  CHECK(scene.propose().error().code == errc::unavailable);
  scene.sync();
  scene.confirm(2);
  CHECK(scene.core().change_membership(change).has_value());
}

}  // namespace reprise::cluster
