// SPDX-License-Identifier: Apache-2.0
//
// How far a group has come in one partition of a cluster, as an aggregate of that partition.
//
// Invariant: what is kept comes from whoever took it up last; positions never go back but when all
// is forgotten. What a person orders of parked events comes from anybody.
// Threading: as any aggregate.

#pragma once

#include "consumers/group_share.hpp"
#include "group_log.reprise.hpp"

#include <reprise/aggregate.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::consumers {

struct logged_group : aggregate<log::group_ledger_api> {
  decision on(const cmd::load& c) const;
  decision on(const cmd::keep& c) const;
  decision on(const cmd::forget& c) const;
  decision on(const cmd::order& c) const;
  void apply(const ev::loaded& e);
  void apply(const ev::kept& e);
  void apply(const ev::forgotten& e);
  void apply(const ev::ordered& e);
};

/// The rejection of what is kept by somebody who took it up earlier.
inline constexpr std::string_view taken_over = "taken_over";

/// The ledger of a group for a partition; `home_of` says whose log an aggregate's events are in.
[[nodiscard]] aggregate_key ledger_of(
    const std::string& group, partition_id partition,
    const std::function<partition_id(const aggregate_key&)>& home_of);
/// Whose ledger has this id; nothing for what is none.
[[nodiscard]] std::optional<std::string> group_of_ledger(std::string_view id);

[[nodiscard]] log::group_ledger_cmd::keep keep_of(const group_change& change);
[[nodiscard]] group_share share_of(partition_id partition, const log::group_ledger_state& ledger);

}  // namespace reprise::consumers
