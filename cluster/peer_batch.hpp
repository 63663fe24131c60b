// SPDX-License-Identifier: Apache-2.0
//
// What the replicas of all partitions of one node say to those of another node, in as few pieces as
// possible: hundreds of idle partitions then cost a node one write for each peer and heartbeat.
//
// Invariants
//  * Messages keep their order.
//  * What waits is bounded in bytes. A message that finds no room is lost, as a network might lose
//    it, and whoever adds it is told.
// Format: messages one behind the other, each with 32 bytes of numbers; sizes are multiples of 8.
// Threading: confined to its owner.

#pragma once

#include "cluster/membership.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <deque>
#include <vector>

namespace reprise::cluster {

/// One message of a partition's consensus. A view.
struct peer_message {
  partition_id partition{};
  replica_id from{};
  replica_id to{};
  bytes_view body{};
};

class peer_batch {
 public:
  /// `piece_bytes` is what a piece has where more waits; a message that is larger travels alone.
  peer_batch(std::size_t bytes_max, std::size_t piece_bytes)
      : bytes_max_(bytes_max), piece_bytes_(piece_bytes) {}

  /// Copies the body, whose size is a multiple of 8. False when it is lost for want of room.
  [[nodiscard]] bool add(const peer_message& message);
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  /// The next piece to be sent; there must be one.
  [[nodiscard]] bytes take();
  /// Of a connection that is gone nothing is sent through the next one.
  void clear();

  [[nodiscard]] std::size_t bytes_waiting() const { return bytes_waiting_; }
  [[nodiscard]] std::uint64_t messages_lost() const { return messages_lost_; }

 private:
  std::size_t bytes_max_;
  std::size_t piece_bytes_;
  std::deque<bytes> pieces_;
  std::size_t bytes_waiting_ = 0;
  std::uint64_t messages_lost_ = 0;
};

/// The messages of a piece; bodies point into it. `errc::malformed` for what add() does not write.
[[nodiscard]] result<std::vector<peer_message>> read_peer_batch(bytes_view piece);

}  // namespace reprise::cluster
