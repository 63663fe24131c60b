// SPDX-License-Identifier: Apache-2.0
//
// The port on which a node serves clients of any language (client.capnp), on the event loop of its
// links.
//
// Invariants
//  * What a client may have in flight is bounded in calls and bytes, and what it does not read is
//    too. What exceeds the first is answered `overloaded`; a client that exceeds the second is cut
//    off.
//  * A client needs a certificate of the cluster's authority, of whatever name; it cannot act as a
//    node with it.
// Threading: start(), stop() and port() from any thread but the loop's, use() on it.

#pragma once

#include "cluster/link/links.hpp"
#include "cluster/rpc/client_requests.hpp"

#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace reprise::cluster {

struct client_limits {
  std::size_t connections_max = 1024;
  std::size_t half_open_max = 256;
  std::size_t half_open_per_address_max = 64;
  /// For TLS, and again for the first message.
  std::chrono::milliseconds handshake{3'000};
  /// Of one connection.
  std::size_t calls_in_flight_max = 32'768;
  std::size_t bytes_in_flight_max = std::size_t{32} << 20U;
  std::size_t message_bytes_max = std::size_t{6} << 20U;
  std::size_t unread_bytes_max = std::size_t{32} << 20U;
};

struct client_server_options {
  std::string listen_host{};
  /// 0: any free one.
  std::uint16_t listen_port = 0;
  /// None: only on an address of this machine.
  std::optional<tls_files> tls{};
  client_limits limits{};
};

class client_server final : public client_port {
 public:
  /// Both references must outlive it. `invalid_argument`, `io_error` as of links::start().
  [[nodiscard]] static result<std::unique_ptr<client_server>> start(event_loop& loop,
                                                                    client_server_options options,
                                                                    client_requests& requests);
  /// stop()
  ~client_server() override;
  client_server(const client_server&) = delete;
  client_server& operator=(const client_server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] result<void> use(const tls_texts& texts) override;
  /// Also done when the loop ends.
  void stop() override;

 private:
  class state;
  explicit client_server(std::shared_ptr<state> held);

  std::shared_ptr<state> state_;
};

}  // namespace reprise::cluster
