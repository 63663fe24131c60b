// SPDX-License-Identifier: Apache-2.0
//
// All links of one node: dials each peer until there is a link, accepts those who dial, and chooses
// one connection for each peer.
//
// Invariants
//  * Only peers that were named get a link, and with TLS only under the name in their
//    certificate.
//  * Of two nodes the one with the lower name decides which connection is the link (hello.hpp).
//  * A link is replaced only by a connection whose peer has proved that it is there.
//  * A peer without a link is dialled for ever, or until it is removed.
// Threading: the loop's thread. Destroyed in a task of the loop.

#pragma once

#include "base/random.hpp"
#include "cluster/link/acceptor.hpp"
#include "cluster/link/backoff.hpp"
#include "cluster/link/connection.hpp"
#include "cluster/link/hello.hpp"
#include "cluster/link/links.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::cluster {

class mesh final : private connection_owner, private kj::TaskSet::ErrorHandler {
 public:
  /// `tls` may be null.
  mesh(event_loop& loop, const link_options& options, link_events& events,
       kj::Own<tls_context> tls);
  virtual ~mesh() = default;

  /// Listens, and then begins to dial.
  [[nodiscard]] kj::Promise<void> begin();
  [[nodiscard]] std::uint16_t port() { return acceptor_->port(); }

  [[nodiscard]] bool send(std::size_t peer, std::uint16_t kind, bytes body);
  [[nodiscard]] bool send_bulk(std::size_t peer, std::uint16_t kind, bytes body);
  [[nodiscard]] bool is_connected(std::size_t peer) const;
  [[nodiscard]] std::size_t add_peer(const peer_address& peer);
  void remove_peer(std::size_t peer);
  void woken();
  void refused_certificate(std::string_view common_name, std::string_view why);

  /// No event comes any more; goodbyes, and what waits, are sent until the deadline.
  [[nodiscard]] kj::Promise<void> end();

  [[nodiscard]] tls_context* tls() { return tls_.get(); }

 private:
  struct peer_state {
    peer_state(peer_address where, const link_limits& limits)
        : address(std::move(where)), wait(limits.backoff_min, limits.backoff_max) {}

    peer_address address;
    bool wanted = true;
    bool dialled = false;
    connection* current = nullptr;
    chosen_link link{};
    /// Chosen by this side, not confirmed by the other one yet.
    connection* candidate = nullptr;
    chosen_link candidate_link{};
    std::uint64_t numbers_given = 0;
    std::uint64_t ticks_up = 0;
    backoff wait;
    kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> lost{};
  };

  void greeted(connection& from, const hello& theirs) override;
  bool confirmed(connection& from, std::uint64_t number) override;
  void opened(connection& from) override;
  void received(connection& from, std::uint16_t kind, bytes_view body) override;
  void failed(connection& from, std::string_view why) override;
  void taskFailed(kj::Exception&& exception) override;

  [[nodiscard]] std::optional<std::size_t> peer_named(std::string_view node) const;
  [[nodiscard]] const std::string& name_of(std::size_t peer) const {
    return peers_[peer].address.node;
  }
  /// Why the two may not be linked.
  [[nodiscard]] std::optional<std::string> objection(const connection& from,
                                                     const hello& theirs) const;
  [[nodiscard]] bool decides(std::size_t peer) const;
  /// None while it is not lost.
  [[nodiscard]] link_number lost_link(std::size_t peer) const;
  [[nodiscard]] hello our_hello(link_number last);
  void choose(connection& from, std::size_t peer, const hello& theirs);
  void lose(std::size_t peer, std::string_view why);

  kj::Promise<void> begin_to_dial(std::size_t peer);
  kj::Promise<void> dial_for_ever(std::size_t peer);
  kj::Promise<void> wait_and_dial(std::size_t peer);
  kj::Promise<void> dial(std::size_t peer);
  kj::Promise<named_stream> connect(std::size_t peer);
  kj::Promise<void> serve(kj::Own<connection> served);
  kj::Promise<void> tick_for_ever();
  void tick();
  // KJ's makers of objects cannot see a private base.
  connection_owner& owner() { return *this; }
  void complain(std::string_view who, std::string_view why);

  template <class F>
  void tell(F&& event);

  event_loop& loop_;
  const link_options& options_;
  link_events& events_;
  kj::Own<tls_context> tls_;
  base::random random_;
  std::uint64_t nonces_drawn_ = 0;
  std::deque<peer_state> peers_{};
  /// Alive until their promises end.
  std::vector<connection*> connections_{};
  /// By peer or address, and reason. What was said once is not said again until there is a link.
  std::set<std::pair<std::string, std::string>> said_{};
  bool ending_ = false;
  // Destroyed in this order, before all that connections use.
  std::unique_ptr<acceptor> acceptor_{};
  kj::TaskSet tasks_{*this};
};

}  // namespace reprise::cluster
