// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/links.hpp"

#include "cluster/link/event_loop.hpp"
#include "cluster/link/hello.hpp"
#include "cluster/link/mesh.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace reprise::cluster {
namespace {

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

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

result<void> check(const link_options& options) {
  for (const auto& each : {check_names(options), check_secrecy(options), check_limits(options)}) {
    if (!each) return each;
  }
  return {};
}

}  // namespace

struct links::state {
  explicit state(link_options given) : options(std::move(given)) {}

  const link_options options;
  std::unique_ptr<event_loop> loop{};
  // The loop's thread, but for port.
  std::unique_ptr<mesh> net{};
  std::uint16_t port = 0;
};

result<std::unique_ptr<links>> links::start(link_options options, link_events& events) {
  if (const auto fine = check(options); !fine) return fine.error();
  auto made = std::make_unique<state>(std::move(options));
  auto loop = event_loop::start();
  if (!loop) return loop.error();
  made->loop = std::move(*loop);
  state& s = *made;
  result<void> begun;
  s.loop->run([&] {
    kj::Own<tls_context> tls;
    if (s.options.tls) {
      auto opened =
          tls_context::open(*s.options.tls, [&s](std::string_view who, std::string_view why) {
            if (s.net) s.net->refused_certificate(who, why);
          });
      if (!opened) {
        begun = opened.error();
        return;
      }
      tls = kj::mv(*opened);
    }
    s.net = std::make_unique<mesh>(*s.loop, s.options, events, kj::mv(tls));
    s.loop->at_end([&s] { s.net.reset(); });
    s.loop->on_wake([&s] { s.net->woken(); });
  });
  if (begun) {
    begun = s.loop->await([&s] { return s.net->begin().then([&s] { s.port = s.net->port(); }); });
  }
  if (!begun) {
    s.loop->stop();
    return error{begun.error().code, "links of " + s.options.self + " at " + s.options.listen_host +
                                         ":" + std::to_string(s.options.listen_port) + ": " +
                                         begun.error().message};
  }
  return std::unique_ptr<links>(new links(std::move(made)));
}

links::links(std::unique_ptr<state> held) : state_(std::move(held)) {}

links::~links() {
  stop();
}

void links::wake() {
  state_->loop->wake();
}

bool links::send(std::size_t peer, std::uint16_t kind, bytes body) {
  return state_->net->send(peer, kind, std::move(body));
}

bool links::send_bulk(std::size_t peer, std::uint16_t kind, bytes body) {
  return state_->net->send_bulk(peer, kind, std::move(body));
}

bool links::is_connected(std::size_t peer) const {
  return state_->net->is_connected(peer);
}

std::uint16_t links::port() const {
  return state_->port;
}

void links::stop() {
  // An end that is not orderly is one nevertheless.
  [[maybe_unused]] const auto ended = state_->loop->await([this] { return state_->net->end(); });
  state_->loop->stop();
}

event_loop& links::loop() {
  return *state_->loop;
}

}  // namespace reprise::cluster
