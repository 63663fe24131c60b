// SPDX-License-Identifier: Apache-2.0
//
// Compiles: the others differ from it only in what they are refused for.
#include "tests/actors/conformance/account.hpp"

namespace {

using namespace reprise::conformance;

static_assert(reprise::complete<account>());

}  // namespace
