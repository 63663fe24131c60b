// SPDX-License-Identifier: Apache-2.0
//
// What a leader tells the nodes that have no copy of its partition, since they hear nothing of
// consensus: that it leads, in which term, how far the log goes, and who has copies.
//
// Invariants
//  * A notice of an earlier term than one that was heard before counts for nothing: who led once
//    and has not heard of its successor cannot take the lead back in anybody's eyes.
// Format: lead_notice.capnp. Threading: pure functions and values.

#pragma once

#include "cluster/membership.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <vector>

namespace reprise::cluster {

struct lead_notice {
  partition_id partition{};
  term in_term{};
  position committed{};
  membership members{};
  bool operator==(const lead_notice&) const = default;
};

/// More than any node has partitions.
inline constexpr std::size_t lead_notices_max = 1024;

[[nodiscard]] bytes encode(const std::vector<lead_notice>& notices);
/// `errc::malformed` for anything that encode() does not write, and for more than lead_notices_max.
[[nodiscard]] result<std::vector<lead_notice>> decode_lead_notices(bytes_view from);

/// Who leads a partition that this node has no copy of, as far as it was told.
class heard_lead {
 public:
  /// Whether it says more than what was heard before.
  bool hear(replica_id from, const lead_notice& notice);

  /// 0 for nobody.
  [[nodiscard]] replica_id leader() const { return leader_; }
  [[nodiscard]] const lead_notice& last() const { return last_; }

 private:
  replica_id leader_{};
  lead_notice last_{};
};

}  // namespace reprise::cluster
