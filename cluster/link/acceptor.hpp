// SPDX-License-Identifier: Apache-2.0
//
// Accepts connections on one port for as long as the loop lives, and takes them through TLS.
//
// Invariants
//  * It goes on accepting whatever happens to a connection, also when the process is out of file
//    descriptors.
//  * Connections that have not proved who they are (TLS, and what follows it until the ticket is
//    dropped) are bounded in number, in all and for each address; more are closed at once.
// Threading: the loop's thread.

#pragma once

#include "cluster/link/event_loop.hpp"
#include "cluster/link/tls.hpp"

#include <kj/async-io.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace reprise::cluster {

struct acceptor_limits {
  std::size_t half_open_max = 0;
  std::size_t half_open_per_address_max = 0;
  std::chrono::milliseconds handshake{};
};

[[nodiscard]] kj::Duration kj_duration(std::chrono::milliseconds duration);

/// What a connection holds while it is half open. Must not outlive its acceptor.
class half_open_ticket {
 public:
  half_open_ticket(std::map<std::string, std::size_t>& counts, std::size_t& total,
                   std::string address);
  ~half_open_ticket();
  half_open_ticket(const half_open_ticket&) = delete;
  half_open_ticket& operator=(const half_open_ticket&) = delete;

 private:
  std::map<std::string, std::size_t>& counts_;
  std::size_t& total_;
  std::string address_;
};

struct accepted_stream {
  named_stream named;
  /// Of the other end, without its port.
  std::string address{};
  kj::Own<half_open_ticket> ticket;
};

class acceptor : private kj::TaskSet::ErrorHandler {
 public:
  /// Serves one connection until the promise is fulfilled.
  using server = std::function<kj::Promise<void>(accepted_stream)>;
  using complaint = std::function<void(std::string_view address, std::string_view why)>;

  /// `tls` may be null. All references must outlive it.
  acceptor(event_loop& loop, kj::Own<kj::ConnectionReceiver> port, tls_context* tls,
           acceptor_limits limits, server serve, complaint complain);
  virtual ~acceptor() = default;

  void begin() { tasks_.add(accept()); }
  [[nodiscard]] std::uint16_t port() { return static_cast<std::uint16_t>(port_->getPort()); }

 private:
  kj::Promise<void> accept();
  void take(kj::AuthenticatedStream stream);
  kj::Promise<named_stream> through_tls(kj::AuthenticatedStream stream);
  void taskFailed(kj::Exception&& exception) override;

  event_loop& loop_;
  kj::Own<kj::ConnectionReceiver> port_;
  tls_context* tls_;
  acceptor_limits limits_;
  server serve_;
  complaint complain_;
  std::map<std::string, std::size_t> half_open_of_{};
  std::size_t half_open_ = 0;
  // The last member: tasks hold tickets.
  kj::TaskSet tasks_{*this};
};

}  // namespace reprise::cluster
