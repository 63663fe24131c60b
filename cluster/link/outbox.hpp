// SPDX-License-Identifier: Apache-2.0
//
// What waits to be sent through one connection: control before bulk, and of bulk only as much as
// the peer has not acknowledged yet.
//
// Invariants
//  * Control keeps its order, and so does bulk. Control never waits for bulk that was not begun.
//  * Both are bounded in bytes, with headers; what finds no room is refused.
//  * A bulk frame that exceeds the window is sent when nothing else of bulk is unacknowledged.
// Threading: confined to its owner. No clock, no socket.

#pragma once

#include "cluster/link/frame.hpp"

#include <reprise/ids.hpp>

#include <cstdint>
#include <deque>

namespace reprise::cluster {

struct outbox_limits {
  std::size_t control_bytes_max = 0;
  std::size_t bulk_bytes_max = 0;
  std::size_t bulk_window_bytes = 0;
};

class outbox {
 public:
  explicit outbox(outbox_limits limits) : limits_(limits) {}

  [[nodiscard]] bool add(std::uint16_t kind, bytes body);
  [[nodiscard]] bool add_bulk(std::uint16_t kind, bytes body);
  /// What the protocol itself says. Its amount is bounded by the protocol, so it always has room.
  void add_own(frame_type type, bytes body);

  /// The peer has received so many bytes of bulk in all. False for more than was sent.
  [[nodiscard]] bool acknowledge(std::uint64_t bulk_bytes);

  [[nodiscard]] bool may_take() const { return !control_.frames.empty() || may_take_bulk(); }
  /// True when there is nothing that could tell the peer that this side is alive.
  [[nodiscard]] bool empty() const { return control_.frames.empty() && bulk_.frames.empty(); }
  /// Appends frames to `to` until it holds `bytes_usual`, at least one; may_take() must hold.
  void take(bytes& to, frame_seal& seal, std::size_t bytes_usual);

  [[nodiscard]] std::size_t bytes_waiting() const { return control_.bytes + bulk_.bytes; }

 private:
  struct waiting_frame {
    frame_type type{};
    std::uint16_t kind = 0;
    bytes body{};
  };
  struct queue {
    std::deque<waiting_frame> frames{};
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool may_take_bulk() const;
  static std::size_t move_first(queue& from, bytes& to, frame_seal& seal);

  outbox_limits limits_;
  queue control_{};
  queue bulk_{};
  std::uint64_t bulk_sent_ = 0;
  std::uint64_t bulk_acknowledged_ = 0;
};

}  // namespace reprise::cluster
