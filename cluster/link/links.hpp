// SPDX-License-Identifier: Apache-2.0
//
// What connects this node with each other node of its cluster: one link for each peer, over which
// whole messages travel in order. The links live on an event loop with a thread of its own.
//
// Invariants
//  * A link is up only after both sides proved that they are of one cluster, have the names under
//    which they are expected, and heard each other (see hello.hpp).
//  * What peer_links.hpp says.
// Threading: start(), stop(), wake() and port() from any thread but the loop's; everything else,
// and all of link_events, on the loop's thread.
// Format: frame.hpp, hello.hpp

#pragma once

#include "cluster/link/peer_links.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::cluster {

class event_loop;
class tls_context;
struct tls_texts;

/// Stands in the certificate of each node beside its own name, for clients that know only where a
/// node is.
inline constexpr const char* any_node_name = "node.reprise";

/// Paths of PEM files. The certificate's common name, and a DNS name in it, is the node's name.
struct tls_files {
  std::string authority;
  std::string certificate;
  std::string key;
};

struct link_limits {
  /// Of one message. It must carry the largest entry of a log, and some more.
  std::size_t frame_bytes_max = std::size_t{5} << 20U;
  /// What may wait for one peer: sent with send(), with send_bulk().
  std::size_t control_bytes_max = std::size_t{16} << 20U;
  std::size_t bulk_bytes_max = std::size_t{4} << 20U;
  /// Bulk that the peer has not acknowledged; more of it would delay control.
  std::size_t bulk_window_bytes = std::size_t{128} << 10U;
  /// Connections that have not proved yet who they are; more are closed at once.
  std::size_t half_open_max = 256;
  std::size_t half_open_per_address_max = 64;
  std::chrono::milliseconds heartbeat{250};
  /// A peer of which no byte came for so long is taken for dead.
  std::chrono::milliseconds silence{2'000};
  /// For TLS, and again for the hello.
  std::chrono::milliseconds handshake{3'000};
  /// From the first byte of a frame to its last one.
  std::chrono::milliseconds frame{10'000};
  /// What stop() takes at most to send what waits.
  std::chrono::milliseconds flush{500};
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{1'000};
};

struct link_options {
  /// This node's name.
  std::string self;
  /// Another one is refused by both sides.
  std::array<std::byte, 16> cluster{};
  /// Drawn anew at each start.
  std::uint64_t incarnation = 0;
  std::string listen_host;
  /// 0: any free one.
  std::uint16_t listen_port = 0;
  /// Other nodes, not self; more may come.
  std::vector<peer_address> peers;
  /// None: no encryption and no proof of names; refused unless all addresses are loopback.
  std::optional<tls_files> tls;
  std::chrono::milliseconds tick{50};
  link_limits limits{};
  /// Of the jitter in dialling.
  std::uint64_t seed = 0;
};

class links final : public peer_links {
 public:
  /// Starts the loop's thread, listens and dials. `events` must outlive it. `invalid_argument` for
  /// options that contradict each other, `io_error` for what the system refuses.
  [[nodiscard]] static result<std::unique_ptr<links>> start(link_options options,
                                                            link_events& events);
  /// stop()
  ~links() override;
  links(const links&) = delete;
  links& operator=(const links&) = delete;

  void wake() override;
  [[nodiscard]] bool send(std::size_t peer, std::uint16_t kind, bytes body) override;
  [[nodiscard]] bool send_bulk(std::size_t peer, std::uint16_t kind, bytes body) override;
  [[nodiscard]] bool is_connected(std::size_t peer) const override;
  [[nodiscard]] result<std::size_t> add_peer(const peer_address& peer) override;
  void remove_peer(std::size_t peer) override;

  [[nodiscard]] result<void> use(const tls_texts& texts) override;

  /// Where it listens.
  [[nodiscard]] std::uint16_t port() const;

  /// Joins the thread.
  void stop() override;

  /// For what else lives on the loop (cluster/rpc).
  [[nodiscard]] event_loop& loop();

 private:
  struct state;
  explicit links(std::unique_ptr<state> held);

  std::unique_ptr<state> state_;
};

}  // namespace reprise::cluster
