// SPDX-License-Identifier: Apache-2.0
//
// One client of this node: its connection, its calls, and what they may take.
//
// Threading: the loop's thread.

#pragma once

#include "cluster/link/acceptor.hpp"
#include "cluster/rpc/call_port.hpp"
#include "cluster/rpc/client_server.hpp"
#include "cluster/rpc/message_stream.hpp"

#include <capnp/rpc-twoparty.h>
#include <capnp/rpc.h>
#include <kj/async.h>

namespace reprise::cluster {

class client_connection {
 public:
  client_connection(call_port& calls, kj::Timer& timer, const client_limits& limits,
                    accepted_stream from);

  /// Ends when the client is gone, has said nothing for too long, or takes no answers. Once.
  [[nodiscard]] kj::Promise<void> run();

 private:
  kj::Own<kj::AsyncIoStream> stream_;
  kj::Own<half_open_ticket> ticket_;
  kj::Timer& timer_;
  const client_limits& limits_;
  message_stream messages_;
  kj::PromiseFulfillerPair<void> cut_off_ = kj::newPromiseAndFulfiller<void>();
  capnp::TwoPartyVatNetwork network_;
  // The first to be destroyed.
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

}  // namespace reprise::cluster
