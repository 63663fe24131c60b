// SPDX-License-Identifier: Apache-2.0
//
// The schema that generated code carries with it.
//
// Threading: pure functions. Format: messages/bundle.capnp, as one raw segment.

#pragma once

#include "messages/generator/catalogue.hpp"

#include <cstdint>
#include <vector>

namespace reprise::generator {

/// The bundle of one aggregate: its interface and everything that it refers to.
[[nodiscard]] std::vector<std::uint64_t> bundle_words(const catalogue& all, node_id interface,
                                                      const aggregate_types& types);

}  // namespace reprise::generator
