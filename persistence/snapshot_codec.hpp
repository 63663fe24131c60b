// SPDX-License-Identifier: Apache-2.0
//
// How a snapshot is stored. It names its aggregate, and carries a checksum.
//
// Format: docs/formats.md#snapshots. Threading: pure functions.

#pragma once

#include "persistence/snapshot_store.hpp"

#include <optional>

namespace reprise::persistence {

/// A multiple of 8 bytes. The key must be within its limits, the state below 1 GiB.
[[nodiscard]] bytes encode_snapshot(const aggregate_key& aggregate, const snapshot& taken);

struct decoded_snapshot {
  aggregate_key aggregate{};
  snapshot taken{};
};
/// Nothing for what is damaged, or of a version that is unknown here: both are done without.
[[nodiscard]] std::optional<decoded_snapshot> decode_snapshot(bytes_view stored);

}  // namespace reprise::persistence
