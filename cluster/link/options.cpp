// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/options.hpp"

#include "cluster/link/frame.hpp"
#include "cluster/link/hello.hpp"

#include <algorithm>
#include <set>

namespace reprise::cluster {
namespace {

bool is_name(std::string_view node) {
  return !node.empty() && node.size() <= node_name_bytes_max;
}

result<void> check_names(const link_options& options) {
  if (!is_name(options.self)) {
    return error{errc::invalid_argument,
                 "a node's name has 1 to " + std::to_string(node_name_bytes_max) + " bytes"};
  }
  std::set<std::string_view> names{options.self};
  for (const peer_address& peer : options.peers) {
    if (!is_name(peer.node) || !names.insert(peer.node).second) {
      return error{errc::invalid_argument,
                   "the name of a peer is missing, too long or not its own: " + peer.node};
    }
  }
  return {};
}

result<void> check_secrecy(const link_options& options) {
  if (options.tls) return {};
  const auto stranger = std::ranges::find_if_not(options.peers, is_loopback, &peer_address::host);
  if (stranger == options.peers.end() && is_loopback(options.listen_host)) return {};
  return error{errc::invalid_argument,
               "links without TLS are for addresses of this machine only, not for " +
                   (stranger == options.peers.end() ? options.listen_host : stranger->host)};
}

result<void> check_limits(const link_options& options) {
  const link_limits& limits = options.limits;
  const auto least = std::min({options.tick, limits.heartbeat, limits.silence, limits.handshake,
                               limits.frame, limits.backoff_min, limits.backoff_max});
  if (least.count() <= 0 || limits.flush.count() < 0) {
    return error{errc::invalid_argument, "the times of links must be longer than nothing"};
  }
  if (limits.silence <= limits.heartbeat + options.tick) {
    return error{errc::invalid_argument, "a peer would be taken for dead between its heartbeats"};
  }
  if (limits.control_bytes_max < frame_bytes(limits.frame_bytes_max) ||
      limits.bulk_bytes_max < frame_bytes(0)) {
    return error{errc::invalid_argument, "the largest message would not fit into its queue"};
  }
  return {};
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

result<void> check(const link_options& options) {
  for (const auto& each : {check_names(options), check_secrecy(options), check_limits(options)}) {
    if (!each) return each;
  }
  return {};
}

}  // namespace reprise::cluster
