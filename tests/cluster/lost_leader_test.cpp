// SPDX-License-Identifier: Apache-2.0
//
// A follower whose leader is gone: by its silence, or because the connection to it ended.

#include "tests/cluster/core_scene.hpp"
#include "tests/cluster/simulation/story.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>

namespace reprise::cluster {
namespace {

using namespace std::chrono_literals;

// What a follower waits for at least, and the longest time for which one that lost its leader does.
constexpr std::chrono::milliseconds timeout_least{300};
constexpr std::chrono::milliseconds stands_within{150};

constexpr std::uint64_t leader = 2;
constexpr std::uint64_t other = 3;

// Follows replica 2 in term 2; its log is the founders' entry and one of records, durable.
void follow(core_scene& scene) {
  scene.start();
  scene.receive(leader, append_of({2}, {1}, {1}, {records_entry({2}, {2}, {2})}, {2}));
  scene.sync();
}

void lose(core_scene& scene, std::uint64_t peer) {
  scene.core().lost({peer});
  scene.take();
}

bool stands(core_scene& scene) {
  return !scene.said(raft_message_type::vote_request).empty();
}

// Whether the follower gives its vote to the other one, whose log is as long.
bool votes(core_scene& scene, bool pre_vote) {
  scene.receive(other, {.type = raft_message_type::vote_request,
                        .term = {3},
                        .last = {2},
                        .last_term = {2},
                        .pre_vote = pre_vote});
  scene.sync();
  return scene.last_said(raft_message_type::vote_result).said.granted;
}

}  // namespace

TEST_CASE("a follower whose leader's connection has ended stands for election soon") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    core_scene scene(voters(3), {.seed = seed});
    follow(scene);
    lose(scene, leader);
    scene.elapse(stands_within);
    CHECK(stands(scene));
    CHECK(scene.core().leadership().leader == replica_id{});
  }
}

TEST_CASE("a follower votes for another at once when its leader's connection has ended") {
  core_scene scene(voters(3));
  follow(scene);
  REQUIRE_FALSE(votes(scene, true));
  lose(scene, leader);
  CHECK(votes(scene, true));
  CHECK(votes(scene, false));
  // That one leads by now.
  scene.elapse(timeout_least - 50ms);
  CHECK_FALSE(stands(scene));
}

TEST_CASE("a follower that hears its leader again stands for nothing") {
  core_scene scene(voters(3));
  follow(scene);
  lose(scene, leader);
  scene.receive(leader, append_of({2}, {2}, {2}, {}, {2}));
  scene.elapse(timeout_least - 50ms);
  CHECK_FALSE(stands(scene));
  CHECK(scene.core().leadership().leader == replica_id{leader});
  CHECK_FALSE(votes(scene, true));
}

TEST_CASE("the end of a connection to one that does not lead says nothing of the leader") {
  core_scene scene(voters(3));
  follow(scene);
  lose(scene, other);
  scene.elapse(timeout_least - 50ms);
  CHECK_FALSE(stands(scene));
  CHECK(scene.core().leadership().leader == replica_id{leader});
}

TEST_CASE("a leader that loses a follower goes on") {
  core_scene scene(voters(3));
  scene.start();
  scene.lead();
  lose(scene, other);
  CHECK(scene.core().leadership().ready);
  CHECK(scene.propose().has_value());
}

TEST_CASE("a follower that is still writing stands once it has written") {
  core_scene scene(voters(3));
  follow(scene);
  scene.receive(leader, append_of({2}, {2}, {2}, {records_entry({3}, {2}, {3})}, {2}));
  lose(scene, leader);
  scene.elapse(stands_within);
  CHECK_FALSE(stands(scene));
  scene.sync();
  scene.elapse(50ms);
  CHECK(stands(scene));
}

TEST_CASE("a follower whose log is being filled stands once it is filled") {
  core_scene scene(voters(3));
  follow(scene);
  scene.receive(leader, {.type = raft_message_type::install,
                         .term = {2},
                         .last = {30},
                         .last_term = {2},
                         .membership_at = {1},
                         .members = voters(3)});
  REQUIRE(scene.fill.has_value());
  lose(scene, leader);
  scene.elapse(stands_within);
  CHECK_FALSE(stands(scene));
  scene.core().filled({30});
  scene.take();
  scene.elapse(50ms);
  CHECK(stands(scene));
}

TEST_CASE("what an earlier leader says late keeps nobody from standing") {
  core_scene scene(voters(3));
  follow(scene);
  lose(scene, leader);
  scene.receive(other, append_of({1}, {1}, {1}, {}, {1}));
  scene.elapse(stands_within);
  CHECK(stands(scene));
}

TEST_CASE("a follower that was held up reads what has come before it votes") {
  core_scene scene(voters(3));
  follow(scene);
  scene.clock.add(5000ms);
  // What a candidate has sent may come before what the leader has sent all the while.
  CHECK_FALSE(votes(scene, true));
  scene.receive(leader, append_of({2}, {2}, {2}, {}, {2}));
  CHECK_FALSE(votes(scene, true));
}

TEST_CASE("a vote is refused for the least election timeout behind a leader's word, not longer") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    core_scene scene(voters(3), {.seed = seed});
    follow(scene);
    scene.elapse(timeout_least - 50ms);
    CHECK_FALSE(votes(scene, true));
    scene.elapse(50ms);
    CHECK(votes(scene, true));
  }
}

TEST_CASE("when a leader's process dies another leads before its silence would have told") {
  unsigned soon = 0;
  constexpr unsigned stories = 100;
  for (std::uint64_t seed = simulation::first_seed(); seed < simulation::first_seed() + stories;
       ++seed) {
    simulation::tell(seed, {.voters = 3}, [&](simulation::cluster& all) {
      const std::uint64_t dead = all.elect().id().value;
      all.run_for(500ms);
      all.kill(dead);
      const bool elected = all.run_until(
          [&] {
            simulation::replica* const now = all.leader();
            return now != nullptr && now->id().value != dead;
          },
          timeout_least);
      if (elected) ++soon;
    });
  }
  // Two that stand at the same time split the votes, and begin anew. Without the end of connections
  // nobody comes so soon.
  CHECK(soon >= stories / 2);
}

TEST_CASE("a connection that ends again and again deposes nobody who is heard by the others") {
  for (std::uint64_t seed = simulation::first_seed(); seed < simulation::first_seed() + 20;
       ++seed) {
    simulation::tell(seed, {.voters = 3}, [&](simulation::cluster& all) {
      simulation::replica& leads = all.elect();
      all.run_for(500ms);
      const std::uint64_t before = all.highest_term();
      simulation::replica& flaps = all.at(leads.id().value % 3 + 1);
      for (int times = 0; times < 40; ++times) {
        flaps.lose(leads.id());
        leads.lose(flaps.id());
        static_cast<void>(leads.propose(1));
        all.run_for(times % 13 * 10ms);
      }
      CHECK(all.highest_term() == before);
      CHECK(leads.leads());
    });
  }
}

}  // namespace reprise::cluster
