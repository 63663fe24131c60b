// SPDX-License-Identifier: Apache-2.0
//
// A bank on a whole cluster, under many seeds. `--seed` (REPRISE_SEED) says where to begin,
// `--campaigns` (REPRISE_CAMPAIGNS) how many there are; `--seed` alone repeats one that failed.
// REPRISE_FAILED_SEEDS names a file to which failed seeds are added. REPRISE_CLOCK_MINUTES says how
// far clocks are apart, instead of minutes or more than a day, by the seed.

#include "tests/environment.hpp"
#include "tests/sanitizers/sanitized.hpp"
#include "tests/simulation/bank_cluster.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace reprise::simulated {
namespace {

constexpr std::uint64_t campaigns_usual = test::sanitized ? 15 : 200;

campaign_options options_of(std::uint64_t seed) {
  const std::uint64_t apart = seed % 2 == 0 ? 5 : 30 * 60;
  return {.nodes = seed % 5 == 0 ? 5U : 3U,
          .partitions = 1 + static_cast<std::uint32_t>(seed % 3),
          .joins = seed % 4 == 0,
          .with_chosen_copies = seed % 5 == 0 ? seed % 4 : 0,
          .clocks_apart = std::chrono::minutes(test::number_from("REPRISE_CLOCK_MINUTES", apart)),
          .acknowledged = seed % 2 == 0 ? durability::lagged : durability::synced};
}

void add(campaign_result& sum, const campaign_result& one) {
  sum.clients.accepted += one.clients.accepted;
  sum.clients.rejected += one.clients.rejected;
  sum.clients.read += one.clients.read;
  sum.clients.attempts += one.clients.attempts;
  sum.clients.given_up += one.clients.given_up;
  sum.inspections.asked += one.inspections.asked;
  sum.inspections.answered += one.inspections.answered;
  sum.inspections.refused += one.inspections.refused;
  sum.records += one.records;
  sum.transfers += one.transfers;
  sum.terms += one.terms;
  sum.wrong.crashes += one.wrong.crashes;
  sum.wrong.stops += one.wrong.stops;
  sum.wrong.cuts += one.wrong.cuts;
  sum.wrong.resets += one.wrong.resets;
  sum.wrong.pauses += one.wrong.pauses;
  sum.wrong.jumps += one.wrong.jumps;
  sum.wrong.moves += one.wrong.moves;
  sum.wrong.small_disks += one.wrong.small_disks;
  sum.orders += one.orders;
  sum.removals += one.removals;
  sum.commits_lost += one.commits_lost;
  sum.frames += one.frames;
  sum.copies_less += one.copies_less;
}

void keep(std::uint64_t seed, const std::string& why) {
  const char* const file = std::getenv("REPRISE_FAILED_SEEDS");
  if (file != nullptr) std::ofstream(file, std::ios::app) << seed << " # " << why << "\n";
}

// Says how to repeat it where something goes wrong.
void run_well(std::uint64_t seed, campaign_result& sum, bool inspected = false) {
  campaign_options how = options_of(seed);
  how.inspected = inspected;
  try {
    add(sum, run_campaign(seed, how));
  } catch (const broken& promise) {
    FAIL_CHECK(promise.what() << "; repeat it with simulation_tests --seed " << seed);
    keep(seed, promise.what());
  }
}

// Each line has a seed, and why it is kept.
std::vector<std::uint64_t> kept_seeds() {
  std::vector<std::uint64_t> all;
  std::ifstream file(REPRISE_KEPT_SEEDS);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') all.push_back(std::stoull(line));
  }
  return all;
}

}  // namespace

TEST_CASE("seeds that have found something find nothing any more") {
  const std::vector<std::uint64_t> seeds = kept_seeds();
  REQUIRE(!seeds.empty());
  campaign_result sum;
  for (const std::uint64_t seed : seeds) run_well(seed, sum);
}

TEST_CASE("C-037 C-038 a bank on a cluster keeps its promises, whatever goes wrong") {
  const std::uint64_t first = test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t count = test::number_from("REPRISE_CAMPAIGNS", campaigns_usual);
  campaign_result sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) run_well(seed, sum);
  // A campaign in which nothing happens would prove nothing.
  CAPTURE(sum.clients.accepted, sum.clients.rejected, sum.clients.read, sum.clients.attempts,
          sum.clients.given_up, sum.records, sum.transfers, sum.terms, sum.wrong.crashes,
          sum.wrong.stops, sum.wrong.cuts, sum.wrong.resets, sum.wrong.pauses, sum.wrong.jumps,
          sum.wrong.moves, sum.wrong.small_disks, sum.orders, sum.removals, sum.commits_lost,
          sum.frames, sum.copies_less);
  if (count < 10) {
    SUCCEED();
    return;
  }
  CHECK(sum.clients.accepted > 20 * count);
  CHECK(sum.clients.read > 10 * count);
  CHECK(sum.clients.attempts > sum.clients.accepted + sum.clients.read + sum.clients.rejected);
  CHECK(sum.transfers > 10 * count);
  CHECK(sum.terms > 2 * count);
  CHECK(sum.wrong.crashes > 3 * count);
  CHECK(sum.wrong.stops > 0);
  CHECK(sum.wrong.cuts > count);
  CHECK(sum.wrong.pauses > count);
  CHECK(sum.wrong.moves > count);
  CHECK(sum.wrong.small_disks > count / 2);
  CHECK(sum.orders > 0);
  CHECK(sum.removals > 0);
  CHECK(sum.commits_lost > count / 20);
  CHECK(sum.copies_less > 0);
}

TEST_CASE("what was acknowledged is within the ends that nodes tell, whatever goes wrong") {
  const std::uint64_t first = test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t campaigns = test::number_from("REPRISE_CAMPAIGNS", campaigns_usual);
  const std::uint64_t count = std::max<std::uint64_t>(1, campaigns / 4);
  campaign_result sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) run_well(seed, sum, true);
  CAPTURE(sum.inspections.asked, sum.inspections.answered, sum.inspections.refused);
  CHECK(sum.inspections.asked > 100 * count);
  if (count < 10) return;
  CHECK(sum.inspections.answered > 20 * count);
  CHECK(sum.inspections.refused > count);
}

TEST_CASE("a seed always tells the same story") {
  const std::uint64_t seed = test::number_from("REPRISE_SEED", 2026);
  const campaign_result one = run_campaign(seed, options_of(seed));
  const campaign_result other = run_campaign(seed, options_of(seed));
  CHECK(one.digest == other.digest);
  CHECK(one.frames == other.frames);
  CHECK(one.clients.attempts == other.clients.attempts);
}

}  // namespace reprise::simulated
