// SPDX-License-Identifier: Apache-2.0
//
// Must not compile: a handler that alters the state.
#include "tests/actors/conformance/account.hpp"

namespace {

using namespace reprise::conformance;

struct meddler : account {
  using account::on;
  decision on(const cmd::touch&) const {
    balance = 1;
    return reprise::nothing;
  }
};

static_assert(reprise::complete<meddler>());

}  // namespace
