// SPDX-License-Identifier: Apache-2.0
//
// Must not compile: an account whose events go although only one snapshot is kept.
#include "tests/actors/conformance/account.hpp"

namespace {

using namespace reprise::conformance;

struct one_snapshot {
  static constexpr reprise::options value{.snapshots_kept = 1, .keep_events_max = 100};
};

static_assert(reprise::complete<account_with<one_snapshot>>());

}  // namespace
