// SPDX-License-Identifier: Apache-2.0
//
// Who takes part in a partition's log, and the counters of consensus.
//
// Invariants
//  * A replica id names one copy of one partition on one store, for ever. A copy whose store was
//    lost, or that had to be wiped, comes back under another id: under the old one it might vote
//    twice in a term, and would be counted for entries that it no longer has.
// Threading: values.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <compare>
#include <cstdint>
#include <vector>

namespace reprise::cluster {

/// Raft's election counter.
using term = ordinal<struct term_tag>;
/// Place of an entry in a partition's log, from 1.
using log_index = ordinal<struct log_index_tag>;

/// One copy of a partition, from 1; 0 means "none".
struct replica_id {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const replica_id&) const = default;
};

/// Of the founders of a cluster, the one whose name comes first; the only one where a node that
/// stood alone began it.
inline constexpr replica_id first_founder{1};

enum class member_role : std::uint8_t {
  /// Gets the log and counts for nothing.
  learner = 0,
  voter = 1,
  /// Is named, and gets nothing yet.
  spare = 2,
};

struct member {
  replica_id id{};
  member_role role = member_role::voter;
  auto operator<=>(const member&) const = default;
};

/// In the order in which they were added. Ids differ.
using membership = std::vector<member>;

inline constexpr std::size_t members_max = 64;

/// Appends 16 bytes for each, after 8 that say how many; equal memberships give equal bytes.
void encode_membership(const membership& from, bytes& out);
/// `errc::malformed` for anything that encode_membership() does not write, for none at all, for
/// more than members_max, and for an id that is 0 or stands there twice.
[[nodiscard]] result<membership> decode_membership(bytes_view from);

[[nodiscard]] std::size_t voters_of(const membership& members);
[[nodiscard]] bool contains(const membership& members, replica_id id);

}  // namespace reprise::cluster
