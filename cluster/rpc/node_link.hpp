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
#include <cstdint>

namespace reprise::cluster {

/// Told by which number of client_link_options::nodes.
class node_listener {
 public:
  virtual void answered(std::uint64_t number, wire::Outcome::Reader how) = 0;
  /// What was asked through that connection and has no answer yet gets none.
  virtual void gone(std::size_t node, std::uint64_t connection) = 0;

 protected:
  ~node_listener() = default;
};

class node_link {
 public:
  /// All must outlive it; `tls` may be null.
  node_link(event_loop& loop, tls_context* tls, const client_link_options& options,
            std::size_t node, node_listener& listener);
  ~node_link() noexcept(false);

  /// The node, when it can be reached.
  [[nodiscard]] kj::Promise<wire::Node::Client> reach();
  [[nodiscard]] bool is_connected() const { return live_.get() != nullptr; }
  /// Which connection this is, from 1.
  [[nodiscard]] std::uint64_t connection() const { return connections_; }
  /// Where commands go. There must be a connection.
  [[nodiscard]] wire::Conversation::Client& conversation();
  /// A call said that this connection is gone.
  void is_gone(std::uint64_t connection);

 private:
  struct live;

  kj::Promise<void> connect();
  kj::Promise<named_stream> open_stream();

  event_loop& loop_;
  tls_context* tls_;
  const client_link_options& options_;
  std::size_t node_;
  node_listener& listener_;
  kj::Own<live> live_{};
  kj::Maybe<kj::ForkedPromise<void>> connecting_{};
  /// How many were made; who waited for an older one leaves a newer one alone.
  std::uint64_t connections_ = 0;
};

}  // namespace reprise::cluster
