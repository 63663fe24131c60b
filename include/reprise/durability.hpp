// SPDX-License-Identifier: Apache-2.0
//
// When a commit is acknowledged.

#pragma once

#include <cstdint>

namespace reprise {

/// What was acknowledged survives kill -9 and power loss with either; they differ in when a commit
/// is acknowledged, and so in how many commits there are per second.
enum class durability : std::uint8_t {
  /// Two syncs for each commit, its acknowledgement right behind them.
  synced,
  /// One sync for each commit while there is always more to do: a commit is acknowledged when the
  /// next one is written, or, when there is none, after a second sync. More commits per second
  /// under load; no better latency.
  lagged,
};

}  // namespace reprise
