// SPDX-License-Identifier: Apache-2.0
//
// Must not compile: an account without an applier for `withdrawn`.
#include "tests/actors/conformance/account.hpp"

namespace {

using namespace reprise::conformance;

struct incomplete : account {
  using account::apply;
  void apply(const ev::withdrawn&) = delete;
};

static_assert(reprise::complete<incomplete>());

}  // namespace
