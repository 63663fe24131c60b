// SPDX-License-Identifier: Apache-2.0
//
// What the replicas of one partition say to each other, and its bytes.
//
// Invariants
//  * Raft trusts the fields of a message, so decoding checks them all: a message that was decoded
//    is one that a sound replica may have sent.
//  * Entries travel as they are stored.
// Format: 48 bytes of numbers, then entries or members; all sizes are multiples of 8.
// Threading: pure functions and values.

#pragma once

#include "cluster/log_entry.hpp"
#include "cluster/membership.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <vector>

namespace reprise::cluster {

enum class raft_message_type : std::uint8_t {
  append = 1,
  append_result = 2,
  vote_request = 3,
  vote_result = 4,
  /// "Your log must end with this entry": there is no content, the log is fetched.
  install = 5,
  timeout_now = 6,
};

/// One message; the comments say for which types a field counts, the others leave it 0.
struct raft_message {
  raft_message_type type{};
  /// Of the fields, as the core counts it.
  std::uint8_t version = 0;
  cluster::term term{};
  /// append
  log_index previous{};
  cluster::term previous_term{};
  log_index leader_commit{};
  std::vector<log_entry> entries{};
  /// append_result; 0 when it was accepted
  log_index rejected{};
  /// append_result, vote_request, install, timeout_now
  log_index last{};
  /// vote_request, install, timeout_now
  cluster::term last_term{};
  /// vote_request
  bool disrupts_leader = false;
  /// vote_request, vote_result
  bool pre_vote = false;
  /// vote_result
  bool granted = false;
  /// append_result, vote_result
  std::uint16_t features = 0;
  std::uint16_t capacity = 0;
  /// install
  log_index membership_at{};
  membership members{};
};

/// Appends the message to `out`, whose size must be a multiple of 8 and stays one.
void encode_raft_message(const raft_message& from, bytes& out);

/// Views of the entries point into `from`. `errc::malformed` for what no sound replica sends,
/// `errc::corrupt` for a damaged entry, `errc::incompatible` for another version.
[[nodiscard]] result<raft_message> decode_raft_message(partition_id partition, bytes_view from);

}  // namespace reprise::cluster
