// SPDX-License-Identifier: Apache-2.0
//
// A client's connection with one node: made when it is wanted, and again when it is gone.
//
// Invariants
//  * At most one connection is there or being made, whoever wants it.
//  * A connection that ended is not used again, and dies in a later turn of the loop than the call
//    that noticed.
// Threading: the loop's thread.

#pragma once

#include "cluster/link/event_loop.hpp"
#include "cluster/link/tls.hpp"
#include "cluster/rpc/client.capnp.h"
#include "cluster/rpc/client_link.hpp"

#include <kj/async.h>

#include <cstddef>

namespace reprise::cluster {

class node_link {
 public:
  /// All must outlive it; `tls` may be null.
  node_link(event_loop& loop, tls_context* tls, const client_link_options& options,
            std::size_t node);
  ~node_link() noexcept(false);

  /// The node, when it can be reached.
  [[nodiscard]] kj::Promise<wire::Node::Client> reach();
  /// A call said that the connection is gone.
  void is_gone();

 private:
  struct live;

  kj::Promise<void> connect();
  kj::Promise<named_stream> open_stream();

  event_loop& loop_;
  tls_context* tls_;
  const client_link_options& options_;
  std::size_t node_;
  kj::Own<live> live_{};
  kj::Maybe<kj::ForkedPromise<void>> connecting_{};
  /// How many were made; who waited for an older one leaves a newer one alone.
  std::uint64_t connections_ = 0;
};

}  // namespace reprise::cluster
