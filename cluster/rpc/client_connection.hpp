// SPDX-License-Identifier: Apache-2.0
//
// One client of this node: its connection, its calls, and what they may take.
//
// Threading: the loop's thread.

#pragma once

#include "cluster/link/acceptor.hpp"
#include "cluster/rpc/client.capnp.h"
#include "cluster/rpc/client_server.hpp"
#include "cluster/rpc/message_stream.hpp"

#include <capnp/rpc-twoparty.h>
#include <capnp/rpc.h>
#include <kj/async.h>
#include <kj/refcount.h>

#include <functional>

namespace reprise::cluster {

/// What the calls of one connection have taken.
struct call_quota : kj::Refcounted {
  std::size_t calls = 0;
  std::size_t bytes = 0;
};

/// What a call is answered. Held by a pointer because GCC 12 sees uninitialised variants where KJ
/// moves them by value.
using call_outcome = kj::Own<result<detail::raw_answer>>;

/// What a call needs of the server.
class call_port {
 public:
  [[nodiscard]] virtual kj::Promise<call_outcome> ask(detail::outgoing_command command) = 0;
  [[nodiscard]] virtual std::string status_json() = 0;

 protected:
  ~call_port() = default;
};

class client_connection {
 public:
  client_connection(call_port& calls, kj::Timer& timer, const client_limits& limits,
                    accepted_stream from);

  /// Ends when the client is gone, or has said nothing for too long.
  [[nodiscard]] kj::Promise<void> run();

 private:
  kj::Own<kj::AsyncIoStream> stream_;
  kj::Own<half_open_ticket> ticket_;
  kj::Timer& timer_;
  const client_limits& limits_;
  message_stream messages_;
  capnp::TwoPartyVatNetwork network_;
  // The first to be destroyed.
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

}  // namespace reprise::cluster
