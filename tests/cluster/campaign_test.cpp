// SPDX-License-Identifier: Apache-2.0
//
// Random faults under many seeds. REPRISE_SEED says where to begin, REPRISE_CAMPAIGNS how many
// there are; with one of each a seed that failed is repeated.

#include "tests/cluster/simulation/cluster.hpp"
#include "tests/environment.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace reprise::cluster::simulation {
namespace {

constexpr std::uint64_t campaigns_usual = test::sanitized ? 40 : 300;

void add(campaign_result& sum, const campaign_result& one) {
  sum.proposed += one.proposed;
  sum.acknowledged += one.acknowledged;
  sum.fills += one.fills;
  sum.crashes += one.crashes;
  sum.cuts += one.cuts;
  sum.changes += one.changes;
  sum.transfers += one.transfers;
  sum.terms += one.terms;
}

}  // namespace

TEST_CASE("whatever goes wrong, one leads a term, logs agree and nothing acknowledged is lost") {
  const std::uint64_t first = test::number_from("REPRISE_SEED", 2026);
  const std::uint64_t count = test::number_from("REPRISE_CAMPAIGNS", campaigns_usual);
  campaign_result sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("repeat with cluster_tests --seed " << seed);
    const cluster_options options{
        .voters = 3 + seed % 3, .others = seed % 2 == 0 ? 2U : 0U, .pre_vote = seed % 7 != 0};
    try {
      add(sum, run_campaign(seed, options, milliseconds(10'000)));
    } catch (const broken& promise) {
      FAIL_CHECK(promise.what());
    }
  }
  // A campaign in which nothing happens would prove nothing.
  if (count < 20) return;
  CHECK(sum.acknowledged > 300 * count);
  CHECK(sum.crashes > 3 * count);
  CHECK(sum.terms > 3 * count);
  CHECK(sum.fills > count);
  CHECK(sum.transfers > count / 4);
  CHECK(sum.changes > count / 8);
  CHECK(sum.cuts > 0);
  UNSCOPED_INFO("proposed " << sum.proposed << " acknowledged " << sum.acknowledged << " fills "
                            << sum.fills << " crashes " << sum.crashes << " cuts " << sum.cuts
                            << " changes " << sum.changes << " transfers " << sum.transfers
                            << " terms " << sum.terms);
  SUCCEED();
}

}  // namespace reprise::cluster::simulation
