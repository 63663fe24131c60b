// SPDX-License-Identifier: Apache-2.0
//
// Which cases there are, and which of them the suite leaves to others. A case is a test whose name
// begins with its id, or it is declared with a reason; catalogue_test.cpp proves that none is
// missing.
//
// The case file itself, journal.md, is kept beside the checkout; the ids here are its ids.

#pragma once

#include "tests/persistence/conformance/world.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence::conformance {

/// One case of the catalogue. `needs` holds the letters of its tags: L a journal on disk, R three
/// replicas, F injected faults; none means that every journal must pass it.
struct listed_case {
  std::string id;
  std::string needs;

  bool operator==(const listed_case&) const = default;
};

[[nodiscard]] std::vector<listed_case> catalogue();
/// What no journal runs here, with the reason.
[[nodiscard]] std::span<const declared_case> declared_for_all();

}  // namespace reprise::persistence::conformance
