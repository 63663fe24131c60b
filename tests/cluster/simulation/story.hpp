// SPDX-License-Identifier: Apache-2.0
//
// Tells a story of a simulated cluster under one seed; it must recover afterwards.

#pragma once

#include "tests/cluster/simulation/cluster.hpp"
#include "tests/environment.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <functional>

namespace reprise::cluster::simulation {

inline std::uint64_t first_seed() {
  return test::number_from("REPRISE_SEED", 2026);
}

inline void tell(std::uint64_t seed, const cluster_options& options,
                 const std::function<void(cluster&)>& story) {
  INFO("REPRISE_SEED=" << seed);
  try {
    cluster all(seed, options);
    story(all);
    all.recover();
  } catch (const broken& promise) {
    FAIL_CHECK(promise.what());
  }
}

}  // namespace reprise::cluster::simulation
