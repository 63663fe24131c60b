// SPDX-License-Identifier: Apache-2.0
//
// The store of a node that stood alone, on its way into a cluster: what of it the other nodes could
// not be given.
//
// Threading: pure but for reading the store.

#pragma once

#include "persistence/opened_store.hpp"
#include "persistence/recovery.hpp"

#include <reprise/result.hpp>

#include <filesystem>

namespace reprise::persistence {

/// Changes nothing. `incompatible`, naming what it is: keys of personal data, of which other nodes
/// have no copies; an aggregate with hidden events, whose state they could not make, since
/// snapshots are each node's own. `corrupt` for a damaged partition.
[[nodiscard]] result<void> check_can_be_shared(const std::filesystem::path& directory,
                                               const opened_store& store,
                                               const recovered_store& found);

}  // namespace reprise::persistence
