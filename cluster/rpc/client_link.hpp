// SPDX-License-Identifier: Apache-2.0
//
// A client of a cluster: asks any of its nodes, and goes on to the next one where a node is gone or
// cannot help, with the same command id, until the deadline.
//
// Invariants
//  * Each ask is answered once.
//  * `expired` and `unavailable` say that no node has carried the command out; `timed_out` and
//    `commit_unknown` that one may have.
//  * What is in flight is bounded in commands and bytes.
//  * A command begins with the node that leads its partition, once an answer has told who that is.
// Threading: any thread but the one that calls `then`.

#pragma once

#include "cluster/link/links.hpp"

#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::cluster {

struct client_link_options {
  /// At least one. With TLS, a node's certificate must have its name.
  std::vector<peer_address> nodes{};
  /// None: only nodes on this machine.
  std::optional<tls_files> tls{};
  /// A node takes twice as much of one connection, so that it refuses nothing of a client that asks
  /// no other one.
  std::size_t commands_in_flight_max = 16'384;
  std::size_t bytes_in_flight_max = std::size_t{16} << 20U;
  std::size_t message_bytes_max = std::size_t{6} << 20U;
  /// For a connection and TLS.
  std::chrono::milliseconds handshake{3'000};
  /// After which another node is asked too.
  std::chrono::milliseconds attempt_max{2'000};
  /// Between attempts, once each node was tried.
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{1'000};
  /// Of ids that are drawn for commands without one, and of jitter: from the operating system, but
  /// in tests.
  std::uint64_t seed = 0;
};

class client_link {
 public:
  using answer = std::function<void(result<detail::raw_answer>)>;

  /// Does not connect yet. `invalid_argument`, `io_error`.
  [[nodiscard]] static result<std::unique_ptr<client_link>> start(client_link_options options);
  /// stop()
  ~client_link();
  client_link(const client_link&) = delete;
  client_link& operator=(const client_link&) = delete;

  /// Calls `then` once, on a thread of the link's own, which it must not block; with `overloaded`
  /// or `stopped` on the calling thread, before it returns.
  void ask(detail::outgoing_command command, answer then);
  /// What node number `node` knows of itself, as JSON. Waits.
  [[nodiscard]] result<std::string> status(std::size_t node, std::chrono::milliseconds timeout);

  /// What is in flight is answered `stopped`, or `commit_unknown` when it was sent.
  void stop();

 private:
  class state;
  explicit client_link(std::unique_ptr<state> held);

  std::unique_ptr<state> state_;
};

}  // namespace reprise::cluster
