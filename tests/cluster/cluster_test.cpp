// SPDX-License-Identifier: Apache-2.0
//
// Stories of a simulated cluster, each under several seeds. The checker of the simulation looks at
// every step of them too.

#include "tests/cluster/simulation/story.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

namespace reprise::cluster::simulation {
namespace {

using namespace std::chrono_literals;

void tell(const cluster_options& options, const std::function<void(cluster&)>& story) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 10; ++seed) {
    tell(seed, options, story);
  }
}

// Proposes and waits until it is acknowledged.
bool acknowledged(cluster& all, replica& by, milliseconds within = 2000ms) {
  const std::uint64_t command = by.propose(1);
  return command != 0 &&
         all.run_until([&] { return all.checks().acknowledged().contains(command); }, within);
}

std::uint64_t other_than(std::uint64_t id) {
  return id % 3 + 1;
}

// As it is committed; nothing for a stranger.
std::optional<member_role> role_of(cluster& all, std::uint64_t id) {
  const log_image& chosen = all.checks().chosen();
  const auto last =
      std::ranges::find(chosen.rbegin(), chosen.rend(), entry_kind::members, &entry_summary::kind);
  check(last != chosen.rend(), "nobody takes part");
  const auto found = std::ranges::find(last->members, replica_id{id}, &member::id);
  if (found == last->members.end()) return std::nullopt;
  return found->role;
}

void add_voter(cluster& all, std::uint64_t id) {
  using kind = membership_change::kind;
  const auto until = [&](kind what, const std::function<bool()>& so) {
    for (int tries = 0; tries < 50 && !so(); ++tries) {
      all.elect().change(what, {id});
      static_cast<void>(all.run_until(so, 1000ms));
    }
    check(so(), "a change of the membership does not come to its end");
  };
  until(kind::add, [&] {
    const auto role = role_of(all, id);
    return role && *role != member_role::spare;
  });
  until(kind::promote, [&] { return role_of(all, id) == member_role::voter; });
}

void remove(cluster& all, std::uint64_t id) {
  const auto gone = [&] { return !role_of(all, id).has_value(); };
  for (int tries = 0; tries < 50 && !gone(); ++tries) {
    all.elect().change(membership_change::kind::remove, {id});
    static_cast<void>(all.run_until(gone, 1000ms));
  }
  check(gone(), "a replica is not removed");
  check(all.run_until([&] { return !all.at(id).leads(); }), "one that was removed leads");
}

}  // namespace

TEST_CASE("C-017 an entry of an old term is committed only by a later one of the leader's own") {
  // The schedule of figure 8 of the Raft paper, in which counting replicas would be wrong.
  int reached = 0;
  tell({.voters = 3, .pre_vote = false}, [&](cluster& all) {
    const std::uint64_t a = all.elect().id().value;
    const std::uint64_t b = other_than(a);
    const std::uint64_t c = other_than(b);
    all.run_for(300ms);
    all.split({a});
    all.at(a).propose(1);
    const log_image with_x = all.at(a).log();
    all.run_for(60ms);
    all.let_lead(c, {b, c});
    all.split({c});
    all.at(c).propose(1);
    all.run_for(60ms);
    // The first leader leads again, with the second replica, which gets its entry.
    all.let_lead(a, {a, b});
    const auto has_x = [&] {
      const log_image log = all.at(b).durable_log();
      return log.size() >= with_x.size() && log[with_x.size() - 1] == with_x.back();
    };
    if (all.run_until(has_x, 400ms)) ++reached;
    all.split({a});
    all.let_lead(c, {b, c});
    all.run_for(300ms);
    all.heal();
    all.run_for(2000ms);
  });
  CHECK(reached > 0);
}

TEST_CASE("C-029 a replica that returns from isolation does not force an election") {
  tell({.voters = 3}, [](cluster& all) {
    const std::uint64_t a = all.elect().id().value;
    all.calm();
    const term before = all.at(a).core().leadership().term;
    all.split({other_than(a)});
    all.run_for(5000ms);
    all.heal();
    all.run_for(3000ms);
    check(all.at(a).leads() && all.at(a).core().leadership().term == before,
          "the leader was replaced");
  });
}

TEST_CASE("C-035 a deposed leader that does not know it acknowledges nothing") {
  tell({.voters = 3}, [](cluster& all) {
    replica& old = all.elect();
    all.run_for(200ms);
    all.split({old.id().value});
    const std::uint64_t command = old.propose(1);
    all.run_for(2000ms);
    check(!all.checks().acknowledged().contains(command), "it acknowledges");
    check(!old.leads(), "it does not step down");
    replica& now = all.elect();
    check(now.id() != old.id() && acknowledged(all, now), "the others do not go on");
  });
}

TEST_CASE("C-001 C-076 without a majority nothing is acknowledged") {
  tell({.voters = 3}, [](cluster& all) {
    const std::uint64_t a = all.elect().id().value;
    all.run_for(200ms);
    const std::size_t before = all.checks().acknowledged().size();
    for (std::uint64_t from = 1; from <= 3; ++from) {
      for (std::uint64_t to = 1; to <= 3; ++to) {
        if (from != to) all.net().cut({from}, {to});
      }
    }
    all.run_for(50ms);
    const std::size_t on_their_way = all.checks().acknowledged().size() - before;
    check(on_their_way == 0, "acknowledged before anything was proposed");
    for (int i = 0; i < 100; ++i) {
      all.at(a).propose(1);
      all.run_for(50ms);
    }
    check(all.checks().acknowledged().size() == before, "acknowledged alone");
  });
}

TEST_CASE("C-077 C-079 the majority goes on, and half of an even number does not") {
  tell({.voters = 5}, [](cluster& all) {
    const std::uint64_t a = all.elect().id().value;
    all.split({a, a % 5 + 1});
    all.run_for(3000ms);
    replica& now = all.elect();
    check(now.id().value != a && acknowledged(all, now), "the majority does not go on");
  });
  tell({.voters = 4}, [](cluster& all) {
    all.elect();
    all.split({1, 2});
    all.run_for(3000ms);
    check(all.leader() == nullptr, "half of the voters go on");
  });
}

TEST_CASE("C-080 a leader that hears and is not heard is replaced") {
  tell({.voters = 3}, [](cluster& all) {
    replica& old = all.elect();
    for (std::uint64_t to = 1; to <= 3; ++to) {
      if (to != old.id().value) all.net().cut(old.id(), {to});
    }
    all.run_for(3000ms);
    replica& now = all.elect();
    check(now.id() != old.id() && !old.leads() && acknowledged(all, now), "it is not replaced");
  });
}

TEST_CASE("C-081 a leader that is heard and hears nobody steps down") {
  tell({.voters = 3}, [](cluster& all) {
    replica& old = all.elect();
    for (std::uint64_t from = 1; from <= 3; ++from) {
      if (from != old.id().value) all.net().cut({from}, old.id());
    }
    check(all.run_until([&] { return !old.leads(); }, 1500ms), "it does not step down");
  });
}

TEST_CASE("C-082 two replicas that cannot talk to each other do not disturb a leader") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    all.let_lead(3, {1, 2, 3});
    all.run_for(500ms);
    all.net().cut({1}, {2});
    all.net().cut({2}, {1});
    const term before = all.at(3).core().leadership().term;
    for (int i = 0; i < 10; ++i) {
      check(acknowledged(all, all.at(3)), "commits do not go on");
      all.run_for(500ms);
    }
    check(all.at(3).core().leadership().term == before, "the leader was replaced");
  });
}

TEST_CASE("C-005 a replica that is far behind is filled and agrees") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    replica& leads = all.elect();
    const std::uint64_t away = other_than(leads.id().value);
    all.at(away).crash(false);
    for (int i = 0; i < 200; ++i) {
      leads.propose(2);
      all.run_for(10ms);
    }
    const std::uint64_t before = all.counts().fills;
    check(all.at(away).start().has_value(), "a sound log is refused");
    check(all.run_until([&] { return all.at(away).core().committed() == leads.core().committed(); },
                        5000ms),
          "it does not catch up");
    check(all.counts().fills > before, "it caught up without being filled");
  });
}

TEST_CASE("C-015 C-086 a fill survives cuts, crashes and a new leader") {
  tell({.voters = 3}, [](cluster& all) {
    replica& leads = all.elect();
    const std::uint64_t away = other_than(leads.id().value);
    all.at(away).crash(false);
    for (int i = 0; i < 300; ++i) {
      leads.propose(2, 200);
      all.run_for(10ms);
    }
    check(all.at(away).start().has_value(), "a sound log is refused");
    for (int i = 0; i < 10; ++i) {
      all.run_for(milliseconds(10 + all.chance().below(60)));
      if (i % 3 == 0) all.split({away});
      if (i % 3 == 1) all.heal();
      if (i == 4) all.elect().hand_over({});
      if (i == 6) {
        all.at(away).crash(true);
        check(all.at(away).start().has_value(), "a log that is being filled is refused");
      }
    }
  });
}

TEST_CASE("C-021 all are killed at once, ten times, under load") {
  tell({.voters = 3}, [](cluster& all) {
    for (int round = 0; round < 10; ++round) {
      replica& leads = all.elect();
      for (int i = 0; i < 20; ++i) {
        leads.propose(3);
        all.run_for(10ms);
      }
      for (std::uint64_t id = 1; id <= 3; ++id) all.at(id).crash(all.chance().one_in(2));
      all.run_for(milliseconds(50));
      for (std::uint64_t id = 1; id <= 3; ++id) {
        check(all.at(id).start().has_value(), "a log that went through a crash is refused");
      }
    }
  });
}

TEST_CASE("C-062 a cluster of one grows to three and loses its first replica") {
  tell({.voters = 1, .others = 2}, [](cluster& all) {
    all.calm();
    for (int i = 0; i < 100; ++i) {
      all.elect().propose(2);
      all.run_for(10ms);
    }
    add_voter(all, 2);
    check(acknowledged(all, all.elect()), "commands are not acknowledged with two");
    add_voter(all, 3);
    check(acknowledged(all, all.elect()), "commands are not acknowledged with three");
    all.at(1).crash(true);
    replica& now = all.elect();
    check(now.id() != replica_id{1} && acknowledged(all, now), "the others do not go on");
  });
}

TEST_CASE("a leader that dies while a dead voter is replaced is followed by another") {
  tell({.voters = 3, .others = 1}, [](cluster& all) {
    all.calm();
    const auto is_there = [&] {
      all.elect().change(membership_change::kind::add, {4});
      all.run_for(200ms);
      return role_of(all, 4) == member_role::learner;
    };
    check(all.run_until(is_there), "the new one does not come");
    replica& leads = all.elect();
    const std::uint64_t dead = other_than(leads.id().value);
    const std::uint64_t other = other_than(dead);
    all.at(dead).crash(false);
    // The new one learns last that it is a voter now.
    all.split({4});
    leads.change(membership_change::kind::promote, {4});
    const auto knows = [&] {
      const membership known = all.at(other).members();
      return std::ranges::find(known, member{{4}}) != known.end();
    };
    check(all.run_until(knows), "the other one is not told");
    leads.crash(false);
    all.heal();
    check(leads.start().has_value(), "a log that went through a crash is refused");
    check(acknowledged(all, all.elect(20'000ms)), "three of four do not go on");
  });
}

TEST_CASE("C-066 all members are replaced, step by step, under load") {
  tell({.voters = 3, .others = 3}, [](cluster& all) {
    all.calm();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      add_voter(all, id + 3);
      check(acknowledged(all, all.elect()), "commands are not acknowledged in between");
      remove(all, id);
      check(acknowledged(all, all.elect()), "commands are not acknowledged in between");
    }
    check(all.elect().id().value > 3, "one that was removed leads");
  });
}

TEST_CASE("C-064 a leader that removes itself is followed by another") {
  tell({.voters = 4}, [](cluster& all) {
    all.calm();
    replica& old = all.elect();
    remove(all, old.id().value);
    replica& now = all.elect();
    check(now.id() != old.id() && acknowledged(all, now), "nobody follows");
    // And cannot disturb what it is no part of.
    const term before = now.core().leadership().term;
    all.run_for(5000ms);
    check(now.leads() && now.core().leadership().term == before,
          "one that was removed disturbs the others");
  });
}

TEST_CASE("C-034 a hand-over to a dead replica is given up and the leader goes on") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    replica& leads = all.elect();
    const std::uint64_t dead = other_than(leads.id().value);
    all.at(dead).crash(false);
    all.run_for(200ms);
    leads.hand_over({dead});
    all.run_for(1500ms);
    check(leads.leads() && acknowledged(all, leads), "the leader does not go on");
  });
}

TEST_CASE("leadership is handed over within a few round trips") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    replica& leads = all.elect();
    all.run_for(500ms);
    const std::uint64_t to = other_than(leads.id().value);
    leads.hand_over({to});
    check(all.run_until([&] { return all.at(to).leads(); }, 250ms), "it takes longer");
  });
}

TEST_CASE("C-097 C-096 leadership leaves a disk that is full, or a hundred times slower") {
  for (const bool full : {true, false}) {
    tell({.voters = 3}, [full](cluster& all) {
      all.calm();
      replica& old = all.elect();
      all.run_for(300ms);
      if (full) {
        old.set_full(true);
      } else {
        old.storage().set_slow(8000ms);
      }
      for (int i = 0; i < 100; ++i) {
        if (replica* leads = all.leader(); leads != nullptr) leads->propose(1);
        all.run_for(50ms);
      }
      replica& now = all.elect();
      check(now.id() != old.id(), "the leader stays");
      check(acknowledged(all, now), "the next one does not go on");
    });
  }
}

TEST_CASE("C-099 with all disks full commands are refused, and service resumes with room") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    all.elect();
    all.run_for(300ms);
    for (std::uint64_t id = 1; id <= 3; ++id) all.at(id).set_full(true);
    for (int i = 0; i < 60; ++i) {
      if (replica* leads = all.leader(); leads != nullptr) {
        check(leads->propose(1) == 0, "a command is taken");
      }
      all.run_for(50ms);
    }
    for (std::uint64_t id = 1; id <= 3; ++id) all.at(id).set_full(false);
    check(all.run_until(
              [&] { return all.leader() != nullptr && acknowledged(all, *all.leader(), 200ms); },
              5000ms),
          "service does not resume");
  });
}

TEST_CASE("C-095 a slow disk of a follower does not hold up the others") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    replica& leads = all.elect();
    all.run_for(300ms);
    all.at(other_than(leads.id().value)).storage().set_slow(600ms);
    for (int i = 0; i < 20; ++i) {
      check(acknowledged(all, leads, 100ms), "a commit waits for the slow disk");
    }
  });
}

TEST_CASE("C-102 C-104 a damaged log and a shortened one are refused, and the others go on") {
  tell({.voters = 3}, [](cluster& all) {
    all.calm();
    replica& leads = all.elect();
    for (int i = 0; i < 20; ++i) check(acknowledged(all, leads), "no acknowledgement");
    replica& hurt = all.at(other_than(leads.id().value));
    const log_index seen = hurt.core().readable().index;
    hurt.crash(false);
    const std::size_t byte = all.chance().below(1000);
    hurt.storage().damage(seen, byte);
    const auto refused = hurt.start();
    check(!refused && refused.error().code == errc::corrupt, "a damaged log is served");
    hurt.storage().damage(seen, byte);  // the same bit, back again
    disk shorter = hurt.storage();
    shorter.forget_from({seen.value - 2});
    const auto lost = recover_log(shorter, {.partition = {7}, .applied = seen});
    check(!lost && lost.error().code == errc::corrupt, "a shortened log is served");
    check(acknowledged(all, leads), "the others do not go on");
  });
}

}  // namespace reprise::cluster::simulation
