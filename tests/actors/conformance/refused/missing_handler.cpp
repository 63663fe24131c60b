// SPDX-License-Identifier: Apache-2.0
//
// Must not compile: an account without a handler for `withdraw`.
#include "tests/actors/conformance/account.hpp"

namespace {

using namespace reprise::conformance;

struct incomplete : account {
  using account::on;
  decision on(const cmd::withdraw&) const = delete;
};

static_assert(reprise::complete<incomplete>());

}  // namespace
