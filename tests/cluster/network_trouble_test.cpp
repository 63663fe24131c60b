// SPDX-License-Identifier: Apache-2.0
//
// Networks in trouble for long, or in every way there is: each shape of a partition, links that
// come and go, messages that are lost, late, doubled and out of order for an hour.

#include "tests/cluster/simulation/story.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace reprise::cluster::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t slower = test::sanitized ? 10 : 1;

// Everybody proposes now and then; returns how many were acknowledged.
std::size_t under_load(cluster& all, milliseconds time, milliseconds every = 20ms) {
  const std::size_t before = all.checks().acknowledged().size();
  for (milliseconds passed{}; passed < time; passed += every) {
    for (std::uint64_t id = 1; id <= all.size(); ++id) all.at(id).propose(1);
    all.run_for(every);
  }
  return all.checks().acknowledged().size() - before;
}

// In which group each replica is, from 0.
using shape = std::vector<std::size_t>;

// All ways to put so many into groups: each joins one that is there, or begins the next.
std::vector<shape> shapes_of(std::size_t count) {
  std::vector<shape> all{{}};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<shape> longer;
    for (const shape& each : all) {
      const std::size_t groups = each.empty() ? 0 : *std::ranges::max_element(each) + 1;
      for (std::size_t group = 0; group <= groups; ++group) {
        longer.push_back(each);
        longer.back().push_back(group);
      }
    }
    all = longer;
  }
  return all;
}

void take(cluster& all, const shape& groups) {
  all.heal();
  for (std::size_t from = 0; from < groups.size(); ++from) {
    for (std::size_t to = 0; to < groups.size(); ++to) {
      if (groups[from] != groups[to]) all.net().cut({from + 1}, {to + 1});
    }
  }
}

bool has_majority(const shape& groups) {
  return std::ranges::any_of(groups, [&](std::size_t group) {
    return static_cast<std::size_t>(std::ranges::count(groups, group)) * 2 > groups.size();
  });
}

std::string text_of(const shape& groups) {
  std::string out;
  for (const std::size_t group : groups) out += std::to_string(group);
  return out;
}

}  // namespace

TEST_CASE("C-089 after every shape of a partition of five nodes healing brings full service") {
  const std::vector<shape> shapes = shapes_of(5);
  REQUIRE(shapes.size() == 52);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    INFO("groups " << text_of(shapes[i]));
    // Who leads is a matter of the seed.
    tell(first_seed() + i, {.voters = 5}, [&](cluster& all) {
      all.elect();
      under_load(all, 300ms);
      take(all, shapes[i]);
      under_load(all, 2500ms);
      const bool served = under_load(all, 1500ms) > 0;
      check(served == has_majority(shapes[i]), "a majority serves, and nobody else");
    });
  }
}

TEST_CASE("C-085 a shape of a partition that comes again is handled as the first time") {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 5; ++seed) {
    tell(seed, {.voters = 5}, [](cluster& all) {
      for (int round = 0; round < 4; ++round) {
        all.elect();
        check(under_load(all, 500ms) > 0, "nothing is served before");
        all.split({1, 2});
        under_load(all, 2500ms);
        check(under_load(all, 1000ms) > 0, "the majority does not serve");
        all.heal();
        check(all.run_until([&] { return all.leader() != nullptr; }), "nobody leads afterwards");
      }
    });
  }
}

TEST_CASE("C-084 a partition that comes and goes for ten minutes costs no safety, nor progress") {
  tell(first_seed(), {.voters = 3}, [](cluster& all) {
    const auto rounds = static_cast<int>(std::max<std::uint64_t>(12 / slower, 2));
    for (int round = 0; round < rounds; ++round) {
      for (milliseconds passed{}; passed < 40s; passed += 300ms) {
        all.split({1 + static_cast<std::uint64_t>(passed.count() / 300) % 3});
        under_load(all, 150ms, 50ms);
        all.heal();
        under_load(all, 150ms, 50ms);
      }
      check(under_load(all, 10s, 50ms) > 50, "a calm time is not used");
    }
  });
}

TEST_CASE("C-090 an hour of messages lost, late, doubled and overtaken breaks nothing") {
  tell(first_seed(), {.voters = 3}, [](cluster& all) {
    all.net().set_loss(100);
    all.net().set_disorder(100);
    const auto minutes = static_cast<int>(60 / slower);
    for (int minute = 0; minute < minutes; ++minute) {
      check(under_load(all, 60s, 200ms) > 20, "there is no progress");
      all.compare_logs();
    }
  });
}

TEST_CASE("C-025 C-030 whatever the order of messages, one leads a term, and one in the end") {
  for (std::uint64_t n = 0; n < 1000 / slower; ++n) {
    tell(first_seed() + n, {.voters = 3 + n % 3}, [](cluster& all) {
      all.net().set_loss(100 + all.chance().below(200));
      all.net().set_disorder(200);
      for (int turn = 0; turn < 5; ++turn) {
        // Several at once try to lead.
        std::vector<std::size_t> alone(all.size());
        for (std::size_t i = 0; i < alone.size(); ++i) alone[i] = i;
        take(all, alone);
        all.run_for(milliseconds(all.chance().below(700)));
        all.heal();
        all.run_for(milliseconds(all.chance().below(300)));
      }
      all.elect(10s);
    });
  }
}

}  // namespace reprise::cluster::simulation
