// SPDX-License-Identifier: Apache-2.0
//
// What has been heard in one round of questions about how a partition stands, and what it proves.

#pragma once

#include "cluster/standing_message.hpp"

#include <map>

namespace reprise::cluster {

/// A question that is not answered by then is put again.
inline constexpr unsigned ask_again_every_ticks = 4;

/// By who has said it, the last of each.
using heard_standings = std::map<replica_id, partition_standing>;

/// Whether a majority of the lead's voters knows of no later term. Where all of it was said behind
/// a call, nobody had been elected over that lead before the call: each of those who elect is in
/// the later term before it votes. Threading: a pure function.
[[nodiscard]] bool is_confirmed(const partition_standing& lead, const heard_standings& heard);

}  // namespace reprise::cluster
