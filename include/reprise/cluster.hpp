// SPDX-License-Identifier: Apache-2.0
//
// What makes a node a member of a cluster: who the members are, and how they know each other.
//
//   reprise::node node{{.data = "./n1", .cluster = {.self = "n1",
//                       .nodes = {{"n1", "10.0.0.1", 7001}, {"n2", "10.0.0.2", 7001},
//                                 {"n3", "10.0.0.3", 7001}},
//                       .authority = "ca.pem", .certificate = "n1.pem", .key = "n1.key"}}};
//
// Threading: values.

#pragma once

#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

struct cluster_node {
  /// 1 to 63 characters; its certificate's common name.
  std::string name{};
  /// Where the others reach it.
  std::string host{};
  std::uint16_t port = 0;

  bool operator==(const cluster_node&) const = default;
};

/// Of which partitions a node has copies.
enum class node_copies : std::uint8_t {
  /// Of all. Only such a node runs what reads all logs: projections, subscriptions, sinks, and what
  /// brings events to sagas.
  all = 0,
  /// Of those in which it was chosen to vote. It takes every command, and leads like any other.
  chosen = 1,
};

/// A node as command lines write it: `HOST:PORT`, or `NAME=HOST:PORT`. `invalid_argument`.
[[nodiscard]] result<cluster_node> parse_cluster_node(std::string_view text);

struct cluster_options {
  /// Which of the nodes this one is; empty: this node stands alone.
  std::string self{};
  /// This node and others, 1 to 7. A new cluster begins with these, the same ones on each; who has
  /// come and gone since then the stores know, and what addresses were ordered since.
  std::vector<cluster_node> nodes{};
  /// This node, with an empty store, is to join the cluster of the other nodes. It takes no part
  /// until one of them is told to add it (reprise/client.hpp, `reprise cluster add`). Nothing else
  /// comes of it once the store is not empty.
  bool join = false;
  /// Of which partitions this node has copies. Another one from one start to the next is another
  /// wish: copies are made or given up while the cluster works.
  node_copies copies = node_copies::all;
  /// Of the cluster. Nodes of another one are refused.
  std::string name = "reprise";
  /// Where this node listens; empty and 0: as the others reach it.
  std::string listen_host{};
  std::uint16_t listen_port = 0;
  /// Where this node serves clients; port 0: it does not. The host is listen_host unless given.
  std::string client_host{};
  std::uint16_t client_port = 0;
  /// PEM files of the authority that all certificates are from, of this node's certificate and of
  /// its key.
  std::string authority{};
  std::string certificate{};
  std::string key{};
  /// No certificates and no encryption; only where all addresses are loopback.
  bool insecure = false;
  /// Followers that heard nothing of their leader for one to two times this elect another one, and
  /// those whose connection to it has ended usually within half of it and a heartbeat.
  std::chrono::milliseconds election_timeout{300};
  /// How often a leader is heard of. At most a third of the election timeout.
  std::chrono::milliseconds heartbeat{50};
};

}  // namespace reprise
