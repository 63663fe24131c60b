// SPDX-License-Identifier: Apache-2.0
//
// What a node does for its clients. The server of cluster/rpc calls it; the node implements it.

#pragma once

#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <functional>
#include <string>

namespace reprise::cluster {

/// Threading: called on the event loop's thread, and must not block it.
class client_requests {
 public:
  using answer = std::function<void(result<detail::raw_answer>)>;

  virtual ~client_requests() = default;
  /// Calls `then` once, on any thread, also within ask(). After the server has stopped it does
  /// nothing.
  virtual void ask(detail::outgoing_command command, answer then) = 0;
  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  /// The name of the node that leads that partition; empty where it is this one, or nobody knows.
  [[nodiscard]] virtual std::string leads_elsewhere(partition_id partition) const = 0;
  /// One object.
  virtual std::string status_json() = 0;
};

struct tls_texts;

/// Where clients come in.
class client_port {
 public:
  virtual ~client_port() = default;
  /// As peer_links::use(), on the loop's thread.
  [[nodiscard]] virtual result<void> use(const tls_texts& texts) = 0;
  /// Cuts off all clients. Nothing is asked after it.
  virtual void stop() = 0;
};

}  // namespace reprise::cluster
