// SPDX-License-Identifier: Apache-2.0
//
// The port through which a node's replicas reach those of other nodes. The links (cluster/link/)
// implement it, and so does a simulated network.
//
// Invariants
//  * One order for each peer and direction. What is sent may be lost, and is then lost with
//    everything behind it until the peer is connected anew.
// Threading: everything happens on one thread, the driver's, but for wake().

#pragma once

#include "cluster/membership.hpp"

#include <reprise/ids.hpp>

#include <cstdint>

namespace reprise::cluster {

/// What a frame between two nodes holds. Numbers are sent; never reuse one.
enum class frame_kind : std::uint16_t {
  /// Who the sender is; nothing else is believed before it. See peer_introduction.hpp.
  introduction = 16,
  /// Messages of consensus, see peer_batch.hpp.
  consensus = 17,
  /// Entries that a replica lacks, see fill_message.hpp.
  fill_question = 18,
  fill_answer = 19,
  /// A command for an aggregate that the receiver leads, and what became of one.
  command = 20,
  outcome = 21,
  /// That the receiver hands a partition over, see node_order.hpp. Not answered.
  order = 22,
  /// That the sender leads partitions of which the receiver has no copy, see lead_notice.hpp.
  lead = 23,
  /// A type that the sender's program handles, see peer_schemas.hpp. Also before it is believed.
  schema = 24,
  /// How the receiver's replicas stand, and what it says of that; see standing_message.hpp.
  standing_question = 25,
  standing_answer = 26,
};

class peer_transport {
 public:
  virtual ~peer_transport() = default;
  /// False when it is lost at once: there is no connection, or no room.
  [[nodiscard]] virtual bool send(replica_id to, frame_kind kind, bytes body) = 0;
  /// The same behind everything else, for much that nobody waits for.
  [[nodiscard]] virtual bool send_bulk(replica_id to, frame_kind kind, bytes body) = 0;
  [[nodiscard]] virtual bool is_connected(replica_id to) const = 0;
  /// The driver is to look at what others have left for it. From any thread; never blocks.
  virtual void wake() = 0;
};

}  // namespace reprise::cluster
