// SPDX-License-Identifier: Apache-2.0
//
// One core by hand: votes, what waits for the disk, what is refused, what is kept in memory.

#include "tests/cluster/core_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace reprise::cluster {
namespace {

using namespace std::chrono_literals;

raft_message vote_request(term in, log_index last, term last_term) {
  return {
      .type = raft_message_type::vote_request, .term = in, .last = last, .last_term = last_term};
}

// A follower in term 3, with entries 1 to 4 of which the last is of term 2, that hears no leader.
void idle_voter(core_scene& scene) {
  for (std::uint64_t i = 2; i <= 4; ++i) {
    scene.log.entries.push_back(records_entry({i}, {2}, {i}));
  }
  scene.log.saved = {.term = {3}};
  scene.start();
}

}  // namespace

TEST_CASE("C-026 a vote is granted only where it may be, row by row") {
  struct row {
    std::uint64_t candidate_term;
    std::uint64_t voted_for;  // before, in term 3
    std::uint64_t last;
    std::uint64_t last_term;
    bool granted;
  };
  std::vector<row> table;
  for (const std::uint64_t in : {2U, 3U, 4U}) {
    for (const std::uint64_t voted : {0U, 2U, 3U}) {
      // Older, equal and newer: by the term of the last entry, then by its index.
      for (const auto& [last, last_term, enough] :
           {std::tuple{9U, 1U, false}, std::tuple{3U, 2U, false}, std::tuple{4U, 2U, true},
            std::tuple{5U, 2U, true}}) {
        const bool free = in > 3 || voted == 0 || voted == 2;
        table.push_back({in, voted, last, last_term, in >= 3 && free && enough});
      }
    }
  }
  for (const row& each : table) {
    core_scene scene(voters(3));
    for (std::uint64_t i = 2; i <= 4; ++i) {
      scene.log.entries.push_back(records_entry({i}, {2}, {i}));
    }
    scene.log.saved = {.term = {3}, .vote = {each.voted_for}};
    scene.start();
    scene.receive(2, vote_request({each.candidate_term}, {each.last}, {each.last_term}));
    scene.sync();
    INFO("term " << each.candidate_term << ", voted for " << each.voted_for << ", last "
                 << each.last << " of term " << each.last_term);
    CHECK(scene.last_said(raft_message_type::vote_result).said.granted == each.granted);
    if (each.granted) CHECK(scene.log.saved.vote == replica_id{2});
  }
}

TEST_CASE("C-027 a vote is durable before it is told") {
  core_scene scene(voters(3));
  idle_voter(scene);
  scene.receive(2, vote_request({4}, {4}, {2}));
  CHECK(scene.said(raft_message_type::vote_result).empty());
  scene.sync();
  CHECK(scene.last_said(raft_message_type::vote_result).said.granted);

  scene.crash();
  scene.start();
  scene.receive(3, vote_request({4}, {4}, {2}));
  scene.sync();
  CHECK_FALSE(scene.last_said(raft_message_type::vote_result).said.granted);
}

TEST_CASE("a vote that is repeated stands on the disk all the while") {
  core_scene scene(voters(3));
  idle_voter(scene);
  scene.receive(2, vote_request({4}, {4}, {2}));
  scene.sync();
  scene.receive(2, vote_request({4}, {4}, {2}));
  for (const log_write& write : scene.unsynced) {
    if (write.state) CHECK(write.state->vote == replica_id{2});
  }
  scene.sync();
  CHECK(scene.log.saved == hard_state{.term = {4}, .vote = {2}});
}

TEST_CASE("C-007 a follower confirms only what its disk has") {
  core_scene scene(voters(3));
  scene.start();
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}));
  CHECK(scene.said(raft_message_type::append_result).empty());
  scene.sync();
  CHECK(scene.last_said(raft_message_type::append_result).said.last == log_index{2});
}

TEST_CASE("C-006 C-002 a leader's own entry counts once it is durable, and is settled once") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  const auto request = scene.propose();
  REQUIRE(request.has_value());
  CHECK_FALSE(scene.outcome(*request).has_value());
  scene.confirm(2);
  CHECK_FALSE(scene.outcome(*request).has_value());
  scene.sync();
  CHECK(scene.outcome(*request) == true);
  scene.confirm(2);
  scene.confirm(3);
  CHECK(scene.settled.size() == 1);
}

TEST_CASE("C-017 an entry of an old term is not committed by counting who has it") {
  core_scene scene(voters(3));
  scene.log.entries.push_back(records_entry({2}, {2}, {2}));
  scene.log.saved = {.term = {2}};
  scene.start();
  scene.win_election();
  scene.sync();
  const auto confirm_up_to = [&](std::uint64_t index) {
    for (const std::uint64_t from : {2U, 3U}) {
      scene.receive(from, {.type = raft_message_type::append_result,
                           .term = scene.core().leadership().term,
                           .last = {index}});
    }
  };
  confirm_up_to(2);  // all three have it, and still another leader may overwrite it
  CHECK(scene.core().committed().index == log_index{1});
  confirm_up_to(3);
  CHECK(scene.core().committed().index >= log_index{3});
}

TEST_CASE("C-009 a tail is cut at the first entry that differs, and a matching one not at all") {
  core_scene scene(voters(3));
  scene.start();
  scene.receive(2, append_of({2}, {1}, {1},
                             {records_entry({2}, {2}, {2}), records_entry({3}, {2}, {3}),
                              records_entry({4}, {2}, {4})}));
  scene.sync();
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}));
  CHECK(scene.unsynced.empty());

  scene.receive(
      3, append_of({3}, {1}, {1}, {records_entry({2}, {2}, {2}), records_entry({3}, {3}, {3}, 5)}));
  bool cut = false;
  for (const log_write& write : scene.unsynced) {
    if (write.cut_from) CHECK(*write.cut_from == log_index{3});
    cut = cut || write.cut_from.has_value();
  }
  CHECK(cut);
  scene.sync();
  CHECK(scene.log.entries.size() == 3);
  CHECK(scene.core().next_position() == position{8});
}

TEST_CASE("C-010 a follower commits no further than its own log") {
  core_scene scene(voters(3));
  scene.start();
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}, {9}));
  CHECK(scene.core().committed() == committed_place{.index = {2}, .at = {2}});
}

TEST_CASE("a leader that has committed nothing of its own is not believed to know what is") {
  core_scene scene(voters(3));
  scene.start();
  CHECK_FALSE(scene.core().told().has_value());
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}, {2}));
  REQUIRE(scene.core().told().has_value());
  CHECK(scene.core().told()->committed == log_index{2});
  const auto told_at = scene.core().told()->at;

  scene.clock.add(std::chrono::seconds(1));
  scene.receive(3, append_of({3}, {2}, {2}, {records_entry({3}, {3}, {3})}, {2}));
  CHECK(scene.core().told()->at == told_at);
  scene.receive(3, append_of({3}, {3}, {3}, {}, {3}));
  CHECK(scene.core().told()->committed == log_index{3});
  CHECK(scene.core().told()->at == scene.clock.steady());
}

TEST_CASE("what may be read is committed, durable here, and not about to be cut") {
  core_scene scene(voters(3));
  scene.start();
  scene.receive(
      2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2}), records_entry({3}, {2}, {3})}));
  scene.sync();
  CHECK(scene.core().readable().index == log_index{1});

  // The entries on disk are replaced; the new ones are committed, and not on disk yet.
  scene.receive(3, append_of({3}, {1}, {1},
                             {records_entry({2}, {3}, {2}), records_entry({3}, {3}, {3})}, {3}));
  CHECK(scene.core().committed().index == log_index{3});
  CHECK(scene.core().readable().index == log_index{1});
  scene.sync();
  CHECK(scene.core().readable() == committed_place{.index = {3}, .at = {3}});
}

TEST_CASE("C-004 confirmations of what the leader does not have commit nothing") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  const committed_place before = scene.core().committed();
  for (const std::uint64_t from : {2U, 3U}) {
    scene.receive(from, {.type = raft_message_type::append_result,
                         .term = scene.core().leadership().term,
                         .last = {before.index.value + 50}});
    scene.receive(from, {.type = raft_message_type::append_result,
                         .term = scene.core().leadership().term,
                         .last = {1}});
  }
  CHECK(scene.core().committed() == before);
}

TEST_CASE("a follower that is sent positions with a gap fails and writes nothing of it") {
  core_scene scene(voters(3));
  scene.start();
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {5})}));
  REQUIRE(scene.failure.has_value());
  CHECK(scene.failure->code == errc::corrupt);
  scene.sync();
  CHECK(scene.log.entries.size() == 1);
}

TEST_CASE("a follower fails when a leader has another entry than is committed here") {
  for (const bool by_previous : {true, false}) {
    core_scene scene(voters(3));
    scene.start();
    scene.receive(2, append_of({2}, {1}, {1},
                               {records_entry({2}, {2}, {2}), records_entry({3}, {2}, {3})}, {3}));
    scene.sync();
    if (by_previous) {
      scene.receive(3, append_of({5}, {3}, {4}, {records_entry({4}, {5}, {4})}));
    } else {
      scene.receive(3, append_of({5}, {2}, {2}, {records_entry({3}, {5}, {3})}));
    }
    REQUIRE(scene.failure.has_value());
    CHECK(scene.failure->code == errc::corrupt);
    CHECK(scene.unsynced.empty());
  }
}

TEST_CASE("C-040 a leader that is deposed settles what it had proposed as not known") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  const auto request = scene.propose();
  REQUIRE(request.has_value());
  scene.sync();
  scene.receive(2, {.type = raft_message_type::append_result, .term = {50}});
  CHECK(scene.core().leadership().state == replica_state::follower);
  CHECK_FALSE(scene.core().leadership().ready);
  CHECK(scene.outcome(*request) == false);
  CHECK(scene.propose().error().code == errc::unavailable);
}

TEST_CASE("the entry of a proposal says its index, its term and what was committed") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  const position next = scene.core().next_position();
  const position committed = scene.core().committed().at;
  REQUIRE(scene.propose(4));
  scene.sync();
  const auto entry = open_log_entry(scene.log.entries.back());
  REQUIRE(entry.has_value());
  CHECK(entry->header == messages::entry_header{.partition = scene_partition,
                                                .records = 4,
                                                .first = next,
                                                .index = scene.core().last_index().value,
                                                .term = scene.core().leadership().term.value,
                                                .committed = committed});
}

TEST_CASE("records at a position that is not next, or that are too large, are refused") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  const bytes body(64);
  const std::vector<std::uint32_t> offsets{0};
  const position next = scene.core().next_position();
  const proposal off{.records = 1, .first = next.next(), .offsets = offsets, .body = body};
  CHECK(scene.core().propose(off).error().code == errc::invalid_argument);
  const bytes large(entry_bytes_max);
  const proposal big{.records = 1, .first = next, .offsets = offsets, .body = large};
  CHECK(scene.core().propose(big).error().code == errc::too_large);
  CHECK(scene.core().next_position() == next);
}

TEST_CASE("C-092 what waits for followers in memory is bounded, for a partition and for a node") {
  const auto propose_until_refused = [](core_scene& scene) {
    for (int i = 0; i < 1000; ++i) {
      const auto request = scene.propose(1, 4096);
      scene.sync();
      if (!request) return request.error().code;
    }
    return errc::stopped;
  };
  core_scene one(voters(3), {.memory_bytes_max = std::size_t{256} << 10U});
  one.start();
  one.lead();
  CHECK(propose_until_refused(one) == errc::overloaded);
  CHECK(one.core().memory_bytes() < std::size_t{270} << 10U);

  core_scene many(voters(3));
  many.budget = memory_budget(std::uint64_t{128} << 10U);
  many.start();
  many.lead();
  CHECK(propose_until_refused(many) == errc::overloaded);
  // It goes on once the followers have caught up.
  many.confirm(2);
  many.confirm(2);
  many.elapse(100ms);
  CHECK(many.propose(1, 4096).has_value());
}

TEST_CASE("what waits for a disk that never answers is bounded") {
  core_scene scene(voters(3));
  idle_voter(scene);
  for (int i = 0; i < 100'000; ++i) {
    scene.receive(2, vote_request({4 + static_cast<std::uint64_t>(i)}, {9}, {3}));
  }
  CHECK(scene.said(raft_message_type::vote_result).empty());
  CHECK(scene.core().memory_bytes() < std::size_t{3} << 20U);
}

TEST_CASE("what is committed leaves memory, but for the newest part") {
  core_scene scene(voters(3), {.kept_bytes = 20'000, .slack_bytes = 10'000});
  scene.start();
  scene.lead();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(scene.propose(1, 1000));
    scene.sync();
    scene.confirm(2);
    scene.confirm(3);
  }
  CHECK(scene.core().memory_bytes() < 40'000);
  CHECK(scene.core().memory_bytes() > 10'000);
}

TEST_CASE("less of the log stays in memory where all partitions of a node keep much") {
  core_scene scene(voters(3), {.kept_bytes = 200'000, .kept_bytes_shared = 20'000});
  const auto fill = [&] {
    for (int i = 0; i < 100; ++i) {
      REQUIRE(scene.propose(1, 1000));
      scene.sync();
      scene.confirm(2);
      scene.confirm(3);
    }
  };
  scene.start();
  scene.lead();
  fill();
  CHECK(scene.core().memory_bytes() > 100'000);
  // Others have taken what all may keep.
  scene.budget.change(0, std::uint64_t{10} << 20U);
  fill();
  CHECK(scene.core().memory_bytes() < 40'000);
}

TEST_CASE("C-097 a leader whose disk is full refuses proposals and hands over") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  scene.core().storage(storage_state::full);
  CHECK(scene.propose().error().code == errc::disk_full);
  scene.elapse(100ms);
  CHECK_FALSE(scene.said(raft_message_type::timeout_now).empty());
}

TEST_CASE("C-094 a leader whose disk confirms nothing for too long hands over") {
  core_scene scene(voters(3), {.stall_timeout = 500ms});
  scene.start();
  scene.lead();
  REQUIRE(scene.propose());
  const auto wait = [&](int heartbeats) {
    for (int i = 0; i < heartbeats; ++i) {
      scene.elapse(50ms);
      scene.confirm(2);
      scene.confirm(3);
    }
  };
  wait(8);
  CHECK(scene.said(raft_message_type::timeout_now).empty());
  wait(4);
  CHECK_FALSE(scene.said(raft_message_type::timeout_now).empty());
}

TEST_CASE("a replica whose disk is full does not stand for election, and does again with room") {
  core_scene scene(voters(3));
  idle_voter(scene);
  scene.core().storage(storage_state::full);
  scene.elapse(3000ms);
  CHECK(scene.said(raft_message_type::vote_request).empty());
  scene.core().storage(storage_state::writable);
  scene.elapse(1000ms);
  CHECK_FALSE(scene.said(raft_message_type::vote_request).empty());
}

TEST_CASE("a replica whose disk is full does not take over") {
  core_scene scene(voters(3));
  scene.start();
  scene.receive(2, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}, {2}));
  scene.sync();
  const raft_message now{
      .type = raft_message_type::timeout_now, .term = {2}, .last = {2}, .last_term = {2}};
  scene.core().storage(storage_state::full);
  scene.receive(2, now);
  CHECK(scene.core().leadership().state == replica_state::follower);
  scene.core().storage(storage_state::writable);
  scene.receive(2, now);
  CHECK(scene.core().leadership().state == replica_state::candidate);
}

TEST_CASE("C-065 a second change of the membership is refused while one is running") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  using kind = membership_change::kind;
  REQUIRE(scene.core().change_membership({kind::add, {4}}).has_value());
  CHECK(scene.core().change_membership({kind::add, {5}}).error().code == errc::unavailable);
  CHECK(scene.core().change_membership({kind::remove, {3}}).error().code == errc::unavailable);
}

TEST_CASE("changes that there cannot be are refused") {
  core_scene scene(voters(1));
  scene.start();
  scene.sync();
  REQUIRE(scene.core().leadership().ready);
  using kind = membership_change::kind;
  const auto refusal = [&](kind what, std::uint64_t who) {
    return scene.core().change_membership({what, {who}}).error().code;
  };
  CHECK(refusal(kind::remove, 1) == errc::invalid_argument);  // the only voter
  CHECK(refusal(kind::demote, 1) == errc::invalid_argument);
  CHECK(refusal(kind::add, 1) == errc::invalid_argument);
  CHECK(refusal(kind::promote, 1) == errc::invalid_argument);
  CHECK(refusal(kind::promote, 9) == errc::invalid_argument);
  CHECK(refusal(kind::remove, 9) == errc::invalid_argument);
  CHECK(refusal(kind::add, 0) == errc::invalid_argument);
}

}  // namespace reprise::cluster
