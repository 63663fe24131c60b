// SPDX-License-Identifier: Apache-2.0
//
// The port through which a node has links with others. links.hpp implements it over sockets, and a
// simulation with a network of its own.
//
// Invariants
//  * There is at most one link for each peer. What is received after connected() comes through that
//    link, in the order in which it was sent; nothing of it is delivered after disconnected().
//  * What waits for a peer is bounded in bytes; a message that finds no room is refused at once.
// Threading: stop() and wake() from any thread but the loop's; everything else, and all of
// link_events, on the loop's thread.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::cluster {

struct tls_texts;

struct peer_address {
  std::string node;
  std::string host;
  std::uint16_t port = 0;
};

/// What the links tell. All calls come on the loop's thread and must not block it. `peer` is an
/// index into link_options::peers, or what links::add_peer() gave. None comes once stop() began.
class link_events {
 public:
  virtual ~link_events() = default;
  /// What is sent from now on goes through this connection.
  virtual void connected(std::size_t peer) = 0;
  /// All that was in flight is lost or not: unknown.
  virtual void disconnected(std::size_t peer) = 0;
  /// The body begins at a multiple of 8 and is valid during the call.
  virtual void received(std::size_t peer, std::uint16_t kind, bytes_view body) = 0;
  /// Every link_options::tick, late when the loop is busy; never to catch up.
  virtual void tick() = 0;
  /// After wake(), once for many.
  virtual void woken() = 0;
  /// A connection was refused, by us or by the other side, or could not be made. `who` is a node
  /// where its name is known, and an address otherwise. It stands in the log once.
  virtual void refused(std::string_view who, std::string_view why) {
    (void)who;
    (void)why;
  }
};

class peer_links {
 public:
  virtual ~peer_links() = default;

  /// Any thread. Cheap, never blocks.
  virtual void wake() = 0;

  /// False when there is no link, no room, or the body exceeds frame_bytes_max.
  [[nodiscard]] virtual bool send(std::size_t peer, std::uint16_t kind, bytes body) = 0;
  /// The same for what may be late: it goes behind all that send() was given, and only as fast as
  /// the peer acknowledges it. Parts of at most half the window keep the link responsive.
  [[nodiscard]] virtual bool send_bulk(std::size_t peer, std::uint16_t kind, bytes body) = 0;
  [[nodiscard]] virtual bool is_connected(std::size_t peer) const = 0;
  /// Another peer to be linked with; one of that name that is there already has this address from
  /// its next connection on. Its index, the same for a name for ever. `invalid_argument` for an
  /// address that is not loopback where there are no certificates.
  [[nodiscard]] virtual result<std::size_t> add_peer(const peer_address& peer) = 0;
  /// Is not linked any more, and not dialled. link_events::disconnected() comes if it was.
  virtual void remove_peer(std::size_t peer) = 0;

  /// Links are made with these certificates from now on; those that are up stay.
  /// `invalid_argument`, and nothing has changed, for what makes no TLS, and for links without it.
  [[nodiscard]] virtual result<void> use(const tls_texts& texts) = 0;

  /// Says goodbye, sends what waits for at most link_limits::flush, and ends the loop.
  virtual void stop() = 0;
};

}  // namespace reprise::cluster
